// Calls that make files without a name. Pipes and sockets, which have another end, are in infer_sockets.cc.
#include <fcntl.h>
#include <sys/syscall.h>

#include "traces/infer_walk.h"

namespace isosim::traces::infer {

void Walk::anonymous(const Event& e, bool close_on_exec) {
  if (succeeded(e)) install_lowest(e, processes.open(OpenKind::anonymous, here(e)), close_on_exec);
}

bool Walk::nameless_call(const Event& e) {
  switch (e.nr) {
    case SYS_epoll_create:
    case SYS_eventfd:
    case SYS_inotify_init:
      anonymous(e, false);
      break;
    case SYS_epoll_create1:  // EPOLL_CLOEXEC, EFD_CLOEXEC and their kin are O_CLOEXEC
    case SYS_inotify_init1:
    case SYS_userfaultfd:
      anonymous(e, has_flag(e, 0, O_CLOEXEC));
      break;
    case SYS_eventfd2:
    case SYS_timerfd_create:
      anonymous(e, has_flag(e, 1, O_CLOEXEC));
      break;
    case SYS_open_tree:
      anonymous(e, has_flag(e, 2, O_CLOEXEC));
      break;
    case SYS_signalfd:
    case SYS_signalfd4:
      if (static_cast<std::int32_t>(number(e, 0)) != -1) {  // gives an older one another mask
        open_file(e, 0);
      } else {
        anonymous(e, e.nr == SYS_signalfd4 && has_flag(e, 3, O_CLOEXEC));
      }
      break;
    case SYS_fanotify_init:
    case SYS_memfd_secret:
      anonymous(e, has_flag(e, 0, 1 /* FAN_CLOEXEC, FD_CLOEXEC */));
      break;
    case SYS_fsopen:
    case SYS_fsmount:
      anonymous(e, has_flag(e, 1, 1 /* FSOPEN_CLOEXEC, FSMOUNT_CLOEXEC */));
      break;
    case SYS_fspick:
      anonymous(e, has_flag(e, 2, 1 /* FSPICK_CLOEXEC */));
      break;
    case SYS_perf_event_open:
      anonymous(e, has_flag(e, 4, 8 /* PERF_FLAG_FD_CLOEXEC */));
      break;
    case SYS_io_uring_setup:
    case SYS_pidfd_open:
    case SYS_pidfd_getfd:
      anonymous(e, true);
      break;
    case SYS_memfd_create:
      if (succeeded(e)) {
        auto open = processes.open(OpenKind::file, here(e));
        open->inode = names.new_inode(false);
        open->flags = O_RDWR;
        open->position_known = true;
        install_lowest(e, std::move(open), has_flag(e, 1, 1 /* MFD_CLOEXEC */));
      }
      break;
    default:
      return false;
  }
  return true;
}

}  // namespace isosim::traces::infer
