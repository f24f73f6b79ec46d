// The calls about signals (kernel/signal.c, arch/x86/kernel/signal.c).
#include "kernel-model/kernel.h"
#include "kernel-model/process/process_table.h"
#include "kernel-model/signal/signal.h"
#include "kernel-model/signal/signal_calls.h"

namespace isosim::kernel {

namespace {

constexpr std::uint64_t unblockable = signal_bit(signo::kill) | signal_bit(signo::stop);

std::int64_t sys_rt_sigaction(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.procs->paths.signal_call);
  const int signal = s.fd(0);
  if (s.u64(3) != 8) return -EINVAL_;
  const auto* action = s.get<SignalAction>(1);
  if (signal < 1 || signal > signo::last) return -EINVAL_;
  if (action && (signal == signo::kill || signal == signo::stop)) return -EINVAL_;
  if (!action) return s.u64(1) != 0 ? -EFAULT_ : 0;
  SignalAction& set = t.process->handlers->action[static_cast<std::size_t>(signal - 1)];
  set = *action;
  set.mask &= ~unblockable;
  return 0;
}

std::int64_t sys_rt_sigprocmask(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.procs->paths.signal_call);
  if (s.u64(3) != 8) return -EINVAL_;
  s.out.value = t.blocked;
  const auto* set = s.get<SignalSet>(1);
  if (!set) return s.u64(1) != 0 ? -EFAULT_ : 0;
  switch (s.fd(0)) {
    case 0:
      set_blocked(k, t, t.blocked | set->mask);
      return 0;
    case 1:
      set_blocked(k, t, t.blocked & ~set->mask);
      return 0;
    case 2:
      set_blocked(k, t, set->mask);
      return 0;
    default:
      return -EINVAL_;
  }
}

// pause(), and with another mask rt_sigsuspend(): both end only by a handler.
std::int64_t wait_for_signal(Kernel& k, Thread& t) {
  while (!signal_pending(t)) {
    t.state = RunState::interruptible;
    k.sched->block(t);
  }
  return -ERESTARTNOHAND_;
}

std::int64_t sys_rt_sigsuspend(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.procs->paths.signal_call);
  const auto* set = s.get<SignalSet>(0);
  if (!set) return -EFAULT_;
  const std::uint64_t saved = t.blocked;
  set_blocked(k, t, set->mask);
  const std::int64_t result = wait_for_signal(k, t);
  // Linux restores the mask after the handler (TIF_RESTORE_SIGMASK); here delivery under the temporary mask
  // happens on the way out, so the saved one is what the handler's frame keeps.
  t.restore_mask = saved;
  t.has_restore_mask = true;
  return result;
}

std::int64_t sys_rt_sigtimedwait(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.procs->paths.signal_wait);
  const auto* set = s.get<SignalSet>(0);
  if (!set) return -EFAULT_;
  const std::uint64_t mask = set->mask & ~unblockable;
  const auto* timeout = s.get<Timespec>(2);
  const sim::Time end = timeout ? t.now() + timeout->span : sim::Time::max();
  for (;;) {
    if (const SignalInfo info = dequeue_signal(t, mask); info.signal != 0) return info.signal;
    if (timeout && t.now() >= end) return -EAGAIN_;
    if (signal_pending(t)) return -EINTR_;
    t.signal_wait.sleep(k, t, RunState::interruptible, WaitQueue::any, true, end);
  }
}

std::int64_t sys_sigaltstack(Kernel& k, Thread& t, Sys&) {
  t.charge(k.procs->paths.signal_call);
  return 0;
}

}  // namespace

std::int64_t sigreturn(Kernel& k, Thread& t) {
  t.charge(k.procs->paths.signal_return);
  if (t.signal_frames.empty()) return 0;
  const Thread::SignalFrame frame = t.signal_frames.back();
  t.signal_frames.pop_back();
  set_blocked(k, t, frame.mask);
  return frame.result;
}

void register_signal_calls(SyscallTable& table) {
  table.set(nr::rt_sigaction, sys_rt_sigaction);
  table.set(nr::rt_sigprocmask, sys_rt_sigprocmask);
  table.set(nr::rt_sigsuspend, sys_rt_sigsuspend);
  table.set(nr::rt_sigtimedwait, sys_rt_sigtimedwait);
  table.set(nr::sigaltstack, sys_sigaltstack);
  table.set(nr::rt_sigpending, [](Kernel& k, Thread& t, Sys& s) -> std::int64_t {
    t.charge(k.procs->paths.signal_call);
    s.out.value = pending_signals(t) & t.blocked;
    return 0;
  });
  table.set(nr::pause, [](Kernel& k, Thread& t, Sys&) -> std::int64_t { return wait_for_signal(k, t); });
  table.set(nr::rt_sigreturn, [](Kernel& k, Thread& t, Sys&) -> std::int64_t { return sigreturn(k, t); });
  register_signal_sending(table);
  register_signalfd_calls(table);
}

}  // namespace isosim::kernel
