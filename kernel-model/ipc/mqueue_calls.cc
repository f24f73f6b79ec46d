// mq_open, mq_unlink, mq_timedsend, mq_timedreceive, mq_notify, mq_getsetattr.
#include "kernel-model/fs/calls.h"
#include "kernel-model/fs/modify.h"
#include "kernel-model/fs/open.h"
#include "kernel-model/fs/user_copy.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/ipc/held_file.h"
#include "kernel-model/ipc/ipc_calls.h"
#include "kernel-model/ipc/ipc_state.h"
#include "kernel-model/ipc/mqueue_file.h"
#include "kernel-model/ipc/mqueue_fs.h"
#include "kernel-model/process/namespaces.h"
#include "kernel-model/signal/signal_info.h"

namespace isosim::kernel {

namespace {

// getname() and lookup_one_len() in the root of the caller's name space, under the root's lock.
std::int64_t find_queue(Thread& t, const Path& root, std::string_view name, Ref<Dentry>& out) {
  if (name.empty()) return -ENOENT_;
  if (name == "." || name == ".." || name.find('/') != std::string_view::npos) return -EACCES_;
  if (const auto error = inode_permission(t, *root.inode(), kMayExec)) return error;
  constexpr std::size_t kNameMax = 255;
  return name.size() > kNameMax ? -ENAMETOOLONG_ : lookup_one(t, root, name, out);
}

MqueueFs& queues_of(Kernel& k, const Thread& t) { return MqueueFs::of(*k.vfs, *t.process->namespaces->ipc); }

// do_create()
std::int64_t create_queue(Thread& t, MqueueFs& fs, const Path& root, const Ref<Dentry>& dentry,
                          std::uint32_t mode, const MqueueAttributes* attributes) {
  if (attributes) {
    if (const auto error = MqueueFs::check(t, *attributes)) return error;
    fs.wanted = *attributes;
  }
  mode = mode & file_mode::permissions & ~t.process->fs->umask;
  const std::int64_t error = create_node(t, root, dentry, {.mode = file_mode::regular | mode});
  fs.wanted = std::nullopt;
  return error;
}

// do_open(): any refusal is EACCES.
std::int64_t may_open_queue(Thread& t, Inode& inode, std::uint32_t flags) {
  const std::uint32_t access = flags & open_flag::accmode;
  if (access == open_flag::accmode) return -EINVAL_;
  const std::uint32_t mask = access == 0                   ? kMayRead
                             : access == open_flag::wronly ? kMayWrite
                                                           : kMayRead | kMayWrite;
  return inode_permission(t, inode, mask) ? -EACCES_ : 0;
}

// Costs what open(2) does: a name of one component, a descriptor, a struct file.
std::int64_t sys_mq_open(Kernel& k, Thread& t, Sys& s) {
  const auto* attributes = s.get<MqueueAttributes>(3);
  if (s.u64(3) != 0 && !attributes) return -EFAULT_;
  std::string_view name;
  if (!path_argument(s, 0, name)) return -EFAULT_;
  const auto flags = static_cast<std::uint32_t>(s.u64(1));
  t.charge(k.vfs->paths.open);
  MqueueFs& fs = queues_of(k, t);
  const Path root{fs.mount, fs.root};
  Ref<File> file;
  {
    const InodeGuard guard(k, t, root.inode()->lock);
    Ref<Dentry> dentry;
    if (const auto error = find_queue(t, root, name, dentry)) return error;
    if (!dentry->negative()) {
      if ((flags & open_flag::creat) && (flags & open_flag::excl)) return -EEXIST_;
      if (const auto error = may_open_queue(t, *dentry->inode, flags)) return error;
    } else if (!(flags & open_flag::creat)) {
      return -ENOENT_;
    } else if (const auto error =
                   create_queue(t, fs, root, dentry, static_cast<std::uint32_t>(s.u64(2)), attributes)) {
      return error;
    }
    if (const auto error = open_path(t, {root.mount, dentry}, flags, file)) return error;
  }
  if ((flags & open_flag::largefile) == 0) file->flags &= ~open_flag::largefile;  // which open(2) adds
  return t.process->files->install(std::move(file), true);
}

std::int64_t sys_mq_unlink(Kernel& k, Thread& t, Sys& s) {
  std::string_view name;
  if (!path_argument(s, 0, name)) return -EFAULT_;
  t.charge(k.vfs->paths.unlink);
  MqueueFs& fs = queues_of(k, t);
  const Path root{fs.mount, fs.root};
  const InodeGuard guard(k, t, root.inode()->lock);
  Ref<Dentry> dentry;
  if (const auto error = find_queue(t, root, name, dentry)) return error;
  if (dentry->negative()) return -ENOENT_;
  if (const auto error = may_delete(t, root, *dentry)) return error;
  return unlink_dentry(t, root, std::move(dentry));
}

// prepare_timeout(): a point in time of CLOCK_REALTIME, which the caller gives in the kernel's own.
std::int64_t deadline_of(const Sys& s, sim::Time& out) {
  out = sim::Time::max();
  if (s.u64(4) == 0) return 0;
  const auto* at = s.get<Timespec>(4);
  if (!at) return -EFAULT_;
  out = at->span;
  return at->span.ps < 0 ? -EINVAL_ : 0;
}

MqueueFile* queue_of(const HeldFile& file) { return dynamic_cast<MqueueFile*>(file.get()); }
bool nonblock(const File& file) { return (file.flags & open_flag::nonblock) != 0; }

std::int64_t sys_mq_timedsend(Kernel& k, Thread& t, Sys& s) {
  constexpr std::uint64_t kPriorities = 32768;  // MQ_PRIO_MAX
  t.charge(k.ipc->paths.mqueue_send);
  sim::Time deadline;
  if (const auto error = deadline_of(s, deadline)) return error;
  const std::uint64_t priority = s.u64(3) & 0xFFFFFFFF;
  if (priority >= kPriorities) return -EINVAL_;
  const HeldFile held(t, s.fd(0));
  MqueueFile* file = queue_of(held);
  if (!file || !file->writable()) return -EBADF_;
  MqueueInode& queue = file->queue();
  const std::uint64_t bytes = s.u64(2);
  if (bytes > static_cast<std::uint64_t>(queue.attributes.message_size)) return -EMSGSIZE_;
  const Io io{.buffer = user_buffer(s.u64(1)), .length = bytes};
  if (user_access(k, t, io, 0, bytes, false) < bytes) return -EFAULT_;  // load_msg()
  k.cpu.copy(*t.task, queue.cache_object(), 0, bytes, cpu::Copy::to_kernel);
  return queue.send(k, t, {static_cast<std::uint32_t>(priority), bytes}, nonblock(*file), deadline);
}

std::int64_t sys_mq_timedreceive(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.ipc->paths.mqueue_receive);
  sim::Time deadline;
  if (const auto error = deadline_of(s, deadline)) return error;
  const HeldFile held(t, s.fd(0));
  MqueueFile* file = queue_of(held);
  if (!file || !file->readable()) return -EBADF_;
  MqueueInode& queue = file->queue();
  if (s.u64(2) < static_cast<std::uint64_t>(queue.attributes.message_size)) return -EMSGSIZE_;
  MqueueInode::Message message;
  if (const auto error = queue.receive(k, t, message, nonblock(*file), deadline)) return error;
  s.out.value = message.priority;
  if (s.u64(3) != 0 && put_user(k, t, s.u64(3), 4) < 0) return -EFAULT_;
  if (put_user(k, t, user_buffer(s.u64(1)), message.bytes) < 0) return -EFAULT_;  // store_msg()
  k.cpu.copy(*t.task, queue.cache_object(), 0, message.bytes);
  return static_cast<std::int64_t>(message.bytes);
}

// With SIGEV_THREAD the kernel tells a netlink socket; that it is one is checked first.
std::int64_t check_event(const Thread& t, const SignalEvent& event) {
  switch (event.notify) {
    case SignalEvent::none:
      return 0;
    case SignalEvent::by_signal:
      return event.signal < 0 || event.signal > signo::last ? -EINVAL_ : 0;
    case SignalEvent::by_thread:
      return t.process->files->get(event.signal) ? 0 : -EBADF_;
    default:
      return -EINVAL_;
  }
}

std::int64_t sys_mq_notify(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.ipc->paths.mqueue_control);
  const auto* event = s.get<SignalEvent>(1);
  if (s.u64(1) != 0 && !event) return -EFAULT_;
  if (event) {
    if (const auto error = check_event(t, *event)) return error;
  }
  const HeldFile held(t, s.fd(0));
  MqueueFile* file = queue_of(held);
  if (!file) return -EBADF_;
  if (event) return file->queue().set_notification(t, *event);
  file->queue().remove_notification(t);
  return 0;
}

