// Go's locks and channels.
#include <catch2/catch.hpp>

#include "models/container/runtime_calls.h"
#include "models/go/catalogue.h"
#include "models/go/sync.h"
#include "tests/kernel-model/machine_fixture.h"

using namespace isosim;

namespace {

struct GoProgram : test::Machine {
  GoProgram() {
    go::load_catalogue(catalogue);
    cpu.rebuild_costs();
  }
  void run(int procs, std::function<void(go::G&)> main) {
    start("program", [&, procs, main](kernel::Thread& thread) {
      const kernel::Address notes = models::map_buffer(thread, 4096);
      runtime = std::make_unique<go::Runtime>(k, procs);
      runtime->run(thread, notes, main);
    });
    engine.run();
  }
  std::unique_ptr<go::Runtime> runtime;
};

// Takes time, so that other goroutines run meanwhile if they can.
void work(go::G& g) {
  for (int i = 0; i < 2000; ++i) g.charge(g.runtime.host.path("process.getpid"));
}

}  // namespace

TEST_CASE("a mutex lets one goroutine in at a time") {
  GoProgram program;
  go::Mutex mutex;
  int inside = 0, most = 0, done = 0;
  program.run(4, [&](go::G& main) {
    for (int i = 0; i < 8; ++i)
      program.runtime->start(main, "worker", [&](go::G& g) {
        for (int round = 0; round < 10; ++round) {
          mutex.lock(g);
          most = std::max(most, ++inside);
          work(g);
          --inside;
          mutex.unlock(g);
        }
        ++done;
      });
    work(main);
  });
  CHECK(done == 8);
  CHECK(most == 1);
}

TEST_CASE("readers share a lock, a writer has it alone") {
  GoProgram program;
  go::RwMutex lock;
  int readers = 0, writers = 0, most_readers = 0, done = 0;
  bool wrong = false;
  program.run(4, [&](go::G& main) {
    for (int i = 0; i < 8; ++i)
      program.runtime->start(main, "worker", [&, write = i % 4 == 0](go::G& g) {
        for (int round = 0; round < 10; ++round) {
          write ? lock.lock(g) : lock.read_lock(g);
          ++(write ? writers : readers);
          most_readers = std::max(most_readers, readers);
          wrong = wrong || writers > 1 || (writers > 0 && readers > 0);
          work(g);
          --(write ? writers : readers);
          write ? lock.unlock(g) : lock.read_unlock(g);
        }
        ++done;
      });
    work(main);
  });
  CHECK(done == 8);
  CHECK(most_readers > 1);
  CHECK_FALSE(wrong);
}

TEST_CASE("channels carry values in order, blocking who has to wait, and end when closed") {
  const std::size_t capacity = GENERATE(0u, 1u, 10u);
  const int procs = GENERATE(1, 4);
  GoProgram program;
  go::Channel<int> channel(capacity);
  std::vector<int> got;
  bool ended = false;
  program.run(procs, [&](go::G& main) {
    program.runtime->start(main, "receiver", [&](go::G& g) {
      while (const auto value = channel.receive(g)) {
        got.push_back(*value);
        if (*value % 7 == 0) work(g);
      }
      ended = true;
    });
    for (int i = 0; i < 50; ++i) {
      if (i % 5 == 0) work(main);
      channel.send(main, i);
    }
    channel.close(main);
    work(main);
  });
  CHECK(ended);
  REQUIRE(got.size() == 50);
  CHECK(std::is_sorted(got.begin(), got.end()));
}

TEST_CASE("a send that would wait is not made by select with a default") {
  GoProgram program;
  program.run(1, [&](go::G& main) {
    go::Channel<int> none(0), one(1);
    CHECK_FALSE(none.try_send(main, 1));
    CHECK(one.try_send(main, 1));
    CHECK_FALSE(one.try_send(main, 2));
    CHECK(one.ready());
    CHECK(one.try_receive(main) == 1);
    CHECK_FALSE(one.try_receive(main));
  });
}
