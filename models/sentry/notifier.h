// Tells the Sentry's files of events on descriptors of the host (pkg/fdnotifier): one goroutine waits in
// epoll_pwait for all of them, edge-triggered, and only for those whose file somebody waits on.
#pragma once

#include <map>

#include "kernel-model/sched/wait_queue.h"
#include "models/go/runtime.h"
#include "models/go/sync.h"

namespace isosim::models {

class Notifier {
 public:
  explicit Notifier(go::Runtime& runtime);

  // Memory of the Sentry's process for what calls of the host put out, 4 KB; before anything else.
  void set_buffer(kernel::Address buffer) { buffer_ = buffer; }
  [[nodiscard]] kernel::Address buffer() const { return buffer_; }

  // AddFD: events of `fd` wake `queue`, of `sentry`. The first one makes the epoll instance and its
  // goroutine.
  void add(go::G& g, std::int32_t fd, kernel::WaitQueue& queue, kernel::Kernel& sentry);
  // UpdateFD: has the host watch for what the queue's waiters want now.
  void update(go::G& g, std::int32_t fd);
  void remove(go::G& g, std::int32_t fd);

  // The goroutine that makes the caller's calls of the host.
  [[nodiscard]] go::G& current() const { return *runtime_.current(); }

 private:
  struct Watched {  // fdInfo
    kernel::WaitQueue* queue;
    kernel::Kernel* sentry;
    bool waiting = false;
  };
  void watch(go::G& g, std::int32_t fd, Watched& watched, std::uint32_t events);
  void wait_and_notify(go::G& g);

  go::Runtime& runtime_;
  kernel::Address buffer_ = 0;
  std::int64_t epoll_ = -1;
  go::Mutex mutex_;
  std::map<std::int32_t, Watched> files_;
  sim::PathId update_, notify_;
};

}  // namespace isosim::models
