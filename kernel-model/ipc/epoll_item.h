// One watched descriptor of an epoll instance (struct epitem).
#pragma once

#include <cstdint>

#include "kernel-model/fs/file.h"
#include "kernel-model/sched/wait_queue.h"

namespace isosim::kernel {

class EpollFile;

class EpollItem final : public WakeListener {
 public:
  EpollFile* owner = nullptr;
  File* file = nullptr;  // no reference: closing the last descriptor ends the watch
  std::int32_t fd = -1;
  std::uint32_t events =
      0;  // wanted bits and EPOLLET, EPOLLONESHOT, EPOLLEXCLUSIVE; no wanted bits when disarmed
  std::uint64_t data = 0;
  bool ready = false;                 // in the ready list
  EpollItem* next_watcher = nullptr;  // of the same file

  bool on_wake(Kernel& kernel, Thread* waker, std::uint32_t wake_events) override;
};

// The file's last descriptor closed: takes it out of every epoll instance (fs/eventpoll.c
// eventpoll_release_file).
void eventpoll_release(Kernel& k, Thread& t, File& file);

}  // namespace isosim::kernel
