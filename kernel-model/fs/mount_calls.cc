#include "kernel-model/fs/calls.h"
#include "kernel-model/fs/modify.h"
#include "kernel-model/fs/namei.h"
#include "kernel-model/fs/super_block.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/ipc/mqueue_fs.h"
#include "kernel-model/process/namespaces.h"
#include "kernel-model/process/process_table.h"
#include "kernel-model/sched/rcu.h"

namespace isosim::kernel {

namespace {

constexpr int kCapSysAdmin = 21;
constexpr std::uint64_t kPerMount = mount_flag::rdonly | mount_flag::nosuid | mount_flag::nodev |
                                    mount_flag::noexec | mount_flag::noatime | mount_flag::nodiratime |
                                    mount_flag::relatime;

Ref<Mount> copy_mount(Vfs& vfs, const Mount& mount, Ref<Dentry> root) {
  return vfs.new_mount(*mount.sb, std::move(root), mount.flags, mount.source);
}

// MS_BIND, with MS_REC also what is mounted below.
std::int64_t bind_mount(Thread& t, std::string_view source, const Path& where, bool recursive) {
  Vfs& vfs = *t.kernel.vfs;
  t.charge(vfs.paths.bind);
  Path from;
  if (const auto error = path_lookup(t, kAtFdCwd, source, lookup_flag::follow, from)) return error;
  if (from.inode()->is_directory() != where.inode()->is_directory()) return -ENOTDIR_;
  MountNamespace& mounts = *t.process->fs->mounts;
  if (!mounts.contains(*from.mount)) return -EINVAL_;
  const std::vector<Ref<Mount>> before = mounts.mounts;
  const Ref<Mount> top = copy_mount(vfs, *from.mount, from.dentry);
  mounts.attach(top, where);
  if (!recursive) return 0;
  std::vector<std::pair<const Mount*, Ref<Mount>>> copies{{from.mount.get(), top}};
  for (const auto& mount : before) {
    for (std::size_t i = 0; i < copies.size(); ++i) {
      if (mount->parent != copies[i].first) continue;
      bool below = i != 0;  // below the bound root, for the mounts of the source itself
      for (const Dentry* d = mount->mountpoint.get(); d && !below; d = d->parent.get())
        below = d == from.dentry;
      if (!below) break;
      t.charge(vfs.paths.bind);
      const Ref<Mount> copy = copy_mount(vfs, *mount, mount->root);
      mounts.attach(copy, {copies[i].second, mount->mountpoint});
      copies.emplace_back(mount.get(), copy);
      break;
    }
  }
  return 0;
}

std::string_view option(std::string_view data, std::string_view key) {
  while (!data.empty()) {
    const auto comma = std::min(data.find(','), data.size());
    const std::string_view item = data.substr(0, comma);
    if (item.size() > key.size() && item.starts_with(key) && item[key.size()] == '=')
      return item.substr(key.size() + 1);
    data.remove_prefix(std::min(comma + 1, data.size()));
  }
  return {};
}

// ovl_workdir_create(): copies are made there before they get their names. What an earlier mount left goes.
std::int64_t make_work_directory(Thread& t, std::string_view parent) {
  const std::string name = std::string(parent) + "/work";
  const NewNode node{file_mode::directory};
  const std::int64_t made = make_node(t, kAtFdCwd, name, node);
  if (made != -EEXIST_) return made;
  if (const auto error = remove_directory(t, kAtFdCwd, name)) return error;
  return make_node(t, kAtFdCwd, name, node);
}

std::int64_t overlay_mount(Thread& t, std::string_view data, SuperBlock*& out) {
  std::vector<Path> layers(1);
  const auto directory = [&](std::string_view name, Path& path) {
    return path_lookup(t, kAtFdCwd, name, lookup_flag::follow | lookup_flag::directory, path);
  };
  if (const auto upper = option(data, "upperdir"); !upper.empty()) {
    const std::string_view work = option(data, "workdir");
    if (work.empty()) return -EINVAL_;
    if (const auto error = directory(upper, layers[0])) return error;
    if (const auto error = make_work_directory(t, work)) return error;
  }
  std::string_view lower = option(data, "lowerdir");
  if (lower.empty()) return -EINVAL_;
  while (!lower.empty()) {
    const auto colon = std::min(lower.find(':'), lower.size());
    layers.emplace_back();
    if (const auto error = directory(lower.substr(0, colon), layers.back())) return error;
    lower.remove_prefix(std::min(colon + 1, lower.size()));
  }
  out = &t.kernel.vfs->make_overlay(std::move(layers));
  return 0;
}

// devpts_mount() with newinstance, and mknod_ptmx(): a ptmx of its own, which nobody may open unless
// ptmxmode= says so. Slaves come and go with their masters (tty/pty.h).
SuperBlock& new_devpts(Vfs& vfs, std::string_view data) {
  constexpr std::uint64_t kPtmx = 5 * 256 + 2;
  SuperBlock& sb = vfs.make_tmpfs(0755);
  std::uint32_t mode = 0;
  for (const char digit : option(data, "ptmxmode")) mode = mode * 8 + static_cast<std::uint32_t>(digit - '0');
  Ref<Inode> ptmx;
  sb.create(nullptr, *sb.root, "ptmx", {.mode = file_mode::character | (mode & 0777), .rdev = kPtmx}, ptmx);
  return sb;
}

std::int64_t new_file_system(Thread& t, std::string_view type, std::string_view source, std::string_view data,
                             SuperBlock*& out) {
  Vfs& vfs = *t.kernel.vfs;
  if (type == "tmpfs" || type == "ramfs" || type == "devtmpfs") {
    out = &vfs.make_tmpfs(type == "tmpfs" ? 01777 : 0755);
  } else if (type == "devpts") {
    out = &new_devpts(vfs, data);
  } else if (type == "mqueue") {  // mq_mount(): that of the name space
    out = &MqueueFs::of(vfs, *t.process->namespaces->ipc);
  } else if (type == "proc") {
    out = &vfs.make_procfs(t.process->namespaces->pid);
  } else if (type == "sysfs" || type == "cgroup" || type == "cgroup2") {
    out = &vfs.make_sysfs();
  } else if (type == "overlay" || type == "overlayfs") {
    return overlay_mount(t, data, out);
  } else if (type == "ext4" || type == "ext3" || type == "ext2") {
    Path device;
    if (const auto error = path_lookup(t, kAtFdCwd, source, lookup_flag::follow, device)) return error;
    return device.inode()->is(file_mode::block) ? -ENXIO_ : -ENOTBLK_;
  } else {
    return -ENODEV_;
  }
  return 0;
}

std::int64_t sys_mount(Kernel& k, Thread& t, Sys& s) {
  const std::string_view source = s.text(0), type = s.text(2), data = s.text(4);
  std::string_view target;
  if (!path_argument(s, 1, target)) return -EFAULT_;
  const std::uint64_t flags = s.arg[3];
  Path where;
  if (const auto error = path_lookup(t, kAtFdCwd, target, lookup_flag::follow, where)) return error;
  if (!capable(t, kCapSysAdmin)) return -EPERM_;
  const bool at_root = where.dentry == where.mount->root;
  if (flags & mount_flag::remount) {
    t.charge(k.vfs->paths.bind);
    if (!at_root) return -EINVAL_;
    where.mount->flags = flags & kPerMount;
    if (!(flags & mount_flag::bind)) where.mount->sb->read_only = (flags & mount_flag::rdonly) != 0;
    return 0;
  }
  if (flags & mount_flag::bind) return bind_mount(t, source, where, (flags & mount_flag::rec) != 0);
  if (flags &
      mount_flag::propagation) {  // every mount is private here: what a container asks for is so already
    t.charge(k.vfs->paths.bind);
    return at_root ? 0 : -EINVAL_;
  }
  if (flags & mount_flag::move) {
    t.charge(k.vfs->paths.bind);
    Path from;
    if (const auto error = path_lookup(t, kAtFdCwd, source, lookup_flag::follow, from)) return error;
    if (from.dentry != from.mount->root || !from.mount->parent) return -EINVAL_;
    const Ref<Mount> mount = from.mount;
    t.process->fs->mounts->detach(*mount);
    t.process->fs->mounts->attach(mount, where);
    return 0;
  }
  if (type.empty()) return -EINVAL_;
  t.charge(k.vfs->paths.mount);
  SuperBlock* sb = nullptr;
  if (const auto error = new_file_system(t, type, source, data, sb)) return error;
  if (sb->root->inode->is_directory() != where.inode()->is_directory()) return -ENOTDIR_;
  t.process->fs->mounts->attach(k.vfs->new_mount(*sb, sb->root, flags & kPerMount, source), where);
  return 0;
}

bool in_use(const Kernel& k, const Mount& mount) {
  for (const auto& [pid, process] : k.processes) {
    if (process->zombie || !process->fs) continue;
    if (process->fs->cwd.mount == &mount || process->fs->root.mount == &mount) return true;
    if (!process->files) continue;
    for (std::int32_t fd = 0; fd < process->files->size(); ++fd) {
      const File* file = process->files->get(fd);
      if (file && file->path() && file->path()->mount == &mount) return true;
    }
  }
  return false;
}

std::int64_t sys_umount2(Kernel& k, Thread& t, Sys& s) {
  constexpr std::uint64_t kDetach = 2, kNoFollow = 8, kAll = 15;
  std::string_view name;
  if (!path_argument(s, 0, name)) return -EFAULT_;
  if (s.arg[1] & ~kAll) return -EINVAL_;
  Path path;
  if (const auto error =
          path_lookup(t, kAtFdCwd, name, (s.arg[1] & kNoFollow) ? 0 : lookup_flag::follow, path)) {
    return error;
  }
  MountNamespace& mounts = *t.process->fs->mounts;
  // follow_mount() in mountpoint_last(): "." too is what lies on top of it.
  while (Mount* top = mounts.mounted_on(path.mount.get(), path.dentry.get()))
    path = {Ref<Mount>(top), top->root};
  if (path.dentry != path.mount->root || !mounts.contains(*path.mount)) return -EINVAL_;
  if (!capable(t, kCapSysAdmin)) return -EPERM_;
  if (!path.mount->parent) return -EINVAL_;
  t.charge(k.vfs->paths.umount);
  const Ref<Mount> mount = std::move(path.mount);
  path.dentry.reset();
  const bool lazy = (s.arg[1] & kDetach) != 0;
  if (!lazy && (mounts.has_children(*mount) || in_use(k, *mount))) return -EBUSY_;
  std::vector<Ref<Mount>> gone{mount};
  for (std::size_t i = 0; i < gone.size(); ++i) {
    for (const auto& other : mounts.mounts) {
      if (other->parent == gone[i]) gone.push_back(other);
    }
  }
  for (auto it = gone.rbegin(); it != gone.rend(); ++it) mounts.detach(**it);
  k.procs->rcu->synchronize(t);  // namespace_unlock(), until readers of mount_hashtable are gone
  return 0;
}

std::int64_t sys_pivot_root(Kernel& k, Thread& t, Sys& s) {
  std::string_view new_name, old_name;
  if (!path_argument(s, 0, new_name) || !path_argument(s, 1, old_name)) return -EFAULT_;
  if (!capable(t, kCapSysAdmin)) return -EPERM_;
  t.charge(k.vfs->paths.pivot_root);
  constexpr std::uint32_t kLookup = lookup_flag::follow | lookup_flag::directory;
  Path fresh, put;
  if (const auto error = path_lookup(t, kAtFdCwd, new_name, kLookup, fresh)) return error;
  if (const auto error = path_lookup(t, kAtFdCwd, old_name, kLookup, put)) return error;
  FsContext& fs = *t.process->fs;
  const Path old_root = fs.root;
  if (fresh.mount == old_root.mount || put.mount == old_root.mount) return -EBUSY_;
  if (fresh.dentry != fresh.mount->root || old_root.dentry != old_root.mount->root || !fresh.mount->parent) {
    return -EINVAL_;
  }
  const Ref<Mount> root = fresh.mount;
  MountNamespace& mounts = *fs.mounts;
  mounts.detach(*root);
  mounts.mounts.insert(mounts.mounts.begin(), root);
  std::erase(mounts.mounts, old_root.mount);
  mounts.root = root;
  if (put == fresh) {  // runc's pivot_root(".", "."): the old root lies on the new one
    mounts.attach(old_root.mount, {root, root->root});
  } else {
    mounts.attach(old_root.mount, put);
  }
  // chroot_fs_refs(): whoever stood at the old root stands at the new one.
  for (const auto& [pid, process] : k.processes) {
    if (!process->fs || process->fs->mounts != fs.mounts) continue;
    if (process->fs->root == old_root) process->fs->root = {root, root->root};
    if (process->fs->cwd == old_root) process->fs->cwd = {root, root->root};
  }
  return 0;
}

// touch_mnt_namespace()
template <std::int64_t call(Kernel&, Thread&, Sys&)>
std::int64_t announced(Kernel& k, Thread& t, Sys& s) {
  const Ref<MountNamespace> mounts = t.process->fs->mounts;
  const std::uint64_t before = mounts->event;
  const std::int64_t result = call(k, t, s);
  if (mounts->event != before) mounts->pollers.wake(k, &t, WaitQueue::all, poll_bit::err | poll_bit::pri);
  return result;
}

}  // namespace

void register_mount_calls(SyscallTable& table) {
  table.set(nr::mount, announced<sys_mount>);
  table.set(nr::umount2, announced<sys_umount2>);
  table.set(nr::pivot_root, announced<sys_pivot_root>);
}

}  // namespace isosim::kernel
