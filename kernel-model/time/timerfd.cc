#include "kernel-model/time/timerfd.h"

#include <algorithm>
#include <utility>

#include "kernel-model/ipc/wait.h"
#include "kernel-model/kernel.h"
#include "kernel-model/process/calls.h"
#include "kernel-model/process/process_table.h"
#include "kernel-model/signal/signal.h"

namespace isosim::kernel {

TimerFile::~TimerFile() = default;

void TimerFile::release(Kernel& k, Thread&) { k.sched->timers().cancel(*this); }

void TimerFile::set(Thread& t, Itimer setting, bool absolute) {
  kernel_.sched->timers().cancel(*this);
  interval_ = setting.interval;
  ticks_ = 0;
  expired_ = false;
  home_ = t.cpu;
  if (setting.value.ps == 0) return;
  t.charge(kernel_.procs->paths.timer_start);
  kernel_.sched->timers().arm(*this, home_, absolute ? setting.value : t.now() + setting.value);
}

Itimer TimerFile::get(sim::Time now) {
  go_on(now);
  return {interval_, armed() ? std::max(expires() - now, sim::Time{}) : sim::Time{}};
}

void TimerFile::expire(Irq& irq) {
  const Ref<TimerFile> alive(this);  // a waiter that wakes may close it
  due_ = expires();
  ++ticks_;
  expired_ = true;
  if (kernel_.timers_run_on && !wait_.empty()) go_on(irq.now());  // else nobody would notice until poll()
  wait_.wake(kernel_, nullptr, WaitQueue::all, poll_bit::readable);
}

// timerfd_tmrproc() does not start a periodic timer again: timerfd_read() does, and timerfd_gettime().
void TimerFile::go_on(sim::Time now) {
  if (!std::exchange(expired_, false) || interval_.ps == 0) return;
  const std::int64_t missed = now > due_ ? (now - due_).ps / interval_.ps : 0;
  ticks_ += static_cast<std::uint64_t>(missed);
  kernel_.sched->timers().arm(*this, home_, due_ + interval_ * (missed + 1));
}

std::int64_t TimerFile::read(Kernel& k, Thread& t, const Io& io) {
  if (io.length < 8) return -EINVAL_;
  t.charge(k.procs->paths.timerfd_read);
  if (ticks_ == 0 && (io.nonblock || (flags & open_flag::nonblock))) return -EAGAIN_;
  if (const std::int64_t error =
          wait_interruptible(k, t, wait_, poll_bit::readable, true, [this] { return ticks_ > 0; }))
    return error;
  go_on(t.now());
  ticks_ = 0;
  k.cpu.copy_level(*t.task, cpu::Level::l1, 8);
  return 8;
}

std::uint32_t TimerFile::poll(Thread& t) {
  if (kernel_.timers_run_on) go_on(t.now());
  return ticks_ > 0 ? poll_bit::readable : 0;
}

namespace {

std::int64_t sys_timerfd_create(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.procs->paths.timerfd_call);
  constexpr std::uint64_t known = open_flag::cloexec | open_flag::nonblock;
  const int clock = s.fd(0);
  const bool clock_known = clock == 0 || clock == 1 || clock == 7 || clock == 8 || clock == 9;
  if ((s.u64(1) & ~known) || !clock_known) return -EINVAL_;
  Ref<File> file(new TimerFile(k));
  file->flags = open_flag::rdwr | static_cast<std::uint32_t>(s.u64(1) & open_flag::nonblock);
  return t.process->files->install(std::move(file), (s.u64(1) & open_flag::cloexec) != 0);
}

std::int64_t timer_file(Thread& t, std::int32_t fd, TimerFile*& out) {
  File* file = t.process->files->get(fd);
  if (!file) return -EBADF_;
  out = dynamic_cast<TimerFile*>(file);
  return out ? 0 : -EINVAL_;
}

std::int64_t sys_timerfd_settime(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.procs->paths.timerfd_call);
  const auto* setting = s.get<Itimer>(2);
  if (s.u64(1) & ~std::uint64_t{3}) return -EINVAL_;  // TFD_TIMER_ABSTIME, TFD_TIMER_CANCEL_ON_SET
  if (!setting) return -EFAULT_;
  TimerFile* file = nullptr;
  if (const std::int64_t error = timer_file(t, s.fd(0), file); error != 0) return error;
  file->set(t, *setting, (s.u64(1) & 1) != 0);
  return 0;
}

std::int64_t sys_timerfd_gettime(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.procs->paths.timerfd_call);
  TimerFile* file = nullptr;
  if (const std::int64_t error = timer_file(t, s.fd(0), file); error != 0) return error;
  s.out.value = static_cast<std::uint64_t>(file->get(t.now()).value.ps / 1000);
  return 0;
}

}  // namespace

void register_timerfd_calls(SyscallTable& table) {
  table.set(nr::timerfd_create, sys_timerfd_create);
  table.set(nr::timerfd_settime, sys_timerfd_settime);
  table.set(nr::timerfd_gettime, sys_timerfd_gettime);
}

}  // namespace isosim::kernel
