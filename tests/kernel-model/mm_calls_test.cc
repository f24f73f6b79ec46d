#include <catch2/catch.hpp>

#include "kernel-model/mm/mman.h"
#include "tests/kernel-model/mm_bench.h"

using namespace isosim;
using namespace isosim::test;
using kernel::kPage;

TEST_CASE("mmap and munmap conserve pages and areas", "[mm]") {
  MmBench bench;
  bench.run([](kernel::Kernel& k, kernel::Thread& t) {
    kernel::Mm& mm = k.memory->of(*t.process);
    const auto areas = mm.vmas.areas().size();
    const auto bytes = mm.vmas.bytes();
    const auto a = map_anonymous(k, t, 100 * kPage), b = map_anonymous(k, t, 50 * kPage);
    CHECK(b + 50 * kPage == a);  // top-down, next to each other
    CHECK(mm.vmas.areas().size() == areas + 1);
    CHECK(k.touch(t, b, 150 * kPage, true) == 0);
    CHECK(call(k, t, kernel::nr::munmap, {b + 10 * kPage, 100 * kPage}) == 0);
    CHECK(mm.vmas.areas().size() == areas + 2);
    CHECK(k.memory->frames().used() == 50);
    CHECK(mm.vmas.bytes() == bytes + 50 * kPage);
    CHECK(call(k, t, kernel::nr::munmap, {b, 150 * kPage}) == 0);
    CHECK(call(k, t, kernel::nr::munmap, {b, 150 * kPage}) == 0);
    CHECK(mm.vmas.bytes() == bytes);
    CHECK(k.memory->frames().used() == 0);
    CHECK(mm.pages.tables() == 0);
    CHECK(map_anonymous(k, t, 100 * kPage) == a);
  });
}

TEST_CASE("mmap checks its arguments as Linux does", "[mm]") {
  MmBench bench;
  bench.run([](kernel::Kernel& k, kernel::Thread& t) {
    using kernel::nr::mmap;
    CHECK(call(k, t, mmap, {0, 0, 3, 0x22, ~0ull, 0}) == -kernel::EINVAL_);
    CHECK(call(k, t, mmap, {0, kPage, 3, 0x20, ~0ull, 0}) == -kernel::EINVAL_);
    CHECK(call(k, t, mmap, {0, kPage, 3, 0x22, ~0ull, 1}) == -kernel::EINVAL_);
    CHECK(call(k, t, mmap, {0, kPage, 3, 0x02, 77, 0}) == -kernel::EBADF_);
    CHECK(call(k, t, mmap, {0, 1ull << 50, 3, 0x22, ~0ull, 0}) == -kernel::ENOMEM_);
    CHECK(call(k, t, mmap, {0x1001, kPage, 3, 0x32, ~0ull, 0}) == -kernel::EINVAL_);
    CHECK(call(k, t, mmap, {0x7000000, kPage, 3, 0x32, ~0ull, 0}) == 0x7000000);
    CHECK(call(k, t, mmap, {0x7000000, kPage, 3, 0x100022, ~0ull, 0}) !=
          0x7000000);                                                             // NOREPLACE: from 4.17 on
    CHECK(call(k, t, mmap, {0, kPage, 3, 0x121, ~0ull, 0}) == -kernel::EINVAL_);  // GROWSDOWN and SHARED
    CHECK(call(k, t, mmap, {0, kPage, 3, 0x23, ~0ull, 0}) ==
          -kernel::EINVAL_);  // SHARED_VALIDATE: from 4.15 on
    CHECK(call(k, t, mmap, {0x9000123, kPage, 3, 0x22, ~0ull, 0}) == 0x9000000);  // a hint
    CHECK(call(k, t, mmap, {0x7000000, kPage, 3, 0x22, ~0ull, 0}) != 0x7000000);  // a hint that is taken
    t.process->limits[kernel::rlimit_index::as] = {1 << 20, 1 << 20};
    CHECK(call(k, t, mmap, {0, 2 << 20, 3, 0x22, ~0ull, 0}) == -kernel::ENOMEM_);
    CHECK(call(k, t, kernel::nr::munmap, {1, kPage}) == -kernel::EINVAL_);
    CHECK(call(k, t, kernel::nr::mprotect, {0x5000000, kPage, 1}) == -kernel::ENOMEM_);
    CHECK(call(k, t, kernel::nr::madvise, {0x7000000, kPage, 99}) == -kernel::EINVAL_);
    CHECK(call(k, t, kernel::nr::madvise, {0x7000000, 2 * kPage, 4}) == -kernel::ENOMEM_);
  });
}

TEST_CASE("brk grows, shrinks and answers with the break", "[mm]") {
  MmBench bench;
  bench.run([](kernel::Kernel& k, kernel::Thread& t) {
    const auto start = static_cast<std::uint64_t>(call(k, t, kernel::nr::brk, {0}));
    CHECK(call(k, t, kernel::nr::brk, {start + 0x21000}) == static_cast<std::int64_t>(start + 0x21000));
    CHECK(k.touch(t, start, 0x21000, true) == 0);
    CHECK(k.memory->frames().used() == 0x21);
    CHECK(call(k, t, kernel::nr::brk, {start - 1}) == static_cast<std::int64_t>(start + 0x21000));
    CHECK(call(k, t, kernel::nr::brk, {start + 0x1000}) == static_cast<std::int64_t>(start + 0x1000));
    CHECK(k.memory->frames().used() == 1);
    CHECK(k.touch(t, start + 0x1000, 1, true) == -kernel::EFAULT_);
    t.process->limits[kernel::rlimit_index::data] = {0x10000, 0x10000};
    CHECK(call(k, t, kernel::nr::brk, {start + 0x11000}) == static_cast<std::int64_t>(start + 0x1000));
  });
}