std::int64_t sys_mq_getsetattr(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.ipc->paths.mqueue_control);
  const auto* wanted = s.get<MqueueAttributes>(1);
  if (s.u64(1) != 0 && !wanted) return -EFAULT_;
  if (wanted && (wanted->flags & ~std::int64_t{open_flag::nonblock}) != 0) return -EINVAL_;
  const HeldFile held(t, s.fd(0));
  MqueueFile* file = queue_of(held);
  if (!file) return -EBADF_;
  s.out.value = static_cast<std::uint64_t>(file->queue().count());
  if (wanted) file->flags = (file->flags & ~open_flag::nonblock) | static_cast<std::uint32_t>(wanted->flags);
  constexpr std::uint64_t kBytes = 64;  // struct mq_attr
  return s.u64(2) != 0 && put_user(k, t, s.u64(2), kBytes) < 0 ? -EFAULT_ : 0;
}

}  // namespace

void register_mqueue_calls(SyscallTable& table) {
  table.set(nr::mq_open, sys_mq_open);
  table.set(nr::mq_unlink, sys_mq_unlink);
  table.set(nr::mq_timedsend, sys_mq_timedsend);
  table.set(nr::mq_timedreceive, sys_mq_timedreceive);
  table.set(nr::mq_notify, sys_mq_notify);
  table.set(nr::mq_getsetattr, sys_mq_getsetattr);
}

}  // namespace isosim::kernel
