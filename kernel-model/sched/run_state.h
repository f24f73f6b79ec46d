#pragma once

#include <cstdint>

namespace isosim::kernel {

enum class RunState : std::uint8_t { running, runnable, interruptible, uninterruptible, stopped, dead };

}  // namespace isosim::kernel
