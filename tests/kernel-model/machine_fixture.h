// A machine with a kernel for tests: threads are lambdas.
#pragma once

#include <functional>
#include <string>

#include "kernel-model/kernel.h"

namespace isosim::test {

struct Machine {
  explicit Machine(int sockets = 1, int cores = 4, int threads_per_core = 1, sim::Settings with = {})
      : settings(std::move(with)),
        cpu(engine, load(catalogue), spec(sockets, cores, threads_per_core), settings),
        k((cpu.rebuild_costs(), engine), cpu, catalogue, settings, "host") {}

  kernel::Thread& start(std::string name, std::function<void(kernel::Thread&)> body,
                        std::uint64_t affinity = ~0ull) {
    auto& process = k.create_process(name);
    auto& thread = k.create_thread(process, std::move(name), std::move(body));
    thread.affinity = affinity;
    k.sched->start(thread, nullptr);
    return thread;
  }

  static sim::Catalogue& load(sim::Catalogue& catalogue) {
    kernel::load_catalogue(catalogue, "host");
    return catalogue;
  }
  static cpu::MachineSpec spec(int sockets, int cores, int threads_per_core) {
    cpu::MachineSpec s;
    s.name = "test";
    s.sockets = sockets;
    s.cores_per_socket = cores;
    s.threads_per_core = threads_per_core;
    s.base_khz = 2'000'000;
    s.turbo_khz.assign(static_cast<std::size_t>(cores), 2'000'000);
    s.l1d_bytes = 32 << 10;
    s.l2_bytes = 256 << 10;
    s.l3_bytes = 20 << 20;
    s.memory_bytes = std::int64_t{1} << 30;
    return s;
  }

  sim::Engine engine;
  sim::Catalogue catalogue;
  sim::Settings settings;
  cpu::Cpu cpu;
  kernel::Kernel k;
};

}  // namespace isosim::test
