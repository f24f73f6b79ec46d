#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/mm/memory_manager.h"
#include "kernel-model/process/namespaces.h"
#include "models/platform.h"
#include "sim/observer.h"

using namespace isosim;
namespace nr = kernel::nr;

namespace {

constexpr std::uint64_t kReadWrite = 3, kPrivateAnonymous = 0x22;

// Calls and faults that were begun, by name, on all threads while it counts.
struct Frames final : sim::Observer {
  void on_charge(const sim::Task&, sim::PathId, sim::Time, sim::Time, std::uint64_t) override {}
  void on_enter(const sim::Task&, std::string_view frame, sim::Time) override {
    if (counts) ++begun[std::string(frame)];
  }
  bool counts = false;
  std::map<std::string, int> begun;
};

struct Fixture {
  // The Sentry on one CPU, or where the host's scheduler puts it.
  explicit Fixture(bool pinned = false, const std::string& release = "20190304.1") {
    const std::string patch =
        (std::filesystem::temp_directory_path() / ("isosim-ptrace-" + std::to_string(getpid()) + ".json"))
            .string();
    std::ofstream(patch) << R"({"sandbox": {"release": ")" << release << R"(", "sentry_cpus": [)"
                         << (pinned ? "2" : "") << "]}}";
    stack = models::build_stack(
        {.platform = "gvisor-ptrace", .machine = "e5-2630v3", .set = {}, .patches = {patch}}, settings);
    std::filesystem::remove(patch);
    stack->engine().set_observer(&frames);
  }

  void run(const std::function<void(kernel::Thread&)>& body) {
    stack->start(stack->program(), "test", body);
    stack->run();
  }

  std::int64_t call(kernel::Thread& thread, kernel::SysNr number, std::array<std::uint64_t, 6> args = {}) {
    kernel::Sys sys;
    sys.nr = number;
    sys.arg = args;
    const std::int64_t result = stack->target().syscall(thread, sys);
    status = sys.out.status;
    return result;
  }

  kernel::Address map(kernel::Thread& thread, std::uint64_t bytes) {
    return static_cast<kernel::Address>(call(thread, nr::mmap, {0, bytes, kReadWrite, kPrivateAnonymous}));
  }

  std::int64_t clone(kernel::Thread& thread, std::uint64_t flags, std::function<void(kernel::Thread&)> body) {
    kernel::Sys sys;
    sys.nr = nr::clone;
    sys.arg[0] = flags;
    sys.at[0] = kernel::ChildEntry{std::move(body), 0};
    return stack->target().syscall(thread, sys);
  }

  int operator[](const std::string& frame) const {
    const auto found = frames.begun.find(frame);
    return found == frames.begun.end() ? 0 : found->second;
  }

  sim::Settings settings;
  Frames frames;
  std::unique_ptr<models::Stack> stack;
  std::int32_t status = 0;
};

}  // namespace

TEST_CASE("an emulated call is the seven host calls of switchToApp") {
  constexpr int kCalls = 200;
  const bool pinned = GENERATE(true, false);
  Fixture f(pinned);
  f.run([&](kernel::Thread& t) {
    for (int i = 0; i < 10; ++i) f.call(t, nr::getuid);
    f.frames.counts = true;
    for (int i = 0; i < kCalls; ++i) CHECK(f.call(t, nr::getuid) == 0);
    f.frames.counts = false;
  });
  CHECK(f["ptrace"] == 5 * kCalls);
  CHECK(f["getcpu"] == kCalls);
  CHECK(f["wait4"] == kCalls);
  CHECK(f["getuid"] == 2 * kCalls);  // the program's, and the stub's that stops
  if (pinned) {
    CHECK(f["sched_setaffinity"] == 0);
  } else {
    CHECK(f["sched_setaffinity"] <= kCalls);
  }
}

TEST_CASE("a fault is a stop, and its memory is mapped by a call in the stub process") {
  const bool newer = GENERATE(false, true);
  Fixture f(true, newer ? "20200127.0" : "20190304.1");
  constexpr std::uint64_t kBlock = 2 << 20;
  f.run([&](kernel::Thread& t) {
    const kernel::Address memory = f.map(t, 8 * kBlock) / kBlock * kBlock + kBlock;
    CHECK(f.stack->target().touch(t, memory, 1, true) == 0);
    f.frames.counts = true;
    CHECK(f.stack->target().touch(t, memory + kBlock, 1, true) == 0);
    CHECK(f["ptrace"] == 5 + 1 + (newer ? 3 : 4));
    CHECK(f["wait4"] == 1 + (newer ? 1 : 2));
    CHECK(f["mmap"] == 1);
    f.frames.begun.clear();
    CHECK(f.stack->target().touch(t, memory + kBlock + 4096, 1, true) == 0);
    CHECK(f["ptrace"] == 0);
    CHECK(f["page_fault"] == 1);  // the host's
    f.frames.begun.clear();
    CHECK(f.call(t, nr::munmap, {memory, kBlock}) == 0);
    CHECK(f["munmap"] == 3);  // the program's, the stub's that stops, the one in the stub process
    CHECK(f.stack->target().touch(t, memory, 1, true) < 0);
  });
}

