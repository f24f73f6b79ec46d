// The figures of a machine that are not parameters: identity, topology, sizes.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "cpu/cpu.h"

namespace isosim::cpu {

struct MachineField {
  std::string_view pointer;  // /topology/sockets
  std::string_view unit;
  std::int64_t min, max;
  std::int64_t scale;  // from the file's unit to the spec's
  void (*set)(MachineSpec& spec, std::int64_t value);
};

std::span<const MachineField> machine_fields();

inline constexpr std::string_view kTurboPointer = "/frequency/turbo";

}  // namespace isosim::cpu
