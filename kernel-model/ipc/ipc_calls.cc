#include "kernel-model/ipc/ipc_calls.h"

namespace isosim::kernel {

void register_ipc_calls(SyscallTable& table) {
  register_pipe_calls(table);
  register_poll_calls(table);
  register_epoll_calls(table);
  register_mqueue_calls(table);
  register_socket_calls(table);
  register_message_calls(table);
}

}  // namespace isosim::kernel