TEST_CASE("a page that is shared after fork is copied at the second fault of its writer") {
  Fixture f;
  f.run([&](kernel::Thread& t) {
    const kernel::Address memory = f.map(t, 3 << 20);
    CHECK(f.stack->target().touch(t, memory, 1, true) == 0);
    const std::int64_t child = f.clone(t, 17, [&](kernel::Thread& own) {
      CHECK(f.stack->target().touch(own, memory, 1, false) == 0);
      f.call(own, nr::exit_group, {0});
    });
    const std::uint64_t before = f.stack->kernel().memory->faults();
    CHECK(f.stack->target().touch(t, memory, 1, true) == 0);
    CHECK(f.stack->kernel().memory->faults() > before);
    CHECK(f.call(t, nr::wait4, {static_cast<std::uint64_t>(child)}) == child);
  });
}

TEST_CASE("threads of the application run at the same time, on stub threads of their own") {
  Fixture f;
  constexpr std::uint64_t kThread = 0x100 | 0x200 | 0x400 | 0x800 | 0x10000;
  sim::Time ends[2], start;
  f.run([&](kernel::Thread& t) {
    f.stack->host().sched->program_begins();  // at full speed
    start = t.now();
    f.clone(t, kThread, [&](kernel::Thread& own) {
      f.stack->target().compute(own, sim::milliseconds(10));
      ends[1] = own.now();
      f.call(own, nr::exit, {0});
    });
    f.stack->target().compute(t, sim::milliseconds(10));
    ends[0] = t.now();
    f.call(t, nr::exit, {0});
  });
  for (const sim::Time end : ends) {
    CHECK(end - start > sim::milliseconds(7));  // turbo
    CHECK(end - start < sim::milliseconds(14));
  }
}

TEST_CASE("a stub process is used again for the next address space") {
  Fixture f;
  std::vector<std::size_t> processes;
  f.run([&](kernel::Thread& t) {
    for (int i = 0; i < 6; ++i) {
      const std::int64_t child = f.clone(t, 17, [&](kernel::Thread& own) {
        CHECK(f.call(own, nr::getpid) > 0);
        f.call(own, nr::exit_group, {3});
      });
      CHECK(f.call(t, nr::wait4, {static_cast<std::uint64_t>(child)}) == child);
      CHECK(f.status == 3 << 8);
      f.stack->target().compute(t, sim::milliseconds(1));
      processes.push_back(f.stack->host().processes.size());
    }
  });
  CHECK(processes.front() == processes.back());
}

TEST_CASE("a killed application ends while it computes or sleeps") {
  const bool sleeps = GENERATE(false, true);
  Fixture f;
  f.run([&](kernel::Thread& t) {
    const std::int64_t child = f.clone(t, 17, [&](kernel::Thread& own) {
      if (sleeps) {
        f.call(own, nr::pause);
      } else {
        f.stack->target().compute(own, sim::milliseconds(1000));
      }
      CHECK(own.state == kernel::RunState::dead);
    });
    const sim::Time start = t.now();
    f.stack->target().compute(t, sim::milliseconds(5));
    CHECK(f.call(t, nr::kill, {static_cast<std::uint64_t>(child), 9}) == 0);
    CHECK(f.call(t, nr::wait4, {static_cast<std::uint64_t>(child)}) == child);
    CHECK(f.status == 9);
    CHECK(t.now() - start < sim::milliseconds(20));
  });
}

TEST_CASE("a handler of the application runs in the stub process, and its thread goes on after it") {
  Fixture f;
  constexpr int kSigusr1 = 10;
  int handled = 0;
  f.run([&](kernel::Thread& t) {
    const kernel::Address memory = f.map(t, 4096);
    t.on_signal = [&](kernel::Thread& own, int signal) {
      CHECK(signal == kSigusr1);
      CHECK(f.call(own, nr::getuid) == 0);
      CHECK(f.stack->target().touch(own, memory, 1, true) == 0);
      ++handled;
    };
    kernel::Sys action;
    action.nr = nr::rt_sigaction;
    action.arg = {kSigusr1, memory, 0, 8};
    action.at[1] = kernel::SignalAction{kernel::SignalAction::Kind::handler, 0, 0};
    CHECK(f.stack->target().syscall(t, action) == 0);
    const auto pid = static_cast<std::uint64_t>(f.call(t, nr::getpid));
    for (int i = 1; i < 4; ++i) {
      CHECK(f.call(t, nr::kill, {pid, kSigusr1}) == 0);
      CHECK(handled == i);
    }
    // From another process, while it computes.
    f.clone(t, 17, [&](kernel::Thread& own) {
      f.call(own, nr::kill, {pid, kSigusr1});
      f.call(own, nr::exit_group, {0});
    });
    f.stack->target().compute(t, sim::milliseconds(5));
    CHECK(handled == 4);
  });
}

TEST_CASE("the ptrace platform does the same each time") {
  const auto digest = [] {
    Fixture f;
    f.run([&](kernel::Thread& t) {
      const kernel::Address memory = f.map(t, 5 << 20);
      f.clone(t, 17, [&](kernel::Thread& own) {
        f.stack->target().touch(own, memory, 1 << 20, true);
        f.call(own, nr::exit_group, {0});
      });
      f.stack->target().touch(t, memory, 1 << 20, true);
    });
    return f.stack->engine().digest();
  };
  CHECK(digest() == digest());
}
