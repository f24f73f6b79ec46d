#include "cpu/machine_fields.h"

namespace isosim::cpu {

std::span<const MachineField> machine_fields() {
  using S = MachineSpec;
  static const MachineField fields[] = {
      {"/topology/sockets", "1", 1, 8, 1, [](S& s, std::int64_t v) { s.sockets = static_cast<int>(v); }},
      {"/topology/cores_per_socket", "1", 1, 64, 1,
       [](S& s, std::int64_t v) { s.cores_per_socket = static_cast<int>(v); }},
      {"/topology/threads_per_core", "1", 1, 2, 1,
       [](S& s, std::int64_t v) { s.threads_per_core = static_cast<int>(v); }},
      {"/frequency/base", "MHz", 800, 5000, 1000, [](S& s, std::int64_t v) { s.base_khz = v; }},
      {"/cache/l1d", "KiB", 16, 128, 1024, [](S& s, std::int64_t v) { s.l1d_bytes = v; }},
      {"/cache/l2", "KiB", 128, 4096, 1024, [](S& s, std::int64_t v) { s.l2_bytes = v; }},
      {"/cache/l3", "KiB", 1024, 524288, 1024, [](S& s, std::int64_t v) { s.l3_bytes = v; }},
      {"/memory/size", "MiB", 256, 16777216, 1 << 20, [](S& s, std::int64_t v) { s.memory_bytes = v; }},
  };
  return fields;
}

}  // namespace isosim::cpu
