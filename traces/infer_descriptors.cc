// Calls on what a descriptor refers to: its status, its position, its size.
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "traces/descriptor_requests.h"
#include "traces/infer_walk.h"

namespace isosim::traces::infer {

// TIOCGPTN: the number of a pseudo terminal is the name of its slave.
void Walk::name_terminal(const Event& e) {
  std::string_view text = e.args[2].text;
  if (!text.starts_with('[')) return;
  text = text.substr(1, text.find(']') - 1);
  const Found found = names.find(Names::root, "/dev/pts/" + std::string(text), false);
  if (found.dentry != kNone && names.dentry(found.dentry).now != State::present)
    names.create(found.dentry, NodeKind::char_device);
}

bool Walk::descriptor_call(const Event& e) {
  const auto status_of = [&](Description* open, int structure) {
    if (!open || !succeeded(e) || structure >= e.argc) return;
    if (open->inode == kNone && open->kind == OpenKind::unknown) open->inode = names.new_inode(true);
    if (open->inode == kNone) return;
    stat_evidence(e, open->inode, e.args[structure]);
    touch(Touch::Kind::content, open->inode, false);
  };
  const auto changes = [&](Description* open) {
    if (!open || open->inode == kNone || !succeeded(e)) return kNone;
    touch(Touch::Kind::content, open->inode, true);
    return open->inode;
  };
  switch (e.nr) {
    case SYS_lseek: {
      Description* open = open_file(e, 0);
      if (!open) break;
      touch_position(e, e.args[0].value);
      if (e.error == ESPIPE && open->inherited) {
        for (Inherited& i : inherited) i.not_seekable |= i.open.get() == open;
      }
      if (!succeeded(e)) break;
      if (open->inherited) {
        for (Inherited& i : inherited) {
          if (i.open.get() != open) continue;
          i.seekable = true;
          const auto moved = static_cast<std::int64_t>(open->position) + e.args[1].value;
          if (!open->position_known && number(e, 2) == SEEK_CUR && e.result >= moved)
            i.position = static_cast<std::uint64_t>(e.result - moved);
        }
      }
      if (open->inode != kNone && number(e, 2) == SEEK_END) {
        size_evidence(open->inode,
                      static_cast<std::uint64_t>(std::max<std::int64_t>(e.result - e.args[1].value, 0)));
      }
      if (e.result == 0) open_listings_.erase(open->serial);
      open->position = static_cast<std::uint64_t>(e.result);
      open->position_known = true;
      break;
    }
    case SYS_fstat:
      status_of(open_file(e, 0), 1);
      break;
    case SYS_newfstatat:
    case SYS_statx:
      if (e.argc < 2 || !e.args[1].text.empty() || e.args[1].kind != Arg::Kind::string) return false;
      if (static_cast<std::int32_t>(e.args[0].value) == AT_FDCWD) return false;
      status_of(open_file(e, 0), e.nr == SYS_statx ? 4 : 2);
      break;
    case SYS_getdents64:
    case SYS_getdents:
      if (Description* open = open_file(e, 0)) {
        touch_position(e, e.args[0].value);
        list_evidence(e, *open);
      }
      break;
    case SYS_mmap: {
      if (static_cast<std::int32_t>(number(e, 4)) < 0) break;
      Description* open = open_file(e, 4);
      if (!open || open->inode == kNone || !succeeded(e)) break;
      Inode& inode = names.inode(open->inode);
      // The mapping may reach beyond the end; its first page is surely meant to hold something.
      if (inode.from_start && !inode.size_exact && !inode.written) {
        inode.size_least = std::max(inode.size_least, number(e, 5) + 1);
      }
      touch(Touch::Kind::content, open->inode, false);
      break;
    }
    case SYS_ftruncate:
      if (const InodeId inode = changes(open_file(e, 0)); inode != kNone) resized(inode, number(e, 1));
      break;
    case SYS_fallocate:
      if (const InodeId inode = changes(open_file(e, 0));
          inode != kNone && !has_flag(e, 1, 1 /* FALLOC_FL_KEEP_SIZE */)) {
        written(inode, number(e, 2), number(e, 3), false);
      }
      break;
    case SYS_fchmod:
      if (const InodeId inode = changes(open_file(e, 0)); inode != kNone)
        names.inode(inode).mode_changed = true;
      break;
    case SYS_fchown:
      if (const InodeId inode = changes(open_file(e, 0)); inode != kNone)
        names.inode(inode).owner_changed = true;
      break;
    case SYS_fgetxattr:
      if (Description* open = open_file(e, 0); open && e.argc > 1) xattr_evidence(e, open->inode, e.args[1]);
      break;
    case SYS_fchdir:
      if (Description* open = open_file(e, 0); open && open->inode != kNone && succeeded(e)) {
        change_directory(e, open->inode, false);
      }
      break;
    case SYS_ioctl: {
      const Description* open = open_file(e, 0);
      if (number(e, 1) == TIOCGPTPEER) {
        install_lowest(e, processes.open(OpenKind::device, here(e)), has_flag(e, 2, O_CLOEXEC));
        break;
      }
      if (makes_descriptor(number(e, 1))) {
        anonymous(e, true);
        break;
      }
      if (number(e, 1) == TIOCGPTN && succeeded(e) && e.argc > 2) name_terminal(e);
      if (!open || !open->inherited || e.argc < 2) break;
      for (Inherited& i : inherited) {
        if (i.open.get() != open || number(e, 1) != TCGETS) continue;
        (succeeded(e) ? i.tty : i.not_tty) = true;
      }
      break;
    }
    case SYS_fsync:
    case SYS_fdatasync:
    case SYS_fadvise64:
    case SYS_flock:
    case SYS_fstatfs:
    case SYS_epoll_wait:
    case SYS_epoll_pwait:
    case SYS_epoll_ctl:
      open_file(e, 0);
      break;
    default:
      return false;
  }
  return true;
}

}  // namespace isosim::traces::infer
