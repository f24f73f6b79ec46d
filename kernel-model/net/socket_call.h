// The descriptor of a socket call (sockfd_lookup_light).
#pragma once

#include "kernel-model/ipc/held_file.h"
#include "kernel-model/net/socket_wait.h"

namespace isosim::kernel {

struct SocketCall {
  SocketCall(Thread& t, const Sys& s)
      : file(t, s.fd(0)), socket(dynamic_cast<Socket*>(file.get())), error(file ? -ENOTSOCK_ : -EBADF_) {}

  const HeldFile file;
  Socket* const socket;  // null: `error` is the result
  const std::int64_t error;
};

}  // namespace isosim::kernel
