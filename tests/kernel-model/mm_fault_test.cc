#include <catch2/catch.hpp>

#include "kernel-model/mm/mman.h"
#include "tests/kernel-model/mm_bench.h"

using namespace isosim;
using namespace isosim::test;
using kernel::kPage;

TEST_CASE("each page faults once", "[mm]") {
  MmBench bench;
  bench.run([](kernel::Kernel& k, kernel::Thread& t) {
    const auto start = map_anonymous(k, t, 64 * kPage);
    const auto before = k.memory->faults();
    for (int round = 0; round < 3; ++round)
      for (std::uint64_t page = 0; page < 64; ++page)
        REQUIRE(k.touch(t, start + page * kPage + 5, 1, true) == 0);
    CHECK(k.memory->faults() - before == 64);
    CHECK(k.memory->frames().used() == 64);
    CHECK(k.memory->of(*t.process).rss_anon == 64);
  });
}

TEST_CASE("reading maps the zero page, writing then takes a page", "[mm]") {
  MmBench bench;
  bench.run([](kernel::Kernel& k, kernel::Thread& t) {
    const auto start = map_anonymous(k, t, 4 * kPage);
    CHECK(k.touch(t, start, 4 * kPage, false) == 0);
    CHECK(k.memory->frames().used() == 0);
    CHECK(k.touch(t, start, 4 * kPage, true) == 0);
    CHECK(k.memory->frames().used() == 4);
    CHECK(k.memory->faults() == 8);
  });
}

TEST_CASE("what is not mapped or not allowed is refused", "[mm]") {
  MmBench bench;
  bench.run([](kernel::Kernel& k, kernel::Thread& t) {
    const auto start = map_anonymous(k, t, 4 * kPage);
    CHECK(k.touch(t, start, 4 * kPage, true) == 0);
    CHECK(k.touch(t, start, 5 * kPage, true) == -kernel::EFAULT_);
    CHECK(k.touch(t, 0, 1, false) == -kernel::EFAULT_);
    CHECK(k.touch(t, ~0ull - 2, 8, false) == -kernel::EFAULT_);
    CHECK(k.memory->user_access(t, kernel::kTaskSize, 1, true) == 0);
    CHECK(call(k, t, kernel::nr::mprotect, {start, kPage, 1}) == 0);
    CHECK(k.touch(t, start, 1, false) == 0);
    CHECK(k.touch(t, start, 1, true) == -kernel::EFAULT_);
    CHECK(call(k, t, kernel::nr::mprotect, {start, kPage, 0}) == 0);
    CHECK(k.touch(t, start, 1, false) == -kernel::EFAULT_);
    CHECK(call(k, t, kernel::nr::mprotect, {start, kPage, kReadWrite}) == 0);
    CHECK(k.touch(t, start, 1, true) == 0);
    CHECK(k.memory->frames().used() == 4);
  });
}

TEST_CASE("an anonymous fault takes as long as was measured", "[mm]") {
  MmBench bench;
  bench.run([](kernel::Kernel& k, kernel::Thread& t) {
    constexpr std::uint64_t kPages = 4096;
    {
      const auto start = map_anonymous(k, t, kPages * kPage);
      CHECK(call(k, t, kernel::nr::madvise, {start, kPages * kPage, kernel::advice::nohugepage}) == 0);
      const sim::Time before = t.now();
      for (std::uint64_t page = 0; page < kPages; ++page) k.touch(t, start + page * kPage, 1, true);
      const std::int64_t each = (t.now() - before).ps / static_cast<std::int64_t>(kPages);
      INFO(each << " ps a fault");
      CHECK(each > 700'000);  // priors: 0.7-2.3 us
      CHECK(each < 2'300'000);
    }
  });
}

TEST_CASE("huge pages come only where an aligned 2 MB lie in one area", "[mm]") {
  MmBench bench;
  const double mode = GENERATE(0, 1, 2);
  bench.settings.set("mm.thp", mode, "test");
  bench.run([&](kernel::Kernel& k, kernel::Thread& t) {
    constexpr std::uint64_t kBytes = 8u << 20;
    const auto start = map_anonymous(k, t, kBytes);
    const auto faults = k.memory->faults();
    CHECK(k.touch(t, start, kBytes, true) == 0);
    const std::uint64_t taken = k.memory->faults() - faults;
    if (mode == 2) {
      CHECK(taken <= 3 + 512);
    } else {
      CHECK(taken == kBytes / kPage);
    }
    CHECK(k.memory->of(*t.process).rss_anon == kBytes / kPage);
    // Taking out a part splits what lies across its borders; pages are conserved.
    CHECK(call(k, t, kernel::nr::munmap, {start + 3 * kPage, kBytes / 2}) == 0);
    CHECK(k.memory->of(*t.process).rss_anon == kBytes / kPage / 2);
    CHECK(k.memory->frames().used() == kBytes / kPage / 2);
    const auto again = k.memory->faults();
    CHECK(k.touch(t, start, 3 * kPage, true) == 0);
    CHECK(k.memory->faults() == again);
  });
}

TEST_CASE("the stack grows to its limit and no further", "[mm]") {
  MmBench bench;
  bench.run([](kernel::Kernel& k, kernel::Thread& t) {
    t.process->limits[kernel::rlimit_index::stack] = {1 << 20, 1 << 20};
    CHECK(k.touch(t, kernel::kTaskSize - (1 << 20), 1, true) == 0);
    CHECK(k.touch(t, kernel::kTaskSize - (1 << 20) - 1, 1, true) == -kernel::EFAULT_);
  });
}
