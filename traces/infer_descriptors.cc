// Calls on descriptors: tables, positions, transfers.
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "traces/infer_walk.h"
#include "traces/structure.h"

namespace isosim::traces::infer {

namespace {

bool succeeded(const Event& e) { return e.return_kind == ReturnKind::value && e.result >= 0; }

std::uint64_t number(const Event& e, int i) {
  return i < e.argc ? static_cast<std::uint64_t>(e.args[i].value) : 0;
}

// Sum of iov_len of the vector in argument `i`.
std::uint64_t vector_length(const Event& e, int i) {
  std::uint64_t sum = 0;
  if (i >= e.argc || e.args[i].kind != Arg::Kind::structure) return sum;
  for (const Field element : elements(e.args[i].text)) {
    sum += static_cast<std::uint64_t>(integer(field(element.value, "iov_len")).value_or(0));
  }
  return sum;
}

// The offset that a pointer argument holds: "[0] => [3627]"; nothing for NULL.
std::optional<std::uint64_t> offset_at(const Event& e, int i) {
  if (i >= e.argc || e.args[i].kind != Arg::Kind::structure) return std::nullopt;
  std::string_view text = e.args[i].text;
  text = text.substr(0, text.find("=>"));
  for (const Field element : elements(text.substr(0, text.find(']') + 1))) {
    if (const auto value = integer(element.value)) return static_cast<std::uint64_t>(*value);
  }
  return std::nullopt;
}

constexpr std::int64_t kMostInherited = 1024;  // RLIMIT_NOFILE as it mostly is

OpenKind kind_from_note(std::string_view note) {
  if (note.starts_with("pipe:")) return OpenKind::pipe;
  if (note.starts_with("anon_inode:")) return OpenKind::anonymous;
  if (note.find("<char ") != std::string_view::npos) return OpenKind::device;
  if (note.starts_with('/')) return OpenKind::file;
  return note.empty() ? OpenKind::unknown : OpenKind::socket;  // socket:, TCP:, UNIX-STREAM:, NETLINK: ...
}

}  // namespace

Description* Walk::open_file(const Event& e, int arg) {
  if (arg >= e.argc) return nullptr;
  const auto fd = static_cast<std::int32_t>(e.args[arg].value);
  touch_slot(e, fd, false);
  Description* known = processes.at(e.tid, fd);
  if (known && !(known->inherited && !known->described)) return known;
  if (fd < 0 || e.error == EBADF) return known;
  auto open = processes.shared(e.tid, fd);
  if (!open) {  // open before the trace, as far as one can see
    open = processes.open(OpenKind::unknown, {});
    open->inherited = true;
    open->flags = O_RDWR;
    processes.install(e.tid, fd, open, false);
  }
  open->described = true;
  const std::string_view note = e.args[arg].note;
  open->kind = kind_from_note(note);
  if (note.starts_with('/') && !note.ends_with("(deleted)")) {
    const Found found = names.find(Names::root, note.substr(0, note.find('<')), true);
    if (found.dentry != kNone) {
      names.saw_present(found.dentry);
      open->inode = names.inode_of(found.dentry);
      if (open->kind == OpenKind::device) kind_evidence(open->inode, NodeKind::char_device);
    }
  }
  inherited.push_back({fd, processes.of(e.tid).pid, open, std::string(note)});
  return open.get();
}

// A call gets the lowest free number: those below that nothing is known of were open before the trace. Where
// threads share the table, one may be in the middle of a call that gets such a number.
void Walk::allocated(const Event& e) {
  if (e.return_kind != ReturnKind::value || e.result <= 0) return;
  std::int64_t lowest = 0;
  switch (e.nr) {
    case SYS_open:
    case SYS_openat:
    case SYS_creat:
    case SYS_dup:
    case SYS_socket:
    case SYS_accept:
    case SYS_accept4:
    case SYS_epoll_create:
    case SYS_epoll_create1:
    case SYS_eventfd:
    case SYS_eventfd2:
    case SYS_timerfd_create:
    case SYS_inotify_init:
    case SYS_inotify_init1:
    case SYS_memfd_create:
      break;
    case SYS_fcntl:
      if (e.argc < 3 || (e.args[1].value != F_DUPFD && e.args[1].value != F_DUPFD_CLOEXEC)) return;
      lowest = e.args[2].value;
      break;
    default:
      return;
  }
  Process& process = processes.of(e.tid);
  if (process.threads > 1 || process.files.use_count() > 1) return;
  for (std::int64_t fd = lowest; fd < std::min<std::int64_t>(e.result, kMostInherited); ++fd) {
    if (processes.at(e.tid, fd)) continue;
    auto open = processes.open(OpenKind::unknown, {});
    open->inherited = true;
    open->flags = O_RDWR;
    inherited.push_back({static_cast<std::int32_t>(fd), process.pid, open, {}});
    processes.install(e.tid, fd, std::move(open), false);
  }
}

void Walk::install(const Event& e, std::int64_t fd, std::shared_ptr<Description> open, bool close_on_exec) {
  Process& process = processes.of(e.tid);
  touch_slot(e, fd, true);
  // While a call blocks, other threads of the process may use the number that it will get.
  if (process.threads > 1 && e.duration_ns > 0) {
    pending_.push_back({e.start_ns + e.duration_ns, e.tid, fd, std::move(open), close_on_exec});
    return;
  }
  processes.install(e.tid, fd, std::move(open), close_on_exec);
}

void Walk::flush_installs(const Event& e) {
  for (PendingInstall& p : pending_) {
    if (p.tid != e.tid && p.end_ns > e.start_ns) continue;
    processes.install(p.tid, p.fd, std::move(p.open), p.close_on_exec);
    p.fd = -1;
  }
  std::erase_if(pending_, [](const PendingInstall& p) { return p.fd < 0; });
}

void Walk::duplicate(const Event& e, int from, std::int64_t to, bool close_on_exec) {
  Description* open = open_file(e, from);
  if (!open || !succeeded(e)) return;
  install(e, to, processes.shared(e.tid, static_cast<std::int32_t>(e.args[from].value)), close_on_exec);
}

void Walk::transfer(const Event& e, Description& open, bool write, std::uint64_t asked,
                    std::optional<std::uint64_t> position) {
  if (open.channel != kNone) {
    if (!succeeded(e) && e.error != EAGAIN) return;
    const std::uint64_t moved = succeeded(e) ? static_cast<std::uint64_t>(e.result) : 0;
    // What side 1 writes, direction 0 carries to side 0.
    const std::uint64_t direction = write ? 1u - open.side : open.side;
    touch(Touch::Kind::channel, std::uint64_t{open.channel} * 2 + direction, write, moved, moved < asked);
    return;
  }
  if (open.inode == kNone) return;
  touch(Touch::Kind::content, open.inode, write);
  if (!succeeded(e)) return;
  const auto moved = static_cast<std::uint64_t>(e.result);
  const bool append = write && (open.flags & O_APPEND) != 0;
  if (position || open.position_known || append) {
    const std::uint64_t at = position.value_or(open.position);
    if (write) {
      written(open.inode, at, moved, append);
    } else {
      read_evidence(open.inode, at, asked, moved);
    }
  } else if (write) {
    names.inode(open.inode).written = true;
  }
  if (!position) open.position += moved;
}

void Walk::note_initial_flags(const Description& open) {
  if (!open.inherited) return;
  for (Inherited& i : inherited)
    if (i.open.get() == &open && !i.flags) i.flags = open.flags;
}

void Walk::fcntl_call(const Event& e) {
  Description* open = open_file(e, 0);
  if (!open || !succeeded(e) || e.argc < 2) return;
  switch (e.args[1].value) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
      duplicate(e, 0, e.result, e.args[1].value == F_DUPFD_CLOEXEC);
      break;
    case F_SETFD: {
      auto same = processes.shared(e.tid, static_cast<std::int32_t>(e.args[0].value));
      processes.install(e.tid, static_cast<std::int32_t>(e.args[0].value), std::move(same),
                        (number(e, 2) & FD_CLOEXEC) != 0);
      break;
    }
    case F_GETFL:
      open->flags = static_cast<std::uint32_t>(e.result);
      note_initial_flags(*open);
      break;
    case F_SETFL: {
      note_initial_flags(*open);
      constexpr std::uint32_t settable = O_APPEND | O_NONBLOCK | O_ASYNC | O_DIRECT | O_NOATIME;
      open->flags = (open->flags & ~settable) | (static_cast<std::uint32_t>(number(e, 2)) & settable);
      break;
    }
    default:
      break;
  }
}

