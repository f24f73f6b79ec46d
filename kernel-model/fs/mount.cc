#include "kernel-model/fs/mount.h"

#include <algorithm>

namespace isosim::kernel {

Mount* MountNamespace::mounted_on(const Mount* mount, const Dentry* dentry) const {
  for (auto it = mounts.rbegin(); it != mounts.rend(); ++it) {
    if ((*it)->mountpoint == dentry && (*it)->parent == mount) return it->get();
  }
  return nullptr;
}

void MountNamespace::attach(Ref<Mount> mount, const Path& where) {
  mount->parent = where.mount;
  mount->mountpoint = where.dentry;
  ++where.dentry->mounts;
  mounts.push_back(std::move(mount));
  ++event;
}

void MountNamespace::detach(Mount& mount) {
  const Ref<Mount> hold(&mount);
  std::erase(mounts, hold);
  ++event;
  if (mount.mountpoint) --mount.mountpoint->mounts;
  mount.parent.reset();
  mount.mountpoint.reset();
}

bool MountNamespace::has_children(const Mount& mount) const {
  return std::any_of(mounts.begin(), mounts.end(), [&](const auto& m) { return m->parent == &mount; });
}

bool MountNamespace::contains(const Mount& mount) const {
  return std::any_of(mounts.begin(), mounts.end(), [&](const auto& m) { return m == &mount; });
}

MountNamespace::~MountNamespace() {
  for (const auto& mount : mounts) {
    if (mount->mountpoint) --mount->mountpoint->mounts;
  }
}

Ref<MountNamespace> MountNamespace::clone(const std::vector<Path*>& paths) const {
  Ref<MountNamespace> copy(new MountNamespace);
  std::vector<std::pair<const Mount*, Ref<Mount>>> pairs;
  const auto counterpart = [&](const Ref<Mount>& mount) {
    for (const auto& [old, fresh] : pairs) {
      if (old == mount) return fresh;
    }
    return Ref<Mount>();
  };
  for (const auto& mount : mounts) {
    Ref<Mount> fresh(new Mount);
    fresh->sb = mount->sb;
    fresh->root = mount->root;
    fresh->flags = mount->flags;
    fresh->id = mount->id;
    fresh->source = mount->source;
    fresh->parent = counterpart(mount->parent);
    fresh->mountpoint = mount->mountpoint;
    if (fresh->mountpoint) ++fresh->mountpoint->mounts;
    pairs.emplace_back(mount.get(), fresh);
    if (mount == root) copy->root = fresh;
    copy->mounts.push_back(std::move(fresh));
  }
  for (Path* path : paths) {
    if (auto fresh = counterpart(path->mount)) path->mount = fresh;
  }
  return copy;
}

}  // namespace isosim::kernel
