#include "workloads/replay/environment.h"

#include <algorithm>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/ipc/pipe.h"
#include "kernel-model/mm/memory_manager.h"
#include "kernel-model/process/futex.h"
#include "kernel-model/process/namespaces.h"
#include "kernel-model/signal/signal.h"
#include "traces/structure.h"
#include "workloads/replay/recorded_time.h"
#include "workloads/replay/recorded_transfer.h"

namespace isosim::workloads {

using kernel::Thread;
using traces::Event;
namespace nr = kernel::nr;

namespace {

constexpr std::uint64_t kScratchBytes = 4u << 20, kImageBytes = 8u << 20;

constexpr int kWakeUpSignal = 64;  // SIGRTMAX, which programs do not use

// include/uapi/linux/futex.h
constexpr std::uint64_t kFutexCommand = 0x7F, kFutexWait = 0, kFutexWake = 1, kFutexWaitBitset = 9,
                        kFutexWakeBitset = 10, kFutexPrivate = 128;

// How long a waker waits for the recorded waiters to be queued, beyond the time that its call took in the
// record: longer than the way from a call's start into the queue, also where the waiter has to be scheduled
// first.
constexpr sim::Time kLongestWay = sim::microseconds(200);

// How long a writer that found no reader waits for the last one to close.
constexpr sim::Time kLongestClose = sim::microseconds(10'000);

// Nothing is known of what it does: whatever a program asks of it fails, and shows as a mismatch.
class UnknownFile final : public kernel::File {
 public:
  [[nodiscard]] std::string describe() const override { return "anon_inode:[no model]"; }
};

}  // namespace

std::int64_t Environment::hold_descriptor(Thread& thread) {
  return thread.process->files->install(kernel::Ref<kernel::File>(new UnknownFile), false);
}

std::int64_t Environment::settle_descriptor(Thread& thread, const Event& event, std::int64_t emulated) {
  if (event.return_kind != traces::ReturnKind::value) return emulated;
  if (event.result >= 0 && emulated < 0) return hold_descriptor(thread);
  if (event.result >= 0 || emulated < 0) return emulated;
  thread.process->files->remove(static_cast<std::int32_t>(emulated));
  return event.result;
}

std::int64_t Environment::renumber_descriptor(Thread& thread, const Event& event, std::int64_t emulated) {
  if (thread.process->threads.size() < 2 || event.return_kind != traces::ReturnKind::value) return emulated;
  if (emulated < 0 || event.result < 0 || emulated == event.result) return emulated;
  kernel::FdTable& files = *thread.process->files;
  const auto from = static_cast<std::int32_t>(emulated), to = static_cast<std::int32_t>(event.result);
  if (files.get(to) || !files.get(from)) return emulated;
  const bool cloexec = files.slot(from)->cloexec;
  const std::int64_t moved = files.install_at(to, kernel::Ref<kernel::File>(files.get(from)), cloexec);
  if (moved < 0) return emulated;
  files.remove(from);
  return moved;
}

void Environment::before_call(Thread& thread, const Event& event, kernel::Sys& sys, const IdMap& ids,
                              int pid_space, std::span<Thread* const> woken) {
  if (event.nr == nr::futex) {
    sys.at[0] = {};
    const std::uint64_t command = sys.arg[1] & kFutexCommand;
    if (command == kFutexWait || command == kFutexWaitBitset) {
      const auto expected = static_cast<std::uint32_t>(sys.arg[2]);
      const bool differs = event.result == -kernel::EAGAIN_;
      sys.at[0] = kernel::OptionValue{differs ? expected + 1 : expected};
    }
    if ((command == kFutexWake || command == kFutexWakeBitset) && event.result >= 0) {
      // Who came into the queue after the wake may have been entered before it.
      sys.at[0] = kernel::OptionValue{static_cast<std::uint32_t>(event.result)};
      if (event.result > 0) await_waiters(thread, event, sys, woken);
    }
  }
  limit_transfer(thread, event, sys);
  if ((event.nr == nr::write || event.nr == nr::writev) && event.result == -kernel::EPIPE_)
    await_last_reader(thread, sys.fd(0));
  // Which of several children that end together is reported first is a matter of timing.
  const auto child = static_cast<std::int32_t>(event.result);
  if (event.nr == nr::wait4 && sys.fd(0) == -1 && child > 0 && ids.contains(pid_space, child))
    sys.arg[0] = static_cast<std::uint64_t>(ids.emulated(pid_space, child));
  if (event.return_kind == traces::ReturnKind::restart || event.result == -kernel::EINTR_)
    kernel::allow_interrupt(thread, true);
  // clone does not block: it gives way to a signal that is there before it starts (copy_process).
  if (event.return_kind == traces::ReturnKind::restart && event.error == kernel::ERESTARTNOINTR_)
    await_signal(thread);
}

// Who closed a pipe's other end may have begun to do so after this thread's call, which came to the pipe
// late.
void Environment::await_last_reader(Thread& thread, std::int32_t fd) {
  kernel::File* file = thread.process->files->get(fd);
  const auto* end = file ? dynamic_cast<kernel::PipeFile*>(&file->beneath()) : nullptr;
  if (!end) return;
  const kernel::Ref<kernel::Pipe> pipe = end->pipe;
  const sim::Time until = thread.now() + kLongestClose;
  while (pipe->readers > 0 && thread.now() < until)
    pipe->wait.sleep(stack_.kernel(), thread, kernel::RunState::uninterruptible, kernel::WaitQueue::any,
                     false, until);
}

// Until any signal is pending that is not blocked, or somebody gives up waiting for it.
void Environment::await_signal(Thread& thread) {
  if (!kernel::signal_pending(thread))
    thread.signal_wait.sleep(stack_.kernel(), thread, kernel::RunState::uninterruptible);
}

// The recorded wake found so many waiters. Those of them that have begun to wait here are on their way into
// the queue, and the program's own memory, which would tell that one is not there yet, is not in the trace.
void Environment::await_waiters(Thread& thread, const Event& event, const kernel::Sys& wake,
                                std::span<Thread* const> woken) {
  const sim::Time inside = recorded_time(event.duration_ns);
  stack_.kernel().futexes->await_waiters(thread, wake.arg[0], (wake.arg[1] & kFutexPrivate) != 0,
                                         event.result, woken, thread.now() + inside + kLongestWay);
}

void Environment::after_call(Thread& thread) {
  kernel::allow_interrupt(thread, false);
  thread.pending &= ~kernel::signal_bit(kWakeUpSignal);
}

void Environment::interrupt(Thread& thread) {
  thread.pending |= kernel::signal_bit(kWakeUpSignal);
  kernel::allow_interrupt(thread, true);
  stack_.kernel().sched->wake(thread, nullptr);
}

// Of children that died before their parent took the first one's SIGCHLD only one is told: a signal that is
// pending is not queued again. The record's parent was faster, and heard of each.
void Environment::repeat_death(Thread& thread, const Event& event, const IdMap& ids, int pid_space) {
  constexpr int kSigChld = 17;
  if (event.signal != kSigChld || (kernel::pending_signals(thread) & kernel::signal_bit(kSigChld)) != 0)
    return;
  const std::string_view code = traces::field(event.signal_info, "si_code");
  const auto child = traces::integer(traces::field(event.signal_info, "si_pid"));
  if (!child || (code != "CLD_EXITED" && code != "CLD_KILLED" && code != "CLD_DUMPED")) return;
  const std::int32_t number = ids.emulated(pid_space, static_cast<std::int32_t>(*child));
  const std::int32_t id = thread.process->namespaces->pid->id(number);
  if (const kernel::Process* process = stack_.kernel().find_process(id); process && !process->zombie) return;
  kernel::send_signal(stack_.kernel(), nullptr, *thread.process,
                      {.signal = kSigChld, .code = kernel::SignalInfo::exited, .pid = id});
}

void Environment::take_signal(Thread& thread, const Event& event, const IdMap& ids, int pid_space) {
  repeat_death(thread, event, ids, pid_space);
  stack_.target().in_kernel(thread, [&] { kernel::take_signal(stack_.kernel(), thread, event.signal); });
  after_call(thread);  // it may have been woken by interrupt()
}

ScratchArea Environment::scratch(Thread& thread) {
  kernel::MemoryManager& memory = *stack_.kernel().memory;
  kernel::MapRequest request;
  request.length = kScratchBytes + kImageBytes;
  request.flags = kernel::vm::read | kernel::vm::write;
  const std::int64_t address = memory.map(thread, memory.of(*thread.process), std::move(request));
  if (address < 0) return {};
  const auto base = static_cast<kernel::Address>(address);
  return {base, kScratchBytes, base + kScratchBytes};
}

}  // namespace isosim::workloads
