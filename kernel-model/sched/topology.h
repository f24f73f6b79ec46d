// Which logical CPUs share a core, a last-level cache, a machine.
#pragma once

#include "cpu/cpu.h"

namespace isosim::kernel {

// Numbered as firmware of two-socket Xeon servers lists them: first threads of all cores, socket by socket,
// then the second threads. A socket's cores share the last-level cache (E5 v3, v4 without cluster-on-die).
struct Topology {
  int sockets, cores_per_socket, threads_per_core;

  explicit Topology(const cpu::MachineSpec& spec)
      : sockets(spec.sockets),
        cores_per_socket(spec.cores_per_socket),
        threads_per_core(spec.threads_per_core) {}

  [[nodiscard]] int cores() const { return sockets * cores_per_socket; }
  [[nodiscard]] int cpus() const { return cores() * threads_per_core; }
  [[nodiscard]] int core_of(int cpu) const { return cpu % cores(); }
  [[nodiscard]] int socket_of(int cpu) const { return core_of(cpu) / cores_per_socket; }
  [[nodiscard]] int cpu_of(int core, int thread) const { return thread * cores() + core; }
  [[nodiscard]] bool share_cache(int a, int b) const { return socket_of(a) == socket_of(b); }
};

}  // namespace isosim::kernel
