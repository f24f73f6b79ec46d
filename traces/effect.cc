#include "traces/effect.h"

#include <sys/syscall.h>

#include <algorithm>
#include <array>

namespace isosim::traces {

std::int64_t effect_ns(const Event& event) {
  constexpr std::array kMakers = {SYS_open,          SYS_openat,         SYS_openat2,      SYS_creat,
                                  SYS_dup,           SYS_socket,         SYS_socketpair,   SYS_pipe,
                                  SYS_pipe2,         SYS_eventfd,        SYS_eventfd2,     SYS_epoll_create,
                                  SYS_epoll_create1, SYS_timerfd_create, SYS_memfd_create, SYS_inotify_init,
                                  SYS_inotify_init1, SYS_signalfd,       SYS_signalfd4};
  const bool makes = event.kind == EventKind::call && event.duration_ns > 0 &&
                     std::find(kMakers.begin(), kMakers.end(), event.nr) != kMakers.end();
  return event.start_ns + (makes ? event.duration_ns : 0);
}

}  // namespace isosim::traces
