// Handlers by family; register_ipc_calls() collects them.
#pragma once

#include "kernel-model/entry/syscall_table.h"

namespace isosim::kernel {

void register_pipe_calls(SyscallTable& table);
void register_poll_calls(SyscallTable& table);
void register_epoll_calls(SyscallTable& table);
void register_mqueue_calls(SyscallTable& table);
void register_socket_calls(SyscallTable& table);
void register_message_calls(SyscallTable& table);

}  // namespace isosim::kernel
