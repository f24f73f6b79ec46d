#include <catch2/catch.hpp>

#include "kernel-model/mm/mman.h"
#include "tests/kernel-model/mm_bench.h"

using namespace isosim;
using namespace isosim::test;
using kernel::kPage;

TEST_CASE("fork shares pages; a write copies once, and the last owner keeps its page", "[mm]") {
  MmBench bench;
  bench.run([](kernel::Kernel& k, kernel::Thread& t) {
    kernel::Process& process = *t.process;
    const auto start = map_anonymous(k, t, 8 * kPage);
    CHECK(k.touch(t, start, 8 * kPage, true) == 0);
    const std::shared_ptr<kernel::Mm> parent = process.mm;
    std::shared_ptr<kernel::Mm> child = k.memory->fork(t, *parent);
    CHECK(k.memory->frames().used() == 8);
    CHECK(child->rss_anon == 8);
    CHECK(child->vmas.bytes() == parent->vmas.bytes());

    auto faults = k.memory->faults();
    CHECK(k.touch(t, start, 8 * kPage, false) == 0);  // reading needs nothing
    CHECK(k.memory->faults() == faults);
    CHECK(k.touch(t, start, 2 * kPage, true) == 0);  // the parent writes two: copies
    CHECK(k.memory->frames().used() == 10);
    process.mm = child;
    faults = k.memory->faults();
    CHECK(k.touch(t, start, 2 * kPage, true) == 0);  // the child owns the originals now: no copy, but a fault
    CHECK(k.memory->faults() == faults + 2);
    CHECK(k.memory->frames().used() == 10);
    CHECK(k.touch(t, start + 4 * kPage, kPage, true) == 0);
    CHECK(k.memory->frames().used() == 11);
    child.reset();  // the process holds the only reference
    k.memory->exit(t, process);
    CHECK(k.memory->frames().used() == 8);
    process.mm = parent;
  });
}

TEST_CASE("fork costs more for more pages, exit gives everything back", "[mm]") {
  MmBench bench;
  bench.run([](kernel::Kernel& k, kernel::Thread& t) {
    kernel::Process& process = *t.process;
    sim::Time before_small{};
    for (const std::uint64_t pages : {16u, 1600u}) {
      const auto start = map_anonymous(k, t, pages * kPage);
      CHECK(k.touch(t, start, pages * kPage, true) == 0);
      const sim::Time before = t.now();
      std::shared_ptr<kernel::Mm> child = k.memory->fork(t, *process.mm);
      CHECK(t.now() - before > before_small);
      before_small = t.now() - before;
      const std::shared_ptr<kernel::Mm> parent = std::exchange(process.mm, std::move(child));
      k.memory->exit(t, process);
      process.mm = parent;
    }
    CHECK(k.memory->frames().used() == 1616);
  });
}

TEST_CASE("shared anonymous memory is one memory on both sides of a fork", "[mm]") {
  MmBench bench;
  bench.run([](kernel::Kernel& k, kernel::Thread& t) {
    kernel::Process& process = *t.process;
    const auto start =
        static_cast<std::uint64_t>(call(k, t, kernel::nr::mmap, {0, 4 * kPage, 3, 0x21, ~0ull, 0}));
    CHECK(k.touch(t, start, 4 * kPage, true) == 0);
    const std::shared_ptr<kernel::Mm> parent = process.mm;
    process.mm = k.memory->fork(t, *parent);
    CHECK(k.touch(t, start, 4 * kPage, true) == 0);
    CHECK(k.memory->frames().used() == 0);  // no private copies
    CHECK(process.mm->rss_file == 4);
    k.memory->exit(t, process);
    process.mm = parent;
  });
}
