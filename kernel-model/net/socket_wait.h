// Sleeping in a socket call.
#pragma once

#include "kernel-model/ipc/ipc_state.h"
#include "kernel-model/ipc/wait.h"
#include "kernel-model/net/net_state.h"
#include "kernel-model/net/socket.h"

namespace isosim::kernel {

template <class Ready>
std::int64_t Socket::wait_to_send(Kernel& k, Thread& t, const SocketIo& io, Ready ready) {
  for (;;) {
    if (error != 0) return -take_error();
    if (send_closed) return broken_pipe(k, t, io);
    if (ready()) return 0;
    if (nonblocking(io)) return -EAGAIN_;
    t.charge(k.ipc->paths.wait_sleep);
    const std::int64_t result = wait_interruptible(
        k, t, wait, poll_bit::writable | poll_bit::err | poll_bit::hup, false,
        [&] { return ready() || error != 0 || send_closed; }, deadline(t, send_timeout_));
    if (result < 0) return result;
  }
}

}  // namespace isosim::kernel
