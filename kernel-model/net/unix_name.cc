#include "kernel-model/net/unix_name.h"

#include <fmt/format.h>

#include "kernel-model/fs/modify.h"
#include "kernel-model/fs/namei.h"
#include "kernel-model/ipc/ipc_state.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

namespace {

bool abstract(std::string_view name) { return name.front() == '\0'; }

// Numbers of inodes repeat from file system to file system; the name that the CPU's caches know them by does
// not.
std::string key_of(const Inode& inode) { return "inode " + std::to_string(inode.cache_object()); }

}  // namespace

// unix_bind(), unix_mknod()
std::int64_t unix_bind_name(Kernel& k, Thread& t, std::string_view name, std::string& key) {
  if (abstract(name)) {
    key = name;
    return k.ipc->net.unix_names.contains(key) ? -EADDRINUSE_ : 0;
  }
  NewNode node{file_mode::socket | (0777 & ~t.process->fs->umask)};
  if (const std::int64_t error = make_node(t, kAtFdCwd, name, node); error < 0)
    return error == -EEXIST_ ? -EADDRINUSE_ : error;
  Path path;
  if (const std::int64_t error = path_lookup(t, kAtFdCwd, name, 0, path); error < 0) return error;
  key = key_of(*path.inode());
  return 0;
}

// The loop of unix_autobind(), which draws its first number from a counter of the system.
std::string unix_free_name(Kernel& k) {
  NetState& net = k.ipc->net;
  std::string name;
  do name = std::string(1, '\0') + fmt::format("{:05x}", net.next_unix_name++ & 0xFFFFF);
  while (net.unix_names.contains(name));
  return name;
}

// unix_find_other()
std::int64_t unix_find_name(Kernel& k, Thread& t, std::string_view name, std::string& key) {
  if (abstract(name)) {
    key = name;
    return k.ipc->net.unix_names.contains(key) ? 0 : -ECONNREFUSED_;
  }
  Path path;
  if (const std::int64_t error = path_lookup(t, kAtFdCwd, name, lookup_flag::follow, path); error < 0)
    return error;
  Inode& inode = *path.inode();
  if (const std::int64_t error = inode_permission(t, inode, kMayWrite); error < 0) return error;
  key = key_of(inode);
  return inode.is(file_mode::socket) ? 0 : -ECONNREFUSED_;
}

}  // namespace isosim::kernel
