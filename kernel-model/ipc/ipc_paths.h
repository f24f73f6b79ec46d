// The paths of catalogue/ipc.json, looked up once.
#pragma once

#include "sim/path.h"

namespace isosim::kernel {

class Kernel;

struct IpcPaths {
  explicit IpcPaths(const Kernel& k);

  sim::PathId mutex_spin;
  sim::PathId pipe_create, pipe_release, pipe_lock, pipe_read, pipe_write, pipe_buffer, pipe_page, pipe_poll,
      pipe_resize, fifo_open;
  sim::PathId wait_sleep;  // prepare_to_wait and finish_wait around one sleep
  sim::PathId wake_walk;   // one wake-up call on a queue, without what try_to_wake_up does
  sim::PathId splice_segment;
  sim::PathId tty_read, tty_write;
  sim::PathId eventfd_create, eventfd_read, eventfd_write, eventfd_poll;
  sim::PathId mqueue_send, mqueue_receive, mqueue_control, mqueue_report;
  sim::PathId poll_call, poll_fd, poll_wait_fd, select_call, select_fd;
  sim::PathId epoll_create, epoll_release, epoll_add, epoll_modify, epoll_delete, epoll_wait, epoll_event,
      epoll_callback;
};

}  // namespace isosim::kernel
