// Threads of one address space: who faults, maps and unmaps at once.
#include <catch2/catch.hpp>

#include "kernel-model/ipc/rw_semaphore.h"
#include "kernel-model/mm/memory_manager.h"
#include "tests/kernel-model/machine_fixture.h"
#include "tests/kernel-model/mm_bench.h"

using namespace isosim;
using namespace isosim::test;
using namespace isosim::kernel;

namespace {

void sleep_until(Thread& t, std::int64_t us) {
  t.state = RunState::interruptible;
  t.kernel.sched->block_until(t, sim::microseconds(us));
}

struct Threads {
  void start(std::function<void(Thread&)> body) {
    Thread& thread = machine.k.create_thread(process, "thread", std::move(body));
    machine.k.sched->start(thread, nullptr);
  }
  Machine machine;
  Process& process = machine.k.create_process("test");
};

constexpr std::uint64_t kPages = 64, kBytes = kPages * kPage;

}  // namespace

TEST_CASE("readers hold a semaphore together; who comes after a writer waits behind it") {
  Threads threads;
  Kernel& k = threads.machine.k;
  RwSemaphore semaphore;
  std::string order;
  int readers = 0, together = 0;
  const auto reader = [&](char name, std::int64_t begin, std::int64_t end) {
    threads.start([&, name, begin, end](Thread& t) {
      sleep_until(t, begin);
      const ReadGuard guard(semaphore, k, t);
      order += name;
      together = std::max(together, ++readers);
      sleep_until(t, end);
      --readers;
    });
  };
  reader('a', 100, 1000);
  reader('b', 200, 900);
  threads.start([&](Thread& t) {
    sleep_until(t, 300);
    const WriteGuard guard(semaphore, k, t);
    order += 'W';
    CHECK(readers == 0);
    CHECK(t.now() >= sim::microseconds(1000));
    sleep_until(t, 2000);
    order += 'w';
  });
  reader('c', 400, 2500);
  reader('d', 500, 2500);
  threads.machine.engine.run();
  CHECK(order == "abWwcd");
  CHECK(together == 2);
}

TEST_CASE("a page that two threads touch at once is brought in once") {
  Threads threads;
  MemoryManager& memory = *threads.machine.k.memory;
  Address start = 0;
  std::uint64_t resident = 0, frames = 0;
  int ready = 0, done = 0;
  const auto body = [&](Thread& t) {
    if (ready++ == 0) {
      start = map_anonymous(t.kernel, t, kBytes);
      resident = t.process->mm->rss_anon;
      frames = memory.frames().used();
    }
    sleep_until(t, 1000);
    for (std::uint64_t page = 0; page < kPages; ++page)
      CHECK(memory.touch(t, start + page * kPage, 1, true) == 0);
    if (++done == 2) {
      CHECK(t.process->mm->rss_anon - resident == kPages);
      CHECK(memory.frames().used() - frames == kPages);
    }
  };
  threads.start(body);
  threads.start(body);
  threads.machine.engine.run();
  CHECK(done == 2);
}

TEST_CASE("pages that come while others go are all accounted for") {
  Threads threads;
  MemoryManager& memory = *threads.machine.k.memory;
  Address start = 0;
  std::uint64_t frames = 0, resident = 0;
  int done = 0;
  const auto finish = [&](Thread& t) {
    if (++done < 3) return;
    call(t.kernel, t, nr::munmap, {start, kBytes, 0, 0, 0, 0});
    CHECK(t.process->mm->rss_anon == resident);
    CHECK(memory.frames().used() == frames);
  };
  threads.start([&](Thread& t) {
    start = map_anonymous(t.kernel, t, kBytes);
    frames = memory.frames().used();
    resident = t.process->mm->rss_anon;
    sleep_until(t, 1000);
    for (int round = 0; round < 40; ++round)
      for (std::uint64_t page = 0; page < kPages; page += 3)
        memory.touch(t, start + page * kPage, 1, (round + page) % 2 != 0);
    finish(t);
  });
  threads.start([&](Thread& t) {
    sleep_until(t, 1000);
    for (std::uint64_t i = 0; i < 100; ++i)
      call(t.kernel, t, nr::madvise, {start + i % 32 * kPage, 8 * kPage, 4 /* MADV_DONTNEED */, 0, 0, 0});
    finish(t);
  });
  threads.start([&](Thread& t) {
    sleep_until(t, 1000);
    constexpr std::uint64_t kFixed = 0x10;
    for (std::uint64_t i = 0; i < 100; ++i) {
      const Address part = start + i % 5 * 10 * kPage;
      call(t.kernel, t, nr::mprotect, {part, 5 * kPage, i % 3, 0, 0, 0});
      call(t.kernel, t, nr::munmap, {part, 7 * kPage, 0, 0, 0, 0});
      call(t.kernel, t, nr::mmap, {part, 7 * kPage, kReadWrite, kAnonymous | kFixed, ~0ull, 0});
    }
    finish(t);
  });
  threads.machine.engine.run();
  CHECK(done == 3);
}
