// The tracer's side: ptrace(2).
#include "kernel-model/process/calls.h"

#include "kernel-model/kernel.h"
#include "kernel-model/process/process_table.h"
#include "kernel-model/ptrace/ptrace.h"
#include "kernel-model/signal/signal.h"

namespace isosim::kernel {

namespace {

enum Request : std::uint64_t {
  traceme = 0,
  peektext = 1,
  peekdata = 2,
  peekuser = 3,
  poketext = 4,
  pokedata = 5,
  pokeuser = 6,
  cont = 7,
  kill = 8,
  singlestep = 9,
  getregs = 12,
  setregs = 13,
  getfpregs = 14,
  setfpregs = 15,
  attach = 16,
  detach = 17,
  syscall = 24,
  arch_prctl = 30,
  sysemu = 31,
  sysemu_singlestep = 32,
  setoptions = 0x4200,
  geteventmsg = 0x4201,
  getsiginfo = 0x4202,
  setsiginfo = 0x4203,
  getregset = 0x4204,
  setregset = 0x4205,
  seize = 0x4206,
  interrupt = 0x4207,
  listen = 0x4208,
  getsigmask = 0x420A,
  setsigmask = 0x420B,
};

constexpr std::uint64_t kOptions = 0xFF | 1 << 20 | 1 << 21;  // PTRACE_O_MASK of 4.4

std::int64_t attach_to(Kernel& k, Thread& t, Thread* target, bool seized, std::uint64_t options) {
  if (!target || target->state == RunState::dead) return -ESRCH_;
  if (target->process == t.process || target->trace) return -EPERM_;
  if (const auto error = ptrace_may_access(t, *target->process)) return error;
  auto trace = std::make_shared<TraceState>();
  trace->tracer = t.process;
  trace->seized = seized;
  trace->options = options;
  target->trace = std::move(trace);
  t.process->tracees.push_back(target);
  if (!seized) send_signal(k, &t, *target, {signo::stop, SignalInfo::kernel, t.process->pid});
  if (target->state == RunState::stopped) {  // its group is stopped: from now on it stops for the tracer
    target->trace->group_stop = target->process->stop_signal;
    target->state = RunState::uninterruptible;
    k.sched->wake(*target, &t);
  }
  return 0;
}

std::int64_t sys_traceme(Kernel&, Thread& t) {
  if (t.trace || !t.process->parent) return -EPERM_;
  t.trace = std::make_shared<TraceState>();
  t.trace->tracer = t.process->parent;
  t.process->parent->tracees.push_back(&t);
  return 0;
}

std::int64_t resume(Kernel& k, Thread& t, Thread& target, TraceState::Resume how, std::uint64_t signal) {
  if (signal > signo::last) return -EIO_;
  TraceState& trace = *target.trace;
  trace.resume = how;
  trace.inject = static_cast<int>(signal);
  trace.stopped = trace.unreported = trace.listening = false;
  if (target.state == RunState::stopped) target.state = RunState::uninterruptible;
  k.sched->wake(target, &t);
  return 0;
}

std::int64_t let_go(Kernel& k, Thread& t, Thread& target, std::uint64_t signal) {
  const std::shared_ptr<TraceState> trace = target.trace;
  const std::int64_t result = resume(k, t, target, TraceState::Resume::cont, signal);
  if (result != 0) return result;
  std::erase(trace->tracer->tracees, &target);
  target.trace = nullptr;
  return 0;
}

std::int64_t sys_ptrace(Kernel& k, Thread& t, Sys& s) {
  const ProcessPaths& paths = k.procs->paths;
  t.charge(paths.ptrace_call);
  const std::uint64_t request = s.u64(0);
  if (request == traceme) return sys_traceme(k, t);
  Thread* target = k.find_thread(t.process->namespaces->pid->id(s.fd(1)));
  if (request == attach || request == seize)
    return request == seize && (s.u64(2) != 0 || (s.u64(3) & ~kOptions) != 0)
               ? -EIO_
               : attach_to(k, t, target, request == seize, s.u64(3));
  if (!target || !target->trace || target->trace->tracer != t.process) return -ESRCH_;
  TraceState& trace = *target->trace;
  if (request == interrupt) {
    if (!trace.seized) return -EIO_;
    if (trace.stopped) return 0;
    trace.interrupt_requested = true;
    if (target->state == RunState::interruptible) {
      k.sched->wake(*target, &t);
    } else {
      k.sched->kick(*target);
    }
    return 0;
  }
  if (request == kill) {
    send_signal(k, &t, *target, {signo::kill, SignalInfo::user, t.process->pid});
    return 0;
  }
  if (!trace.stopped) return -ESRCH_;  // ptrace_check_attach()
  using Resume = TraceState::Resume;
  switch (request) {
    case cont:
      return resume(k, t, *target, Resume::cont, s.u64(3));
    case syscall:
      return resume(k, t, *target, Resume::syscall, s.u64(3));
    case sysemu:
      return resume(k, t, *target, Resume::sysemu, s.u64(3));
    case sysemu_singlestep:
      return resume(k, t, *target, Resume::sysemu_single_step, s.u64(3));
    case singlestep:
      return resume(k, t, *target, Resume::single_step, s.u64(3));
    case detach:
      return let_go(k, t, *target, s.u64(3));
    case peektext:
    case peekdata:
    case peekuser:
    case poketext:
    case pokedata:
    case pokeuser:
    case getregs:
    case setregs:
    case getfpregs:
    case setfpregs:
    case getregset:
    case setregset:
    case arch_prctl:
      t.charge(paths.ptrace_regs);
      return 0;
    case setoptions:
      if (s.u64(3) & ~kOptions) return -EINVAL_;
      trace.options = s.u64(3);
      return 0;
    case geteventmsg:
      s.out.value = trace.message;
      return 0;
    case getsigmask:
      if (s.u64(2) != sizeof(std::uint64_t)) return -EINVAL_;
      s.out.value = target->blocked;
      return 0;
    case setsigmask: {
      if (s.u64(2) != sizeof(std::uint64_t)) return -EINVAL_;
      const auto* mask = s.get<SignalSet>(3);
      if (!mask) return -EFAULT_;
      target->blocked = mask->mask & ~(signal_bit(signo::kill) | signal_bit(signo::stop));
      return 0;
    }
    case getsiginfo:
      t.charge(paths.ptrace_regs);
      s.out.value = static_cast<std::uint64_t>(trace.info.signal);
      return 0;
    case setsiginfo:
      return 0;
    case listen:
      if (!trace.seized) return -EIO_;
      trace.listening = true;
      return 0;
    default:
      return -EIO_;
  }
}

}  // namespace

void register_ptrace_call(SyscallTable& table) { table.set(nr::ptrace, sys_ptrace); }

}  // namespace isosim::kernel
