// POSIX message queues: names of a file system of their own, which is mounted on /dev/mqueue.
#include <fcntl.h>
#include <sys/syscall.h>

#include <string>

#include "traces/infer_walk.h"

namespace isosim::traces::infer {

// The C library takes off the slash that a queue's name begins with; other names are refused before they are
// looked up.
Found Walk::queue_name(const Event& e) {
  const std::string_view name = e.argc > 0 ? e.args[0].text : std::string_view{};
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string_view::npos) return {};
  return lookup_from(e, Names::root, "/dev/mqueue/" + std::string(name), false);
}

bool Walk::queue_call(const Event& e) {
  switch (e.nr) {
    case SYS_mq_open: {
      const Found found = queue_name(e);
      if (found.dentry == kNone) {
        anonymous(e, true);
        break;
      }
      if (auto open = opened(e, found, number(e, 1), number(e, 2))) {
        kind_evidence(open->inode, NodeKind::file);
        names.inode(open->inode).maybe_created = false;  // what is read of it is no content that was there
        install_lowest(e, std::move(open), true);
      }
      break;
    }
    case SYS_mq_unlink:
      if (const Found found = queue_name(e); found.dentry != kNone) removed(e, found, false);
      break;
    // Which message comes next depends on all that came and went before.
    case SYS_mq_timedsend:
    case SYS_mq_timedreceive:
    case SYS_mq_notify:
    case SYS_mq_getsetattr:
      if (const Description* open = open_file(e, 0); open && open->inode != kNone)
        touch(Touch::Kind::content, open->inode, true);
      break;
    default:
      return false;
  }
  return true;
}

}  // namespace isosim::traces::infer
