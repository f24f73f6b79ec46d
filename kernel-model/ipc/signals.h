// Signals that ipc raises.
#pragma once

#include "kernel-model/kernel.h"

namespace isosim::kernel {

// A write to what nobody reads any more.
inline void send_sigpipe(Kernel&, Thread& t) {
  constexpr int kSigPipe = 13;
  const auto& handlers = t.process->handlers;
  if (handlers && handlers->action[kSigPipe - 1].kind == SignalAction::Kind::ignore) return;
  t.pending |= 1ull << (kSigPipe - 1);
}

}  // namespace isosim::kernel
