// Signals that ipc raises.
#pragma once

#include "kernel-model/signal/signal.h"

namespace isosim::kernel {

// A write to what nobody reads any more.
inline void send_sigpipe(Kernel& k, Thread& t) { send_signal(k, &t, t, {signo::pipe, SignalInfo::user}); }

}  // namespace isosim::kernel
