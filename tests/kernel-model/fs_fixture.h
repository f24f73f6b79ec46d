// A kernel with a root file system and one thread, for tests of the VFS.
#pragma once

#include <catch2/catch.hpp>
#include <functional>

#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"

namespace isosim::test {

using namespace kernel;

struct FsFixture {
  sim::Engine engine;
  sim::Catalogue catalogue;
  sim::Settings settings;
  std::unique_ptr<cpu::Cpu> cpu;
  std::unique_ptr<Kernel> k;

  explicit FsFixture(cpu::BlockDevice* disk = nullptr) {
    load_catalogue(catalogue, "host");
    cpu::MachineSpec spec;
    spec.name = "test";
    spec.base_khz = 2'400'000;
    spec.turbo_khz = {2'400'000};
    spec.cores_per_socket = 4;
    spec.memory_bytes = 1ll << 34;
    cpu = std::make_unique<cpu::Cpu>(engine, catalogue, spec, settings);
    cpu->rebuild_costs();
    k = std::make_unique<Kernel>(engine, *cpu, catalogue, settings, "host");
    k->vfs->boot(disk);
  }

  Process& process() {
    Process& made = k->create_process("test");
    made.fs = k->vfs->initial_context();
    return made;
  }

  // Runs `body` on a thread of a new process, to the end of everything.
  void run(std::function<void(Thread&)> body) {
    Process& made = process();
    k->sched->start(k->create_thread(made, "test", std::move(body)), nullptr);
    engine.run();
  }
};

// Calls by register arguments; strings become payloads.
class Caller {
 public:
  explicit Caller(Thread& thread) : thread_(thread) {}
  Out out;

  std::int64_t operator()(SysNr number,
                          std::initializer_list<std::variant<std::int64_t, const char*, Payload>> args) {
    Sys s;
    s.nr = number;
    std::size_t i = 0;
    for (const auto& arg : args) {
      if (const auto* value = std::get_if<std::int64_t>(&arg)) {
        s.arg[i] = static_cast<std::uint64_t>(*value);
      } else if (const auto* text = std::get_if<const char*>(&arg)) {
        s.arg[i] = 0x1000;
        s.at[i] = std::string_view(*text);
      } else {
        s.arg[i] = 0x1000;
        s.at[i] = std::get<Payload>(arg);
      }
      ++i;
    }
    const std::int64_t result = thread_.kernel.syscall(thread_, s);
    out = std::move(s.out);
    return result;
  }

 private:
  Thread& thread_;
};

}  // namespace isosim::test
