#include <algorithm>

#include "kernel-model/ipc/epoll.h"
#include "kernel-model/ipc/ipc_calls.h"
#include "kernel-model/ipc/ipc_state.h"
#include "kernel-model/ipc/poll_waiter.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

namespace {

std::int64_t do_create(Kernel& k, Thread& t, std::uint64_t flags) {
  if (flags & ~std::uint64_t{open_flag::cloexec}) return -EINVAL_;
  t.charge(k.ipc->paths.epoll_create);
  Ref<File> file(new EpollFile);
  file->flags = open_flag::rdwr;
  const std::int64_t fd = t.process->files->install(file, flags & open_flag::cloexec);
  if (fd < 0) put_file(k, t, std::move(file));
  return fd;
}

std::int64_t sys_epoll_create(Kernel& k, Thread& t, Sys& s) {
  return static_cast<std::int32_t>(s.u64(0)) <= 0 ? -EINVAL_ : do_create(k, t, 0);
}
std::int64_t sys_epoll_create1(Kernel& k, Thread& t, Sys& s) { return do_create(k, t, s.u64(0)); }

std::int64_t sys_epoll_ctl(Kernel& k, Thread& t, Sys& s) {
  enum : std::uint64_t { kAdd = 1, kDelete = 2, kModify = 3 };
  const std::uint64_t op = s.u64(1);
  const auto* event = s.get<EpollEvent>(3);
  if (op != kDelete && !event) return -EFAULT_;
  const HeldFile instance(t, s.fd(0));
  const HeldFile file(t, s.fd(2));
  if (!instance || !file || (file->flags & open_flag::path)) return -EBADF_;
  if (!file->poll_queue()) return -EPERM_;
  auto* epoll = dynamic_cast<EpollFile*>(instance.get());
  if (!epoll || file.get() == instance.get()) return -EINVAL_;
  switch (op) {
    case kAdd:
      return epoll->add(k, t, *file, s.fd(2), *event);
    case kDelete:
      return epoll->remove(k, t, *file, s.fd(2));
    case kModify:
      return epoll->modify(k, t, *file, s.fd(2), *event);
    default:
      return -EINVAL_;
  }
}

std::int64_t do_wait(Kernel& k, Thread& t, Sys& s, sim::Time deadline) {
  const auto max_events = static_cast<std::int32_t>(s.u64(2));
  if (max_events <= 0) return -EINVAL_;
  const HeldFile file(t, s.fd(0));
  if (!file) return -EBADF_;
  auto* epoll = dynamic_cast<EpollFile*>(file.get());
  if (!epoll) return -EINVAL_;
  return epoll->wait(k, t, static_cast<std::size_t>(max_events), deadline, s.out.events);
}

sim::Time millisecond_deadline(const Thread& t, const Sys& s) {
  const auto milliseconds = static_cast<std::int32_t>(s.u64(3));
  return milliseconds < 0 ? sim::Time::max() : deadline_after(t, sim::milliseconds(milliseconds));
}

std::int64_t sys_epoll_wait(Kernel& k, Thread& t, Sys& s) {
  return do_wait(k, t, s, millisecond_deadline(t, s));
}

std::int64_t sys_epoll_pwait(Kernel& k, Thread& t, Sys& s) {
  const TemporaryMask mask(t, s.get<SignalSet>(4));
  return do_wait(k, t, s, millisecond_deadline(t, s));
}

std::int64_t sys_epoll_pwait2(Kernel& k, Thread& t, Sys& s) {
  const TemporaryMask mask(t, s.get<SignalSet>(4));
  const auto* span = s.get<Timespec>(3);
  return do_wait(k, t, s, span ? deadline_after(t, std::max(span->span, sim::Time{})) : sim::Time::max());
}

}  // namespace

void register_epoll_calls(SyscallTable& table) {
  table.set(nr::epoll_create, sys_epoll_create);
  table.set(nr::epoll_create1, sys_epoll_create1);
  table.set(nr::epoll_ctl, sys_epoll_ctl);
  table.set(nr::epoll_wait, sys_epoll_wait);
  table.set(nr::epoll_pwait, sys_epoll_pwait);
  table.set(nr::epoll_pwait2, sys_epoll_pwait2);
}

}  // namespace isosim::kernel
