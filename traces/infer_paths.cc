// Calls that name paths.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "traces/infer_walk.h"
#include "traces/structure.h"

namespace isosim::traces::infer {

namespace {

// Calls that change the folder.
bool changes_folder(std::uint16_t call) {
  switch (call) {
    case SYS_unlink:
    case SYS_unlinkat:
    case SYS_rmdir:
    case SYS_mkdir:
    case SYS_mkdirat:
    case SYS_mknod:
    case SYS_mknodat:
    case SYS_symlink:
    case SYS_symlinkat:
    case SYS_link:
    case SYS_linkat:
    case SYS_rename:
    case SYS_renameat:
    case SYS_renameat2:
      return true;
    default:
      return false;
  }
}

// Calls that are refused for the file's own mode; others fail on the way to it.
bool reads_file(std::uint16_t call) {
  switch (call) {
    case SYS_open:
    case SYS_openat:
    case SYS_openat2:
    case SYS_access:
    case SYS_faccessat:
    case SYS_faccessat2:
    case SYS_execve:
    case SYS_execveat:
    case SYS_truncate:
      return true;
    default:
      return false;
  }
}

}  // namespace

// "/proc/1234/stat" of a traced process: what each of them sees as its own. Others keep their number.
std::string Walk::own_proc(std::string_view path) const {
  constexpr std::size_t kNumber = 6;  // after "/proc/"
  const std::size_t end = std::min(path.find_first_not_of("0123456789", kNumber), path.size());
  if (end == kNumber) return std::string(path);
  std::int32_t pid = 0;
  std::from_chars(path.data() + kNumber, path.data() + end, pid);
  if (!links_.traced(pid) && !numbers_.contains(pid)) return std::string(path);
  return "/proc/self" + std::string(path.substr(end));
}

// Below /proc or /sys, and no file of a traced process.
bool Walk::of_kernel(const Found& found) const {
  if (found.dentry == kNone) return false;
  const std::string path = names.path(found.dentry);
  return path.starts_with("/sys/") || (path.starts_with("/proc/") && !path.starts_with("/proc/self/") &&
                                       !path.starts_with("/proc/thread-self/"));
}

InodeId Walk::base_of(const Event& e, int dir_arg) {
  if (dir_arg < 0 || dir_arg >= e.argc) return fs(e.tid).directory;
  const Arg& arg = e.args[dir_arg];
  if (static_cast<std::int32_t>(arg.value) == AT_FDCWD) {
    if (!arg.note.empty() && arg.note.front() == '/' && !arg.note.ends_with("(deleted)")) {
      FsContext& context = fs(e.tid);
      if (names.path_of(context.directory) != arg.note) {
        if (!start_directory_known_ && !learned_directory) saw_working_directory(e, arg.note);
        const Found found = names.find(Names::root, arg.note, true);
        context.directory = found.dentry == kNone ? found.inode : names.inode_of(found.dentry);
      }
    }
    return fs(e.tid).directory;
  }
  Description* open = open_file(e, dir_arg);
  if (!open || open->inode == kNone) return fs(e.tid).directory;
  return open->inode;
}

Found Walk::lookup_from(const Event& e, InodeId base, std::string_view path, bool follow) {
  ++path_calls;
  Found found;
  if (path.starts_with("/proc/") && path.size() > 6) {
    found = names.find(base, own_proc(path), follow);
  } else {
    found = names.find(base, path, follow);
  }
  if (found.dentry != kNone) touch(Touch::Kind::name, found.dentry, false);
  (void)e;
  return found;
}

Found Walk::lookup(const Event& e, int dir_arg, int path_arg, bool follow) {
  const std::string_view path = path_arg < e.argc ? e.args[path_arg].text : std::string_view{};
  return lookup_from(e, path.starts_with('/') ? Names::root : base_of(e, dir_arg), path, follow);
}

InodeId Walk::saw(const Event& e, const Found& found) {
  InodeId inode = found.inode;
  if (found.dentry != kNone) {
    if (found.blocked || !names.saw_present(found.dentry)) {
      contradict(e, names.path(found.dentry), "was found, though earlier calls say that it was not there");
      names.saw_present(found.dentry);
    }
    inode = names.inode_of(found.dentry);
    names.inode(inode).followed |= found.followed;
  }
  if (found.directory) kind_evidence(inode, NodeKind::directory);
  return inode;
}

// Below a file the kernel would have said ENOTDIR: the deepest folder that is there is one.
void Walk::stands_in_directory(DentryId name) {
  for (InodeId dir = names.dentry(name).dir; dir != Names::root;) {
    const DentryId folder = names.inode(dir).current;
    if (folder == kNone) return;
    if (names.dentry(folder).now == State::present) {
      Inode& inode = names.inode(dir);
      if (!inode.kind_known) inode.kind = NodeKind::directory, inode.kind_known = true;
      return;
    }
    dir = names.dentry(folder).dir;
  }
}

// Of an ordinary file's name this tells who owns it, or the folder, and that others are kept out. Kernels'
// own files have their reasons (the process behind one is another's, or a kernel thread), which lie outside.
void Walk::refused(const Event& e, const Found& found, bool creates) {
  if (found.blocked || found.dentry == kNone) return;
  const bool reads = reads_file(e.nr), link = e.nr == SYS_readlink || e.nr == SYS_readlinkat;
  if ((reads || link) && of_kernel(found)) {
    Inode& inode = names.inode(saw(e, found));
    inode.refusal = e.error;
    if (link && !inode.kind_known) inode.kind = NodeKind::symlink, inode.kind_known = true;
    return;
  }
  if (e.error != EACCES) return;
  const InodeId folder = names.dentry(found.dentry).dir;
  const bool there = names.dentry(found.dentry).now == State::present;
  if (reads && (!creates || there)) {
    Inode& inode = names.inode(saw(e, found));
    inode.foreign = inode.closed = true;
    if (has_flag(e, e.nr == SYS_open ? 1 : 2, O_DIRECTORY) && (e.nr == SYS_open || e.nr == SYS_openat))
      kind_evidence(names.inode_of(found.dentry), NodeKind::directory);
  } else if (folder != Names::root && !names.inode(folder).mode_known) {
    names.inode(folder).foreign = true;
    names.inode(folder).closed |= !creates && !changes_folder(e.nr);
    if (names.inode(folder).current != kNone) names.saw_present(names.inode(folder).current);
    kind_evidence(folder, NodeKind::directory);
  }
}

void Walk::missed(const Event& e, const Found& found, bool creates) {
  if (found.dentry == kNone) return;
  const DentryId name = found.dentry;
  const bool unknown = names.dentry(name).now == State::unknown;
  switch (e.error) {
    case ENOENT: {
      if (found.blocked) return;
      stands_in_directory(name);
      if (creates) {  // it is the folder that was not there
        const DentryId folder = names.inode(names.dentry(name).dir).current;
        if (folder != kNone) names.saw_absent(folder, ENOENT);
        return;
      }
      const InodeId inode = names.dentry(name).inode;
      if (inode != kNone && names.inode(inode).kind == NodeKind::symlink && names.inode(inode).kind_known)
        return;
      if (!names.saw_absent(name, ENOENT)) {
        contradict(e, names.path(name), "was not found, though earlier calls say that it was there");
      }
      return;
    }
    case ENOTDIR: {
      if (found.blocked) return;
      if (found.directory || has_flag(e, e.nr == SYS_open ? 1 : 2, O_DIRECTORY)) {
        saw(e, found);
        if (!names.inode(names.inode_of(name)).kind_known)
          kind_evidence(names.inode_of(name), NodeKind::file);
        return;
      }
      const InodeId folder = names.dentry(name).dir;
      if (folder != Names::root && !names.inode(folder).kind_known) kind_evidence(folder, NodeKind::file);
      if (unknown) names.saw_absent(name, ENOTDIR);
      return;
    }
    case EACCES:
    case EPERM:
    case ESRCH:
      refused(e, found, creates);
      return;
    case ELOOP:
      if (!found.loop && has_flag(e, e.nr == SYS_open ? 1 : 2, O_NOFOLLOW)) {
        saw(e, found);
        kind_evidence(names.inode_of(name), NodeKind::symlink);
      } else if (unknown) {
        names.saw_absent(name, ELOOP);
      }
      return;
    case EISDIR:
    case ENOTEMPTY:
      saw(e, found);
      kind_evidence(names.inode_of(name), NodeKind::directory);
      return;
    case EEXIST:
    case ENODATA:
    case EOPNOTSUPP:
    case ENXIO:
    case EROFS:
    case EXDEV:
    case ETXTBSY:
    case EBUSY:
    case ENOEXEC:
    case ERANGE:
      saw(e, found);
      return;
    default:
      return;
  }
}

bool Walk::answered(const Event& e, const Found& found, bool creates) {
  if (succeeded(e)) {
    saw(e, found);
    return true;
  }
  if (e.return_kind == ReturnKind::value) missed(e, found, creates);
  return false;
}

// What -y says an open led to. Equal: none of its folders is a symlink. Else there are symlinks to be
// inferred.
void Walk::compare_with_note(const Found& found, std::string_view note) {
  if (note.empty() || note.front() != '/' || found.dentry == kNone || note.ends_with("(deleted)")) return;
  note = note.substr(0, note.find('<'));
  std::string path = names.path(found.dentry);
  if (note.starts_with("/proc/")) {  // /etc/mtab -> /proc/self/mounts
    std::string own = own_proc(note);
    if (!path.starts_with("/proc/") && !path.starts_with("/dev/") && own.starts_with("/proc/self/"))
      resolved.push_back({std::move(path), std::move(own), false});
    return;
  }
  if (path == note) {
    for (DentryId at = found.dentry; at != kNone;) {
      const InodeId dir = names.dentry(at).dir;
      if (names.inode(dir).real) break;
      names.inode(dir).real = true;
      at = names.inode(dir).current;
    }
    if (const InodeId inode = names.dentry(found.dentry).inode; inode != kNone)
      names.inode(inode).real = true;
  } else if (!names.dentry(found.dentry).changed) {
    resolved.push_back({std::move(path), std::string(note), false});
  }
}

bool Walk::path_call(const Event& e) {
  const auto nofollow = [&](int i) { return has_flag(e, i, AT_SYMLINK_NOFOLLOW); };
  const auto on_descriptor = [&](int path_arg) { return path_arg < e.argc && e.args[path_arg].text.empty(); };
  const auto inode_at = [&](int dir_arg, int path_arg, bool follow) {
    if (dir_arg >= 0 && on_descriptor(path_arg)) {
      Description* open = open_file(e, dir_arg);
      return open && succeeded(e) ? open->inode : kNone;
    }
    const Found found = lookup(e, dir_arg, path_arg, follow);
    return answered(e, found) ? (found.dentry == kNone ? found.inode : names.inode_of(found.dentry)) : kNone;
  };
  const auto status = [&](InodeId inode, int structure) {
    if (inode == kNone || structure >= e.argc) return;
    stat_evidence(e, inode, e.args[structure]);
    touch(Touch::Kind::content, inode, false);
  };
  const auto changes = [&](InodeId inode) {
    if (inode != kNone) touch(Touch::Kind::content, inode, true);
    return inode;
  };
  switch (e.nr) {
    case SYS_open:
      open_call(e, -1, 0, number(e, 1), number(e, 2));
      break;
    case SYS_creat:
      open_call(e, -1, 0, O_CREAT | O_WRONLY | O_TRUNC, number(e, 1));
      break;
    case SYS_openat:
      open_call(e, 0, 1, number(e, 2), number(e, 3));
      break;
    case SYS_openat2: {
      const std::string_view how = e.argc > 2 ? e.args[2].text : std::string_view{};
      open_call(e, 0, 1, static_cast<std::uint64_t>(integer(field(how, "flags")).value_or(0)),
                static_cast<std::uint64_t>(integer(field(how, "mode")).value_or(0)));
      break;
    }
    case SYS_stat:
      status(inode_at(-1, 0, true), 1);
      break;
    case SYS_lstat:
      status(inode_at(-1, 0, false), 1);
      break;
    case SYS_newfstatat:
      status(inode_at(0, 1, !nofollow(3)), 2);
      break;
    case SYS_statx:
      status(inode_at(0, 1, !nofollow(2)), 4);
      break;
    case SYS_access:
      inode_at(-1, 0, true);
      break;
    case SYS_faccessat:
      inode_at(0, 1, true);
      break;
    case SYS_faccessat2:
      inode_at(0, 1, !nofollow(3));
      break;
    case SYS_readlink:
      readlink_call(e, -1, 0, 1);
      break;
    case SYS_readlinkat:
      readlink_call(e, 0, 1, 2);
      break;
    case SYS_getxattr:
    case SYS_lgetxattr: {
      const Found found = lookup(e, -1, 0, e.nr == SYS_getxattr);
      answered(e, found);
      if (found.dentry != kNone && e.argc > 1) xattr_evidence(e, names.dentry(found.dentry).inode, e.args[1]);
      break;
    }
    case SYS_listxattr:
    case SYS_llistxattr:
      inode_at(-1, 0, e.nr == SYS_listxattr);
      break;
    case SYS_setxattr:
    case SYS_lsetxattr:
    case SYS_removexattr:
    case SYS_lremovexattr:
      changes(inode_at(-1, 0, e.nr == SYS_setxattr || e.nr == SYS_removexattr));
      break;
    case SYS_statfs:
      inode_at(-1, 0, true);
      break;
    case SYS_chdir: {
      const Found found = lookup(e, -1, 0, true);
      if (answered(e, found)) {
        const InodeId inode = found.dentry == kNone ? found.inode : names.inode_of(found.dentry);
        change_directory(e, inode, e.args[0].text.starts_with('/'));
      }
      break;
    }
    case SYS_getcwd:
      if (succeeded(e) && e.argc > 0 && !e.args[0].truncated) saw_working_directory(e, e.args[0].text);
      break;
    case SYS_execve:
      exec_call(e, -1, 0);
      break;
    case SYS_execveat:
      exec_call(e, 0, 1);
      break;
    case SYS_mkdir:
      create_call(e, -1, 0, NodeKind::directory, number(e, 1));
      break;
    case SYS_mkdirat:
      create_call(e, 0, 1, NodeKind::directory, number(e, 2));
      break;
    case SYS_mknod:
      create_call(e, -1, 0, kind_of(number(e, 1)), number(e, 1));
      break;
    case SYS_mknodat:
      create_call(e, 0, 1, kind_of(number(e, 2)), number(e, 2));
      break;
    case SYS_unlink:
      remove_call(e, -1, 0, false);
      break;
    case SYS_unlinkat:
      remove_call(e, 0, 1, has_flag(e, 2, AT_REMOVEDIR));
      break;
    case SYS_rmdir:
      remove_call(e, -1, 0, true);
      break;
    case SYS_rename:
      rename_call(e, -1, 0, -1, 1, 0);
      break;
    case SYS_renameat:
      rename_call(e, 0, 1, 2, 3, 0);
      break;
    case SYS_renameat2:
      rename_call(e, 0, 1, 2, 3, number(e, 4));
      break;
    case SYS_link:
      link_call(e, -1, 0, -1, 1, false);
      break;
    case SYS_linkat:
      link_call(e, 0, 1, 2, 3, has_flag(e, 4, AT_SYMLINK_FOLLOW));
      break;
    case SYS_symlink:
      symlink_call(e, 0, -1, 1);
      break;
    case SYS_symlinkat:
      symlink_call(e, 0, 1, 2);
      break;
    case SYS_truncate: {
      const InodeId inode = changes(inode_at(-1, 0, true));
      if (inode != kNone) resized(inode, number(e, 1));
      break;
    }
    case SYS_chmod:
    case SYS_fchmodat: {
      const bool at = e.nr == SYS_fchmodat;
      const InodeId inode = changes(inode_at(at ? 0 : -1, at ? 1 : 0, true));
      if (inode != kNone) names.inode(inode).mode_changed = true;
      break;
    }
    case SYS_chown:
    case SYS_lchown:
    case SYS_fchownat: {
      const bool at = e.nr == SYS_fchownat;
      const InodeId inode =
          changes(inode_at(at ? 0 : -1, at ? 1 : 0, e.nr == SYS_chown || (at && !nofollow(4))));
      if (inode != kNone) names.inode(inode).owner_changed = true;
      break;
    }
    case SYS_utime:
    case SYS_utimes:
      changes(inode_at(-1, 0, true));
      break;
    case SYS_utimensat:
    case SYS_futimesat:
      changes(inode_at(0, 1, !nofollow(3)));
      break;
    case SYS_inotify_add_watch: {
      answered(e, lookup(e, -1, 1, true));
      break;
    }
    default:
      return false;
  }
  return true;
}

}  // namespace isosim::traces::infer