void Walk::anonymous(const Event& e, bool close_on_exec) {
  if (succeeded(e)) install(e, e.result, processes.open(OpenKind::anonymous, here(e)), close_on_exec);
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
  const auto flag = [&](int i, std::uint64_t bit) { return (number(e, i) & bit) != 0; };
  switch (e.nr) {
    case SYS_read:
    case SYS_write:
    case SYS_pread64:
    case SYS_pwrite64: {
      Description* open = open_file(e, 0);
      if (!open) break;
      const bool at = e.nr == SYS_pread64 || e.nr == SYS_pwrite64;
      if (!at && open->channel == kNone) touch_position(e, e.args[0].value);
      transfer(e, *open, e.nr == SYS_write || e.nr == SYS_pwrite64, number(e, 2),
               at ? std::optional(number(e, 3)) : std::nullopt);
      break;
    }
    case SYS_readv:
    case SYS_writev:
    case SYS_preadv:
    case SYS_pwritev:
    case SYS_preadv2:
    case SYS_pwritev2: {
      Description* open = open_file(e, 0);
      if (!open) break;
      const bool at = e.nr != SYS_readv && e.nr != SYS_writev && number(e, 3) != ~0ull;
      if (!at && open->channel == kNone) touch_position(e, e.args[0].value);
      transfer(e, *open, e.nr == SYS_writev || e.nr == SYS_pwritev || e.nr == SYS_pwritev2,
               vector_length(e, 1), at ? std::optional(number(e, 3)) : std::nullopt);
      break;
    }
    case SYS_sendfile: {
      Description* from = open_file(e, 1);
      if (from)
        transfer(e, *from, false, static_cast<std::uint64_t>(std::max<std::int64_t>(e.result, 0)),
                 offset_at(e, 2));
      if (Description* to = open_file(e, 0)) transfer(e, *to, true, number(e, 3), std::nullopt);
      break;
    }
    case SYS_copy_file_range:
    case SYS_splice: {
      Description* from = open_file(e, 0);
      if (from)
        transfer(e, *from, false, static_cast<std::uint64_t>(std::max<std::int64_t>(e.result, 0)),
                 offset_at(e, 1));
      if (Description* to = open_file(e, 2)) transfer(e, *to, true, number(e, 4), offset_at(e, 3));
      break;
    }
    case SYS_close: {
      const auto fd = static_cast<std::int32_t>(number(e, 0));
      if (e.error == EBADF) break;
      if (Description* open = open_file(e, 0)) open_listings_.erase(open->serial);
      touch_slot(e, fd, true);
      if (record_touches) {
        if (const auto open = processes.shared(e.tid, fd); open && open.use_count() == 2)
          released.push_back(open->serial);
      }
      processes.close(e.tid, fd);
      break;
    }
    case SYS_close_range:
      if (processes.of(e.tid).threads > 1) touch(Touch::Kind::table, processes.of(e.tid).files->id, true);
      if (succeeded(e))
        processes.close_range(e.tid, number(e, 0), number(e, 1) & 0xFFFFFFFF,
                              flag(2, 4 /* CLOSE_RANGE_CLOEXEC */));
      break;
    case SYS_lseek: {
      Description* open = open_file(e, 0);
      if (!open) break;
      touch_position(e, e.args[0].value);
      if (e.error == ESPIPE && open->inherited) {
        for (Inherited& i : inherited) i.not_seekable |= i.open.get() == open;
      }
      if (!succeeded(e)) break;
      if (open->inherited) {
        for (Inherited& i : inherited) i.seekable |= i.open.get() == open;
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
      if (e.argc < 2 || !e.args[1].text.empty() || e.args[1].kind != Arg::Kind::string) return false;
      if (static_cast<std::int32_t>(e.args[0].value) == AT_FDCWD) return false;
      status_of(open_file(e, 0), 2);
      break;
    case SYS_statx:
      if (e.argc < 2 || !e.args[1].text.empty() || e.args[1].kind != Arg::Kind::string) return false;
      if (static_cast<std::int32_t>(e.args[0].value) == AT_FDCWD) return false;
      status_of(open_file(e, 0), 4);
      break;
    case SYS_fcntl:
      fcntl_call(e);
      break;
    case SYS_dup:
      duplicate(e, 0, e.result, false);
      break;
    case SYS_dup2:
      duplicate(e, 0, e.result, false);
      break;
    case SYS_dup3:
      duplicate(e, 0, e.result, flag(2, O_CLOEXEC));
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
          inode != kNone && !flag(1, 1 /* FALLOC_FL_KEEP_SIZE */)) {
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
      Description* open = open_file(e, 0);
      if (!open || !open->inherited || e.argc < 2) break;
      for (Inherited& i : inherited) {
        if (i.open.get() != open || number(e, 1) != TCGETS) continue;
        (succeeded(e) ? i.tty : i.not_tty) = true;
      }
      break;
    }
    case SYS_epoll_create:
      anonymous(e, false);
      break;
    case SYS_epoll_create1:
      anonymous(e, flag(0, EPOLL_CLOEXEC));
      break;
    case SYS_eventfd:
      anonymous(e, false);
      break;
    case SYS_eventfd2:
      anonymous(e, flag(1, EFD_CLOEXEC));
      break;
    case SYS_inotify_init:
    case SYS_signalfd:
      anonymous(e, false);
      break;
    case SYS_inotify_init1:
      anonymous(e, flag(0, O_CLOEXEC));
      break;
    case SYS_signalfd4:
      anonymous(e, flag(3, O_CLOEXEC));
      break;
    case SYS_timerfd_create:
      anonymous(e, flag(1, O_CLOEXEC));
      break;
    case SYS_userfaultfd:
      anonymous(e, flag(0, O_CLOEXEC));
      break;
    case SYS_fanotify_init:
    case SYS_memfd_secret:
      anonymous(e, flag(0, 1 /* FAN_CLOEXEC, FD_CLOEXEC */));
      break;
    case SYS_fsopen:
    case SYS_fsmount:
      anonymous(e, flag(1, 1 /* FSOPEN_CLOEXEC, FSMOUNT_CLOEXEC */));
      break;
    case SYS_fspick:
      anonymous(e, flag(2, 1 /* FSPICK_CLOEXEC */));
      break;
    case SYS_open_tree:
      anonymous(e, flag(2, O_CLOEXEC));
      break;
    case SYS_perf_event_open:
      anonymous(e, flag(4, 8 /* PERF_FLAG_FD_CLOEXEC */));
      break;
    case SYS_io_uring_setup:
    case SYS_mq_open:
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
        install(e, e.result, std::move(open), flag(1, 1 /* MFD_CLOEXEC */));
      }
      break;
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
