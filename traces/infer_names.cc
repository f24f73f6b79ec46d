#include "traces/infer_names.h"

#include <algorithm>

namespace isosim::traces::infer {

namespace {

constexpr int kMaxLinks = 40;  // MAXSYMLINKS, include/linux/namei.h

// The component that starts at `at`; moves `at` behind it and the slashes after it.
std::string_view component(std::string_view path, std::size_t& at) {
  const std::size_t end = std::min(path.find('/', at), path.size());
  const std::string_view name = path.substr(at, end - at);
  at = end;
  while (at < path.size() && path[at] == '/') ++at;
  return name;
}

}  // namespace

Names::Names(const std::map<std::string, std::string, std::less<>>& links) : links_(&links) {
  inodes_.emplace_back();
  Inode& top = inodes_.front();
  top.kind = NodeKind::directory;
  top.kind_known = top.real = true;
  for (const KnownDevice& known : kDevices) {
    const Found found = find(root, known.path, false);
    saw_present(found.dentry);
    Inode& device = inodes_[inode_of(found.dentry)];
    device.kind = NodeKind::char_device;
    device.kind_known = device.real = true;
    device.major = known.major;
    device.minor = known.minor;
  }
}

InodeId Names::new_inode(bool from_start) {
  inodes_.emplace_back();
  inodes_.back().from_start = from_start;
  return static_cast<InodeId>(inodes_.size() - 1);
}

DentryId Names::child(InodeId dir, std::string_view name) {
  if (const auto known = lookup_.find(Key{dir, name}); known != lookup_.end()) return known->second;
  const auto id = static_cast<DentryId>(dentries_.size());
  Dentry& made = dentries_.emplace_back();
  made.dir = dir;
  made.name = name;
  Inode& parent = inodes_[dir];
  (parent.first_child == kNone ? parent.first_child : dentries_[parent.last_child].next_sibling) = id;
  parent.last_child = id;
  lookup_.emplace(Key{dir, made.name}, id);
  if (!parent.from_start) {
    made.changed = true;  // a directory that the trace made holds what the trace put there
    made.start = made.now = State::absent;
    return id;
  }
  if (links_->empty()) return id;
  if (const auto link = links_->find(path(id)); link != links_->end()) {
    const InodeId inode = new_inode(true);
    made.start = made.now = State::present;
    made.start_inode = made.inode = inode;
    Inode& symlink = inodes_[inode];
    symlink.home = symlink.current = id;
    symlink.kind = NodeKind::symlink;
    symlink.kind_known = symlink.target_known = symlink.size_exact = true;
    symlink.target = link->second;
    symlink.size_least = symlink.target.size();
    mark_parents_present(id);
  }
  return id;
}

Found Names::find(InodeId base, std::string_view path, bool follow_last) {
  Found found;
  found.inode = base;
  std::string spliced;  // the rest of the path behind a symlink that was followed
  int links = 0;
  std::size_t at = 0;
  const auto restart = [&] {
    at = 0;
    if (path.starts_with('/')) {
      found.dentry = kNone;
      found.inode = root;
      while (at < path.size() && path[at] == '/') ++at;
    }
  };
  found.directory = path.ends_with('/');
  found.followed = follow_last;
  restart();
  while (at < path.size()) {
    const std::string_view name = component(path, at);
    const bool last = at >= path.size();
    if (name == ".") {
      if (last) found.directory = true;
      continue;
    }
    if (found.dentry != kNone && found.inode == kNone) {  // something is to lie below an unknown name
      found.blocked |= dentries_[found.dentry].now == State::absent;
      found.inode = inode_of(found.dentry);
    }
    const InodeId dir = found.inode;
    if (name == "..") {
      const DentryId here = inodes_[dir].current;
      found.inode = here == kNone ? root : dentries_[here].dir;
      found.dentry = kNone;
      if (last) found.directory = true;
      continue;
    }
    if (inodes_[dir].kind_known && inodes_[dir].kind != NodeKind::directory) found.blocked = true;
    found.dentry = child(dir, name);
    found.inode = dentries_[found.dentry].inode;
    if (found.inode == kNone) continue;
    Inode& inode = inodes_[found.inode];
    if (last && !follow_last && !found.directory) break;
    if (inode.kind_known && inode.kind == NodeKind::symlink && inode.target_known) {
      if (++links > kMaxLinks) {
        found.loop = found.blocked = true;
        break;
      }
      std::string rest = inode.target;
      if (!last) rest.append("/").append(path.substr(at));
      found.directory |= rest.ends_with('/');
      spliced = std::move(rest);
      path = spliced;
      found.dentry = kNone;
      found.inode = dir;
      restart();
    } else {
      inode.followed = true;
    }
  }
  return found;
}

InodeId Names::inode_of(DentryId id) {
  Dentry& name = dentries_[id];
  if (name.inode != kNone) return name.inode;
  const InodeId inode = new_inode(!name.changed);
  name.inode = inode;
  if (!name.changed) name.start_inode = inode;
  inodes_[inode].home = inodes_[inode].current = id;
  return inode;
}

void Names::mark_parents_present(DentryId id) {
  for (InodeId dir = dentries_[id].dir; dir != root;) {
    Inode& parent = inodes_[dir];
    const DentryId up = parent.current;
    if (up == kNone) return;
    Dentry& name = dentries_[up];
    if (!parent.kind_known) {
      parent.kind = NodeKind::directory;
      parent.kind_known = true;
    }
    if (name.now == State::present) return;
    if (name.now == State::unknown && !name.changed) name.start = State::present;
    name.now = State::present;
    dir = name.dir;
  }
}

bool Names::saw_present(DentryId id) {
  Dentry& name = dentries_[id];
  if (name.now == State::present) return true;
  const bool consistent = name.now == State::unknown;
  if (consistent) {
    name.start = State::present;
  } else {
    name.changed = true;  // something outside the trace made it
    name.inode = kNone;
  }
  name.now = State::present;
  inode_of(id);
  mark_parents_present(id);
  return consistent;
}

bool Names::saw_absent(DentryId id, std::int32_t error) {
  Dentry& name = dentries_[id];
  if (name.now == State::absent) return true;
  const bool consistent = name.now == State::unknown;
  if (consistent) {
    name.start = State::absent;
    name.start_error = error;
  } else {
    name.changed = true;
  }
  name.now = State::absent;
  name.inode = kNone;
  if (consistent) name.start_inode = kNone;
  return consistent;
}

InodeId Names::create(DentryId id, NodeKind kind) {
  const InodeId inode = new_inode(false);
  attach(id, inode);
  inodes_[inode].home = id;
  inodes_[inode].kind = kind;
  inodes_[inode].kind_known = inodes_[inode].real = true;
  return inode;
}

void Names::attach(DentryId id, InodeId inode) {
  Dentry& name = dentries_[id];
  if (name.start == State::unknown && !name.changed) name.start = State::absent;
  name.changed = true;
  name.now = State::present;
  name.inode = inode;
  inodes_[inode].current = id;
  mark_parents_present(id);
}

void Names::remove(DentryId id) {
  saw_present(id);
  Dentry& name = dentries_[id];
  name.changed = true;
  name.now = State::absent;
  name.inode = kNone;
}

void Names::was_there(InodeId id) {
  Inode& inode = inodes_[id];
  inode.maybe_created = false;
  inode.from_start = true;
  Dentry& name = dentries_[inode.home];
  name.start = State::present;
  name.start_error = 0;
  name.start_inode = id;
}

std::string Names::path(DentryId id) const {
  std::string text;
  while (id != kNone) {
    const Dentry& name = dentries_[id];
    text.insert(0, name.name);
    text.insert(0, 1, '/');
    id = name.dir == root ? kNone : inodes_[name.dir].home;
  }
  return text.empty() ? "/" : text;
}

std::string Names::path_of(InodeId inode) const { return inode == root ? "/" : path(inodes_[inode].home); }

}  // namespace isosim::traces::infer
