// In whose process group and session the first process started, as far as calls show it.
#include <sys/syscall.h>

#include <cerrno>

#include "traces/infer_walk.h"

namespace isosim::traces::infer {

bool Walk::group_call(const Event& e) {
  const bool done = succeeded(e), refused = e.return_kind == ReturnKind::value && e.error == EPERM;
  const std::int32_t caller = processes.of(e.tid).pid;
  const auto process = [&](int argument) {
    const auto named = static_cast<std::int32_t>(number(e, argument));
    return named == 0 ? caller : named;
  };
  switch (e.nr) {
    case SYS_getpgrp:
    case SYS_getpgid:
    case SYS_getsid: {
      auto& first = e.nr == SYS_getsid ? first_session : first_group;
      if (done && !groups_changed_ && !first && process(0) == caller)
        first = static_cast<std::int32_t>(e.result);
      break;
    }
    case SYS_setpgid: {
      const auto asked = static_cast<std::int32_t>(number(e, 1));
      const std::int32_t group = asked == 0 ? process(0) : asked;
      const bool outside = !links_.traced(group) && !numbers_.contains(group);
      // A group that no traced process leads: that of whoever started the first one.
      if (done && outside && !first_group) first_group = group;
      // A session's leader stays in its group.
      if (refused && !groups_changed_ && processes.of(e.tid).first && group == caller)
        first_session = first_group = caller;
      groups_changed_ |= done;
      break;
    }
    case SYS_setsid:  // a group's leader may not
      if (refused && !groups_changed_ && processes.of(e.tid).first) first_group = caller;
      groups_changed_ |= done;
      break;
    default:
      return false;
  }
  return true;
}

}  // namespace isosim::traces::infer
