// Calls that open, make, remove, move and follow names.
#include <fcntl.h>

#include <cerrno>

#include "traces/infer_walk.h"
#include "traces/mount_points.h"

namespace isosim::traces::infer {

namespace {

// "</etc/passwd>", "</dev/null<char 1:3>>": without the outer brackets.
std::string_view descriptor_note(std::string_view text) {
  if (!text.starts_with('<') || !text.ends_with('>')) return {};
  return text.substr(1, text.size() - 2);
}

}  // namespace

void Walk::open_call(const Event& e, int dir_arg, int path_arg, std::uint64_t flags, std::uint64_t mode) {
  const bool exclusive = (flags & O_CREAT) != 0 && (flags & O_EXCL) != 0;
  const Found found = lookup(e, dir_arg, path_arg, !exclusive && (flags & O_NOFOLLOW) == 0);
  if (!terminal && e.args[path_arg].text == "/dev/tty" && (succeeded(e) || e.error == ENXIO))
    terminal = succeeded(e);
  auto open = opened(e, found, flags, mode);
  if (!open) return;
  const std::string_view note = descriptor_note(e.return_text);
  compare_with_note(found, note);
  if (note.find("<char ") != std::string_view::npos) kind_evidence(open->inode, NodeKind::char_device);
  install_lowest(e, std::move(open), (flags & O_CLOEXEC) != 0);
}

std::shared_ptr<Description> Walk::opened(const Event& e, const Found& found, std::uint64_t flags,
                                          std::uint64_t mode) {
  const bool creates = (flags & O_CREAT) != 0;
  const bool exclusive = creates && (flags & O_EXCL) != 0;
  if (!succeeded(e)) {
    if (e.return_kind == ReturnKind::value) missed(e, found, creates);
    return nullptr;
  }
  auto open = processes.open(OpenKind::file, here(e));
  open->flags = static_cast<std::uint32_t>(flags);
  open->position_known = true;
  const bool temporary = (flags & O_TMPFILE) == O_TMPFILE;
  if (temporary) {
    kind_evidence(saw(e, found), NodeKind::directory);
    open->inode = names.new_inode(false);
  } else if (found.dentry == kNone) {
    open->inode = saw(e, found);
  } else {
    const State now = names.dentry(found.dentry).now;
    if (creates && now != State::present && !found.blocked && !found.directory) {
      const bool unknown = now == State::unknown;
      open->inode = names.create(found.dentry, NodeKind::file);
      Inode& made = names.inode(open->inode);
      made.maybe_created = unknown && !exclusive;
      made.mode = static_cast<std::uint16_t>(mode & ~static_cast<std::uint64_t>(fs(e.tid).umask) & 07777);
      made.mode_changed = true;
      touch(Touch::Kind::name, found.dentry, true);
      touch(Touch::Kind::content, names.dentry(found.dentry).dir, true);
    } else {
      if (exclusive)
        contradict(e, names.path(found.dentry), "was created, though earlier calls say that it was there");
      open->inode = saw(e, found);
    }
  }
  if ((flags & O_DIRECTORY) != 0 && !temporary) kind_evidence(open->inode, NodeKind::directory);
  if ((flags & O_TRUNC) != 0) {
    resized(open->inode, 0);
    touch(Touch::Kind::content, open->inode, true);
  }
  names.inode(open->inode).opened = true;
  names.inode(open->inode).pseudo |= of_kernel(found);
  return open;
}

void Walk::create_call(const Event& e, int dir_arg, int path_arg, NodeKind kind, std::uint64_t mode) {
  const Found found = lookup(e, dir_arg, path_arg, false);
  if (!succeeded(e)) {
    if (e.return_kind == ReturnKind::value) missed(e, found, true);
    return;
  }
  if (found.dentry == kNone) return;
  if (names.dentry(found.dentry).now == State::present) {
    contradict(e, names.path(found.dentry), "was created, though earlier calls say that it was there");
  }
  Inode& made = names.inode(names.create(found.dentry, kind));
  made.mode = static_cast<std::uint16_t>(mode & ~static_cast<std::uint64_t>(fs(e.tid).umask) & 07777);
  touch(Touch::Kind::name, found.dentry, true);
  touch(Touch::Kind::content, names.dentry(found.dentry).dir, true);
}

void Walk::remove_call(const Event& e, int dir_arg, int path_arg, bool directory) {
  removed(e, lookup(e, dir_arg, path_arg, false), directory);
}

void Walk::removed(const Event& e, const Found& found, bool directory) {
  if (!answered(e, found) || found.dentry == kNone) return;
  const InodeId inode = names.inode_of(found.dentry);
  if (directory || !names.inode(inode).kind_known) {
    kind_evidence(inode, directory ? NodeKind::directory : NodeKind::file);
  }
  names.inode(inode).links_changed = true;
  names.remove(found.dentry);
  touch(Touch::Kind::name, found.dentry, true);
  touch(Touch::Kind::content, names.dentry(found.dentry).dir, true);
}

void Walk::rename_call(const Event& e, int old_dir, int old_arg, int new_dir, int new_arg,
                       std::uint64_t flags) {
  const Found from = lookup(e, old_dir, old_arg, false);
  const Found to = lookup(e, new_dir, new_arg, false);
  if (!succeeded(e)) {
    if (e.error == EACCES) missed(e, to, true);
    if (e.error == ENOENT && from.dentry != kNone && names.dentry(from.dentry).now != State::present)
      missed(e, from, false);
    return;
  }
  const InodeId inode = saw(e, from);
  if (from.dentry == kNone || to.dentry == kNone) return;
  if ((flags & 2) != 0) {  // RENAME_EXCHANGE
    const InodeId other = saw(e, to);
    names.attach(from.dentry, other);
  } else {
    names.remove(from.dentry);
  }
  names.attach(to.dentry, inode);
  for (const DentryId name : {from.dentry, to.dentry}) {
    touch(Touch::Kind::name, name, true);
    touch(Touch::Kind::content, names.dentry(name).dir, true);
  }
}

void Walk::link_call(const Event& e, int old_dir, int old_arg, int new_dir, int new_arg, bool follow) {
  const Found from = lookup(e, old_dir, old_arg, follow);
  const Found to = lookup(e, new_dir, new_arg, false);
  if (!succeeded(e)) {
    if (e.error == EEXIST) missed(e, to, true);
    if (e.error == ENOENT) missed(e, from, false);
    if (e.error == EXDEV && from.dentry != kNone && on_own_mount(names.path(from.dentry))) saw(e, from);
    return;
  }
  const InodeId inode = saw(e, from);
  if (to.dentry == kNone) return;
  names.attach(to.dentry, inode);
  names.inode(inode).links_changed = true;
  touch(Touch::Kind::name, to.dentry, true);
  touch(Touch::Kind::content, names.dentry(to.dentry).dir, true);
}

void Walk::symlink_call(const Event& e, int target_arg, int new_dir, int new_arg) {
  const Found to = lookup(e, new_dir, new_arg, false);
  if (!succeeded(e)) {
    if (e.return_kind == ReturnKind::value) missed(e, to, true);
    return;
  }
  if (to.dentry == kNone) return;
  Inode& made = names.inode(names.create(to.dentry, NodeKind::symlink));
  made.target = e.args[target_arg].text;
  made.target_known = true;
  touch(Touch::Kind::name, to.dentry, true);
  touch(Touch::Kind::content, names.dentry(to.dentry).dir, true);
}

void Walk::readlink_call(const Event& e, int dir_arg, int path_arg, int buffer_arg) {
  const std::string_view path = path_arg < e.argc ? e.args[path_arg].text : std::string_view{};
  if (path == "/proc/self/exe" || path == "/proc/self/cwd") {
    ++path_calls;
    if (!succeeded(e) || buffer_arg >= e.argc || e.args[buffer_arg].truncated) return;
    const std::string_view text = e.args[buffer_arg].text;
    if (path.ends_with("cwd")) {
      saw_working_directory(e, text);
    } else if (const auto image = images_.find(processes.of(e.tid).pid);
               image != images_.end() && image->second != text) {
      resolved.push_back({image->second, std::string(text), true});
    }
    return;
  }
  const Found found = lookup(e, dir_arg, path_arg, false);
  if (found.dentry == kNone) return;
  if (!succeeded(e)) {
    if (e.error == EINVAL) {
      names.inode(saw(e, found)).real = true;
    } else if (e.return_kind == ReturnKind::value) {
      missed(e, found, false);
    }
    return;
  }
  const InodeId inode = saw(e, found);
  kind_evidence(inode, NodeKind::symlink);
  Inode& link = names.inode(inode);
  if (link.target_known || buffer_arg >= e.argc) return;
  link.target = e.args[buffer_arg].text;
  const auto length = static_cast<std::size_t>(e.result);
  if (link.target.size() < length) link.target.resize(length, '_');  // strace cut it: -s
  link.target_known = true;
  link.size_least = link.target.size();
  link.size_exact = true;
}

void Walk::exec_call(const Event& e, int dir_arg, int path_arg) {
  const Found found = lookup(e, dir_arg, path_arg, true);
  if (!answered(e, found) || found.dentry == kNone) return;
  Inode& image = names.inode(names.inode_of(found.dentry));
  image.executed = true;
  if (!image.kind_known) kind_evidence(names.inode_of(found.dentry), NodeKind::file);
  images_[processes.of(e.tid).pid] = names.path(found.dentry);
  processes.exec(e.tid);
}

void Walk::change_directory(const Event& e, InodeId directory, bool known) {
  kind_evidence(directory, NodeKind::directory);
  FsContext& context = fs(e.tid);
  context.directory = directory;
  context.moved = context.moved || known;
}

// getcwd and its kin: tells where the first process started, if only relative moves came between.
void Walk::saw_working_directory(const Event& e, std::string_view path) {
  if (start_directory_known_ || learned_directory || path.empty() || path.front() != '/' || fs(e.tid).moved)
    return;
  const std::string here_now = names.path_of(fs(e.tid).directory);
  if (!here_now.starts_with(start_directory_)) return;
  const std::string_view below = std::string_view(here_now).substr(start_directory_.size());
  if (!path.ends_with(below)) return;
  path.remove_suffix(below.size());
  learned_directory = path.empty() ? "/" : std::string(path);
}

}  // namespace isosim::traces::infer
