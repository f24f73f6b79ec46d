// A program in a sandbox, and the calls that begin on any thread of the machine while it counts: the
// program's own and those of the Sentry and the Gofer to the host.
#pragma once

#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>

#include "kernel-model/abi/syscall_names.h"
#include "models/platform.h"
#include "sim/observer.h"

namespace isosim::test {

namespace nr = kernel::nr;

struct SandboxedProgram {
  explicit SandboxedProgram(const std::string& platform = "gvisor-kvm",
                            const std::string& release = "20190304.1", std::vector<std::string> set = {}) {
    const std::string patch =
        (std::filesystem::temp_directory_path() / ("isosim-sandbox-" + std::to_string(getpid()) + ".json"))
            .string();
    std::ofstream(patch) << R"({"sandbox": {"release": ")" << release << R"("}})";
    stack = models::build_stack(
        {.platform = platform, .machine = "e5-2630v3", .set = std::move(set), .patches = {patch}}, settings);
    std::filesystem::remove(patch);
    stack->engine().set_observer(&frames);
  }

  void run(const std::function<void(kernel::Thread&)>& body) {
    stack->start(stack->program(), "test", [&](kernel::Thread& t) {
      thread = &t;
      body(t);
      ended = true;
    });
    stack->run();
    REQUIRE(ended);
  }

  std::int64_t call(kernel::SysNr number, std::array<std::uint64_t, 6> args = {},
                    std::string_view path = {}) {
    kernel::Sys sys;
    sys.nr = number;
    sys.arg = args;
    if (!path.empty()) sys.at[0] = path;
    return call(sys);
  }
  std::int64_t call(kernel::Sys& sys) {
    const std::int64_t result = stack->target().syscall(*thread, sys);
    out = sys.out;
    return result;
  }
  kernel::Address map(std::uint64_t bytes) {
    return static_cast<kernel::Address>(call(nr::mmap, {0, bytes, 3, 0x22, ~0ull, 0}));
  }
  // Lets everybody else come to rest.
  void rest(sim::Time span = sim::milliseconds(5)) {
    kernel::Sys sys;
    sys.nr = nr::nanosleep;
    sys.at[0] = kernel::Timespec{span};
    stack->target().syscall(*thread, sys);
  }

  // What began while `what` ran, by name.
  using Counts = std::map<std::string, int>;
  Counts count(const std::function<void()>& what) {
    frames.begun.clear();
    frames.counts = true;
    what();
    frames.counts = false;
    return std::move(frames.begun);
  }

  struct Frames final : sim::Observer {
    void on_charge(const sim::Task&, sim::PathId, sim::Time, sim::Time, std::uint64_t) override {}
    void on_enter(const sim::Task&, std::string_view frame, sim::Time) override {
      if (counts) ++begun[std::string(frame)];
    }
    bool counts = false;
    Counts begun;
  } frames;
  sim::Settings settings;
  std::unique_ptr<models::Stack> stack;
  kernel::Thread* thread = nullptr;
  kernel::Out out;
  bool ended = false;
};

}  // namespace isosim::test