TEST_CASE("mprotect splits and joins", "[mm]") {
  MmBench bench;
  bench.run([](kernel::Kernel& k, kernel::Thread& t) {
    kernel::Mm& mm = k.memory->of(*t.process);
    const auto start = map_anonymous(k, t, 16 * kPage);
    const auto areas = mm.vmas.areas().size();
    CHECK(call(k, t, kernel::nr::mprotect, {start + 4 * kPage, 4 * kPage, 1}) == 0);
    CHECK(mm.vmas.areas().size() == areas + 2);
    CHECK(mm.vmas.at(start + 5 * kPage)->flags == kernel::vm::read);
    CHECK(call(k, t, kernel::nr::mprotect, {start + 4 * kPage, 4 * kPage, 3}) == 0);
    CHECK(mm.vmas.areas().size() == areas);
  });
}

TEST_CASE("mremap grows in place, moves with its pages, and shrinks", "[mm]") {
  MmBench bench;
  bench.run([](kernel::Kernel& k, kernel::Thread& t) {
    const auto low = map_anonymous(k, t, 4 * kPage, 1);
    CHECK(call(k, t, kernel::nr::munmap, {low, 4 * kPage}) == 0);
    const auto block = map_anonymous(k, t, kPage, 1);
    const auto start = map_anonymous(k, t, 4 * kPage);
    CHECK(k.touch(t, start, 4 * kPage, true) == 0);
    // Above lies `block`: growing must move.
    CHECK(call(k, t, kernel::nr::mremap, {start, 4 * kPage, 8 * kPage, 0}) == -kernel::ENOMEM_);
    const std::int64_t moved = call(k, t, kernel::nr::mremap, {start, 4 * kPage, 8 * kPage, 1});
    REQUIRE(moved > 0);
    const auto at = static_cast<std::uint64_t>(moved);
    CHECK(at != start);
    CHECK(k.touch(t, start, 1, false) == -kernel::EFAULT_);
    const auto faults = k.memory->faults();
    CHECK(k.touch(t, at, 4 * kPage, true) == 0);
    CHECK(k.memory->faults() == faults);
    CHECK(k.memory->frames().used() == 4);
    CHECK(call(k, t, kernel::nr::mremap, {at, 8 * kPage, 2 * kPage, 0}) == moved);
    CHECK(k.memory->frames().used() == 2);
    CHECK(call(k, t, kernel::nr::mremap, {at, 2 * kPage, 6 * kPage, 0}) == moved);
    CHECK(call(k, t, kernel::nr::mremap, {block + kPage, kPage, kPage, 0}) == -kernel::EFAULT_);
  });
}

TEST_CASE("madvise(DONTNEED) gives pages back, and they fault again", "[mm]") {
  MmBench bench;
  bench.run([](kernel::Kernel& k, kernel::Thread& t) {
    const auto start = map_anonymous(k, t, 16 * kPage);
    CHECK(k.touch(t, start, 16 * kPage, true) == 0);
    CHECK(call(k, t, kernel::nr::madvise, {start + kPage, 8 * kPage, 4}) == 0);
    CHECK(k.memory->frames().used() == 8);
    const auto faults = k.memory->faults();
    CHECK(k.touch(t, start, 16 * kPage, true) == 0);
    CHECK(k.memory->faults() == faults + 8);
  });
}

TEST_CASE("mlock and MAP_POPULATE fill without faults of the program", "[mm]") {
  MmBench bench;
  bench.run([](kernel::Kernel& k, kernel::Thread& t) {
    const auto start = map_anonymous(k, t, 16 * kPage);
    CHECK(call(k, t, kernel::nr::mlock, {start + 1, 2 * kPage}) == 0);
    CHECK(k.memory->frames().used() == 3);
    CHECK(k.memory->of(*t.process).locked_pages == 3);
    CHECK(call(k, t, kernel::nr::munlock, {start, 16 * kPage}) == 0);
    CHECK(k.memory->of(*t.process).locked_pages == 0);
    const std::int64_t filled =
        call(k, t, kernel::nr::mmap, {0, 8 * kPage, 3, kAnonymous | 0x8000, ~0ull, 0});
    CHECK(k.touch(t, static_cast<std::uint64_t>(filled), 8 * kPage, true) == 0);
    CHECK(k.memory->faults() == 0);
    CHECK(k.memory->frames().used() == 11);
  });
}

TEST_CASE("a buffer that was touched before costs nothing to check", "[mm]") {
  MmBench bench;
  bench.run([](kernel::Kernel& k, kernel::Thread& t) {
    const auto start = map_anonymous(k, t, 16 * kPage);
    CHECK(k.memory->user_access(t, start + 100, 10 * kPage, true) == 10 * kPage);
    const sim::Time before = t.now();
    CHECK(k.memory->user_access(t, start + 100, 10 * kPage, true) == 10 * kPage);
    CHECK(t.now() == before);
    CHECK(call(k, t, kernel::nr::munmap, {start + 2 * kPage, kPage}) == 0);
    CHECK(k.memory->user_access(t, start + 100, 10 * kPage, true) == 2 * kPage - 100);
  });
}
