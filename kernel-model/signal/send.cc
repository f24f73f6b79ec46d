// From the sender to the pending set (send_signal, complete_signal, signal_wake_up).
#include <algorithm>
#include <bit>

#include "kernel-model/entry/syscall_table.h"
#include "kernel-model/kernel.h"
#include "kernel-model/process/process_table.h"
#include "kernel-model/ptrace/trace_state.h"
#include "kernel-model/signal/signal.h"
#include "kernel-model/time/process_timers.h"

namespace isosim::kernel {

namespace {

constexpr std::uint64_t stop_signals =
    signal_bit(signo::stop) | signal_bit(signo::tstp) | signal_bit(signo::ttin) | signal_bit(signo::ttou);

bool ignored(const Thread& t, int signal) {
  if ((t.blocked & signal_bit(signal)) != 0) return false;  // the action may change before it is unblocked
  // Whoever watches a thread sees its signals even when nobody handles them: a tracer, or the record of one.
  if (t.hold_signals || t.trace) return false;
  const SignalAction& action = t.process->handlers->action[static_cast<std::size_t>(signal - 1)];
  if (action.kind == SignalAction::Kind::ignore) return true;
  return action.kind == SignalAction::Kind::default_action &&
         (default_action(signal) == DefaultAction::ignore || default_action(signal) == DefaultAction::resume);
}

void forget(std::uint64_t& pending, SignalQueue& queue, std::uint64_t mask) {
  pending &= ~mask;
  std::erase_if(queue, [mask](const SignalInfo& info) { return (signal_bit(info.signal) & mask) != 0; });
}

// prepare_signal(): SIGCONT undoes stops even if it is ignored, and the other way round.
void prepare(Kernel& k, Thread* sender, Process& process, int signal) {
  std::uint64_t undone = 0;
  if (signal == signo::cont) undone = stop_signals;
  if ((stop_signals & signal_bit(signal)) != 0) undone = signal_bit(signo::cont);
  if (undone == 0) return;
  forget(process.shared_pending, process.signal_queue, undone);
  for (Thread* thread : process.threads) forget(thread->pending, thread->signal_queue, undone);
  if (signal != signo::cont || process.stop_signal == 0) return;
  process.stop_signal = 0;
  process.stop_unreported = false;
  process.continue_unreported = true;
  for (Thread* thread : std::vector<Thread*>(process.threads)) {
    if (thread->trace && thread->trace->stopped) {
      ptrace_group_continues(k, *thread, sender);
      continue;
    }
    if (thread->state != RunState::stopped) continue;
    thread->state = RunState::uninterruptible;
    k.sched->wake(*thread, sender);
  }
  if (process.parent) process.parent->child_exit.wake(k, sender);
}

// signal_wake_up(): whoever sleeps interruptibly, waits for a signal or computes learns of it.
void notify(Kernel& k, Thread* sender, Thread& t) {
  if (!t.signal_wait.empty()) t.signal_wait.wake(k, sender);
  if (!signal_pending(t)) return;
  if (t.state == RunState::interruptible) {
    k.sched->wake(t, sender);
  } else if (t.killed && t.state == RunState::stopped) {
    t.state = RunState::uninterruptible;
    k.sched->wake(t, sender);
  } else {
    k.sched->kick(t);
  }
}

// signalfd_notify(): before it is decided who takes the signal.
void notify_descriptors(Kernel& k, Thread* sender, const Process& process) {
  WaitQueue& queue = process.handlers->signalfd_wait;
  if (!queue.empty()) queue.wake(k, sender, WaitQueue::all, poll_bit::readable);
}

bool queue_signal(std::uint64_t& pending, SignalQueue& queue, const SignalInfo& info) {
  const bool again = (pending & signal_bit(info.signal)) != 0;
  if (again && info.signal < signo::first_realtime) return false;
  pending |= signal_bit(info.signal);
  queue.push_back(info);
  return true;
}

void kill_threads(Kernel& k, Thread* sender, Process& process, std::int32_t status) {
  if (!process.group_exiting) {
    process.group_exiting = true;
    process.group_exit_status = status;
  }
  for (Thread* thread : std::vector<Thread*>(process.threads)) {
    thread->killed = true;
    notify(k, sender, *thread);
  }
}

}  // namespace

void send_signal(Kernel& k, Thread* sender, Thread& target, SignalInfo info) {
  if (sender) sender->charge(k.procs->paths.signal_send);
  prepare(k, sender, *target.process, info.signal);
  if (info.signal == signo::kill) return kill_threads(k, sender, *target.process, signo::kill);
  if (ignored(target, info.signal) || !queue_signal(target.pending, target.signal_queue, info)) return;
  notify_descriptors(k, sender, *target.process);
  notify(k, sender, target);
}

void send_signal(Kernel& k, Thread* sender, Process& target, SignalInfo info) {
  if (sender) sender->charge(k.procs->paths.signal_send);
  if (target.threads.empty()) return;  // a zombie
  prepare(k, sender, target, info.signal);
  if (info.signal == signo::kill) return kill_threads(k, sender, target, signo::kill);
  if (ignored(*target.threads.front(), info.signal) ||
      !queue_signal(target.shared_pending, target.signal_queue, info))
    return;
  notify_descriptors(k, sender, target);
  // complete_signal(): the main thread if it wants it, else the next one that does.
  const auto wants = [&](const Thread* t) { return (t->blocked & signal_bit(info.signal)) == 0; };
  const auto taker = std::find_if(target.threads.begin(), target.threads.end(), wants);
  if (taker != target.threads.end()) notify(k, sender, **taker);
  for (Thread* thread : std::vector<Thread*>(target.threads))
    if (!thread->signal_wait.empty()) thread->signal_wait.wake(k, sender);
}

void force_signal(Kernel& k, Thread& t, SignalInfo info) {
  SignalAction& action = t.process->handlers->action[static_cast<std::size_t>(info.signal - 1)];
  const bool blocked = (t.blocked & signal_bit(info.signal)) != 0;
  if (blocked || action.kind == SignalAction::Kind::ignore) {
    action = {};
    t.blocked &= ~signal_bit(info.signal);
  }
  send_signal(k, &t, t, info);
}

void force_signal(Kernel& k, Thread& t, int signal) {
  force_signal(k, t, SignalInfo{signal, SignalInfo::kernel});
}

std::int64_t may_signal(const Thread& sender, const Process& target, int signal) {
  const Credentials &from = sender.process->credentials, &to = target.credentials;
  if (sender.process == &target || from.euid == to.suid || from.euid == to.uid || from.uid == to.suid ||
      from.uid == to.uid)
    return 0;
  if ((from.capabilities >> 5 & 1) != 0) return 0;  // CAP_KILL
  return signal == signo::cont && sender.process->sid == target.sid ? 0 : -EPERM_;
}

SignalInfo dequeue_signal(Thread& t, std::uint64_t mask) {
  const auto take = [](std::uint64_t& pending, SignalQueue& queue, std::uint64_t wanted) -> SignalInfo {
    const std::uint64_t ready = pending & wanted;
    if (ready == 0) return {};
    // SYNCHRONOUS_MASK first: they belong to the instruction at hand.
    constexpr std::uint64_t synchronous = signal_bit(signo::segv) | signal_bit(signo::bus) |
                                          signal_bit(signo::ill) | signal_bit(signo::trap) |
                                          signal_bit(signo::fpe) | signal_bit(signo::sys);
    const std::uint64_t from = (ready & synchronous) != 0 ? ready & synchronous : ready;
    const int signal = std::countr_zero(from) + 1;
    SignalInfo info{signal, SignalInfo::user};
    const auto same = [signal](const SignalInfo& i) { return i.signal == signal; };
    if (const auto at = std::find_if(queue.begin(), queue.end(), same); at != queue.end()) {
      info = *at;
      queue.erase(at);
    }
    if (std::none_of(queue.begin(), queue.end(), same)) pending &= ~signal_bit(signal);
    return info;
  };
  if (const SignalInfo own = take(t.pending, t.signal_queue, mask); own.signal != 0) return own;
  const SignalInfo shared = take(t.process->shared_pending, t.process->signal_queue, mask);
  if (shared.signal != 0 && t.process->timers) t.process->timers->taken(shared, t.now());
  return shared;
}

DefaultAction default_action(int signal) {
  switch (signal) {
    case signo::chld:
    case signo::urg:
    case signo::winch:
      return DefaultAction::ignore;
    case signo::cont:
      return DefaultAction::resume;
    case signo::stop:
    case signo::tstp:
    case signo::ttin:
    case signo::ttou:
      return DefaultAction::stop;
    case signo::quit:
    case signo::ill:
    case signo::trap:
    case signo::abrt:
    case signo::bus:
    case signo::fpe:
    case signo::segv:
    case signo::xcpu:
    case signo::xfsz:
    case signo::sys:
      return DefaultAction::core;
    default:
      return DefaultAction::terminate;
  }
}

void set_blocked(Kernel& k, Thread& t, std::uint64_t mask) {
  const std::uint64_t unblockable = signal_bit(signo::kill) | signal_bit(signo::stop);
  const std::uint64_t newly_blocked = mask & ~t.blocked & t.process->shared_pending;
  t.blocked = mask & ~unblockable;
  if (newly_blocked == 0) return;
  // retarget_shared_pending(): another thread may take what this one no longer does.
  for (Thread* other : std::vector<Thread*>(t.process->threads))
    if (other != &t && (newly_blocked & ~other->blocked) != 0) notify(k, &t, *other);
}

}  // namespace isosim::kernel
