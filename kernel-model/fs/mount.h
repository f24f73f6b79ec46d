// Mounts, mount name spaces, and a place in a tree (struct path).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernel-model/fs/dentry.h"
#include "kernel-model/sched/wait_queue.h"

namespace isosim::kernel {

// mount(2) flags that the model acts on.
namespace mount_flag {
inline constexpr std::uint64_t rdonly = 1, nosuid = 2, nodev = 4, noexec = 8, remount = 32, noatime = 1024,
                               nodiratime = 2048, bind = 4096, move = 8192, rec = 16384, unbindable = 1 << 17,
                               private_ = 1 << 18, slave = 1 << 19, shared = 1 << 20, relatime = 1 << 21,
                               propagation = unbindable | private_ | slave | shared;
}

class Mount : public Counted<Mount> {
 public:
  SuperBlock* sb = nullptr;
  Ref<Dentry> root;         // what of the file system it shows
  Ref<Mount> parent;        // null: root of its name space, or detached
  Ref<Dentry> mountpoint;   // in parent
  std::uint64_t flags = 0;  // mount_flag: rdonly, nosuid, nodev, noexec, noatime
  std::int32_t id = 0;
  std::string source;  // for /proc/mounts
};

struct Path {
  Ref<Mount> mount;
  Ref<Dentry> dentry;
  [[nodiscard]] Inode* inode() const { return dentry->inode.get(); }
  bool operator==(const Path&) const = default;
};

class MountNamespace : public Counted<MountNamespace> {
 public:
  MountNamespace() = default;
  ~MountNamespace();
  MountNamespace(const MountNamespace&) = delete;
  MountNamespace& operator=(const MountNamespace&) = delete;

  // What is mounted on `dentry` of `mount`, the latest on top; null if nothing.
  [[nodiscard]] Mount* mounted_on(const Mount* mount, const Dentry* dentry) const;
  void attach(Ref<Mount> mount, const Path& where);
  void detach(Mount& mount);
  [[nodiscard]] bool has_children(const Mount& mount) const;
  [[nodiscard]] bool contains(const Mount& mount) const;
  // A copy of all mounts (CLONE_NEWNS). `paths` are moved to the copies of their mounts.
  [[nodiscard]] Ref<MountNamespace> clone(const std::vector<Path*>& paths) const;

  Ref<Mount> root;
  std::vector<Ref<Mount>> mounts;  // in the order in which they were attached; holds root
  std::uint64_t event = 0;         // changes so far
  WaitQueue pollers;               // of its tables below /proc
};

}  // namespace isosim::kernel
