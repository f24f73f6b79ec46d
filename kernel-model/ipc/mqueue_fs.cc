#include "kernel-model/ipc/mqueue_fs.h"

#include <algorithm>

#include "kernel-model/fs/vfs.h"
#include "kernel-model/ipc/ipc_state.h"
#include "kernel-model/ipc/mqueue_file.h"
#include "kernel-model/kernel.h"
#include "kernel-model/misc/credentials.h"
#include "kernel-model/process/namespaces.h"

namespace isosim::kernel {

namespace {

constexpr std::uint64_t kQueueSize = 80, kEntrySize = 20;  // FILENT_SIZE, DIRENT_SIZE
constexpr std::size_t kRlimitMsgqueue = 12;

// include/linux/ipc_namespace.h: the values below /proc/sys/fs/mqueue as they start, and what nobody exceeds.
constexpr MqueueAttributes kDefault{0, 10, 8192};
constexpr std::int64_t kHardMessages = 65536, kHardSize = 16 << 20;
constexpr std::uint32_t kMostQueues = 256;

// struct msg_msg and struct posix_msg_tree_node on x86-64: of each message, and of each priority in use.
constexpr std::uint64_t kMessageBytes = 48, kNodeBytes = 48, kPriorities = 32768;

std::uint64_t footprint(const MqueueAttributes& a) {
  const auto messages = static_cast<std::uint64_t>(a.max_messages);
  return messages * kMessageBytes + std::min(messages, kPriorities) * kNodeBytes +
         messages * static_cast<std::uint64_t>(a.message_size);
}

}  // namespace

// Paths of its own were not measured: names lie in the dentry cache alone, as tmpfs's.
MqueueFs::MqueueFs(Vfs& its_vfs) : SuperBlock(its_vfs, "mqueue", "tmpfs") {
  root =
      vfs.dcache.make_root(*this, new_inode({.mode = file_mode::directory | 01777}, vfs.kernel.engine.now()));
}

MqueueFs& MqueueFs::of(Vfs& vfs, IpcNamespace& space) {
  if (!space.mqueues) {
    space.mqueues = static_cast<MqueueFs*>(&vfs.adopt(std::make_unique<MqueueFs>(vfs)));
    space.mqueues->mount = vfs.new_mount(*space.mqueues, space.mqueues->root, 0, "mqueue");
  }
  return *space.mqueues;
}

Ref<Inode> MqueueFs::make_inode(std::uint64_t number, std::uint32_t mode) {
  if ((mode & file_mode::type) != file_mode::regular) return SuperBlock::make_inode(number, mode);
  return new MqueueInode(*this, number, mode, wanted.value_or(kDefault));
}

std::int64_t MqueueFs::check(const Thread& t, const MqueueAttributes& a) {
  const bool privileged = capable(*t.process, Cap::sys_resource);
  const std::int64_t messages = privileged ? kHardMessages : kDefault.max_messages;
  const std::int64_t size = privileged ? kHardSize : kDefault.message_size;
  if (a.max_messages <= 0 || a.message_size <= 0) return -EINVAL_;
  return a.max_messages > messages || a.message_size > size ? -EINVAL_ : 0;
}

// mqueue_create() and mqueue_get_inode(). Nothing but queues can be made.
std::int64_t MqueueFs::create(Thread* t, Dentry& dir, std::string_view name, const NewNode& node,
                              Ref<Inode>& out) {
  if ((node.mode & file_mode::type) != file_mode::regular) return -EPERM_;
  const std::uint64_t bytes = footprint(wanted.value_or(kDefault));
  const std::uint32_t account = t ? t->process->credentials.uid : node.uid;
  std::uint64_t& used_by_maker = vfs.kernel.ipc->mqueue_bytes[account];
  if (t && queues_ >= kMostQueues && !capable(*t->process, Cap::sys_resource)) return -ENOSPC_;
  if (t && used_by_maker + bytes > t->process->limits[kRlimitMsgqueue].current) return -EMFILE_;
  SuperBlock::create(t, dir, name, node, out);
  auto& queue = static_cast<MqueueInode&>(*out);
  queue.size = kQueueSize;
  queue.account = account;
  queue.accounted = bytes;
  used_by_maker += bytes;
  ++queues_;
  dir.inode->size += kEntrySize;
  return 0;
}

std::int64_t MqueueFs::unlink(Thread* t, Dentry& dir, Dentry& victim) {
  dir.inode->size -= std::min(dir.inode->size, kEntrySize);
  return SuperBlock::unlink(t, dir, victim);
}

// mqueue_evict_inode()
void MqueueFs::evict(Thread* t, Inode& inode) {
  auto& queue = static_cast<MqueueInode&>(inode);
  vfs.kernel.ipc->mqueue_bytes[queue.account] -= queue.accounted;
  --queues_;
  SuperBlock::evict(t, inode);
}

// simple_statfs()
std::int64_t MqueueFs::statfs(Thread& t, Dentry& /*dentry*/, FileSystemStatus& out) {
  constexpr std::uint64_t kMagic = 0x19800202;
  t.charge(cost.statfs);
  out = {};
  out.type = kMagic;
  out.block_size = 4096;
  out.name_length = 255;
  return 0;
}

Ref<File> MqueueFs::make_file(Thread* /*t*/, const Path& path, std::uint32_t /*flags*/,
                              std::int64_t& /*error*/) {
  if (!path.inode()->is_regular()) return nullptr;
  return new MqueueFile(path);
}

}  // namespace isosim::kernel
