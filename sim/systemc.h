// SystemC and the conversions to it. Slow to compile: for the sources of hardware modules only, never for
// headers that software models include.
#pragma once

#include <systemc>

#include "sim/time.h"

namespace isosim::sim {

// SystemC's resolution is left at its default of one picosecond.
inline sc_core::sc_time to_systemc(Time time) {
  return sc_core::sc_time::from_value(static_cast<sc_core::sc_time::value_type>(time.ps));
}

inline Time from_systemc(const sc_core::sc_time& time) { return {static_cast<std::int64_t>(time.value())}; }

}  // namespace isosim::sim
