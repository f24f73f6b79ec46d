// A kernel on a testbed machine, and a thread of one process to run test code on.
#pragma once

#include <functional>

#include "cpu/machine.h"
#include "kernel-model/kernel.h"
#include "kernel-model/mm/memory_manager.h"

namespace isosim::test {

struct MmBench {
  MmBench() {
    kernel::load_catalogue(catalogue, "host");
    spec = cpu::load_machine("e5-2630v3", settings);
  }

  // Runs `body` as the program of a first process.
  void run(const std::function<void(kernel::Kernel&, kernel::Thread&)>& body) {
    sim::Engine engine;
    cpu::Cpu processor(engine, catalogue, spec, settings);
    processor.rebuild_costs();
    kernel::Kernel k(engine, processor, catalogue, settings, "host");
    kernel::Process& process = k.create_process("test");
    kernel::Thread& thread = k.create_thread(process, "test", [&](kernel::Thread& t) { body(k, t); });
    k.sched->start(thread, nullptr);
    engine.run();
  }

  sim::Catalogue catalogue;
  sim::Settings settings;
  cpu::MachineSpec spec;
};

inline std::int64_t call(kernel::Kernel& k, kernel::Thread& t, kernel::SysNr nr,
                         std::array<std::uint64_t, 6> arg) {
  kernel::Sys sys;
  sys.nr = nr;
  sys.arg = arg;
  return k.syscall(t, sys);
}

inline constexpr std::uint64_t kAnonymous = 0x22,
                               kReadWrite = 3;  // MAP_PRIVATE | MAP_ANONYMOUS, PROT_READ | PROT_WRITE

inline std::uint64_t map_anonymous(kernel::Kernel& k, kernel::Thread& t, std::uint64_t length,
                                   std::uint64_t protection = kReadWrite) {
  return static_cast<std::uint64_t>(
      call(k, t, kernel::nr::mmap, {0, length, protection, kAnonymous, ~0ull, 0}));
}

}  // namespace isosim::test
