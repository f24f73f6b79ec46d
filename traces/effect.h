// When a call did what others see of it.
#pragma once

#include <cstdint>

#include "traces/event.h"

namespace isosim::traces {

// In ns as Event::start_ns. Calls that make a descriptor, and wait for nobody, take the lowest number that is
// free when they get there. Of two threads that make and close descriptors at once the numbers tell who was
// first, and it is not who entered first (strace stops a thread before the call): for these it is the end,
// for all others the entry.
std::int64_t effect_ns(const Event& event);

}  // namespace isosim::traces
