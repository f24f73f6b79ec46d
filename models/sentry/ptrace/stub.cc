#include "models/sentry/ptrace/stub.h"

#include <utility>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/signal/signal.h"

namespace isosim::models {

namespace nr = kernel::nr;
namespace signo = kernel::signo;

std::int64_t Stub::call(kernel::Thread& thread, kernel::SysNr number, std::array<std::uint64_t, 6> arguments,
                        kernel::Payload third) {
  kernel::Sys sys;
  sys.nr = number;
  sys.arg = arguments;
  sys.at[2] = std::move(third);
  return host_.syscall(thread, sys);
}

void Stub::live_as_process(kernel::Thread& thread) {
  constexpr std::uint64_t kSetPdeathsig = 1;
  thread_ = &thread;
  task_ = thread.task;
  call(thread, nr::prctl, {kSetPdeathsig, signo::kill});
  call(thread, nr::getppid);
  const std::int64_t pid = call(thread, nr::getpid);
  call(thread, nr::kill, {static_cast<std::uint64_t>(pid), signo::stop});
  live();
}

void Stub::live_as_thread(kernel::Thread& thread) {
  thread_ = &thread;
  task_ = thread.task;
  take_signals();
  live();
}

void Stub::live() {
  while (thread_->state != kernel::RunState::dead) {
    if (registers.application) {
      run_application(*registers.application);
    } else {
      execute_call();
    }
  }
}

void Stub::take_signals() {
  kernel::Sys none;
  if (kernel::signal_due(*thread_)) kernel::signal_exit_work(host_, *thread_, none, 0);
}

void Stub::execute_call() {
  sys_ = registers.call;
  const bool trap_after = registers.trap_after;
  const sim::Frame frame(*task_, kernel::syscall_name(sys_.nr));
  std::int64_t returned = -kernel::ENOSYS_;
  if (host_.enter_call(*thread_, sys_, returned)) returned = host_.dispatch(*thread_, sys_);
  result = returned;
  // The tracer has new registers for it then, so the kernel finds no call to restart.
  host_.leave_call(*thread_, sys_, kernel::is_restart(returned) ? -kernel::EINTR_ : returned);
  if (!trap_after || thread_->state == kernel::RunState::dead) return;
  host_.cpu.exception_enter(*task_);
  kernel::force_signal(host_, *thread_, {signo::trap, kernel::SignalInfo::kernel});
  take_signals();
  host_.cpu.exception_exit(*task_);
}

// PTRACE_SYSEMU: the kernel only stops for it.
void Stub::emulated_call(kernel::SysNr number, const std::array<std::uint64_t, 6>& arguments) {
  sys_.nr = number;
  sys_.arg = arguments;
  const sim::Frame frame(*task_, kernel::syscall_name(number));
  std::int64_t returned = -kernel::ENOSYS_;
  host_.enter_call(*thread_, sys_, returned);
  host_.leave_call(*thread_, sys_, -kernel::ENOSYS_);
}

void Stub::run_application(Application& application) {
  switch (application.run(*this)) {
    case Application::Trap::call:
      return emulated_call(application.sys().nr, application.sys().arg);
    case Application::Trap::sentry:
      return emulated_call(nr::sched_yield, {});
    case Application::Trap::end:
      return emulated_call(application.last_call(), {});
    case Application::Trap::fault: {
      constexpr std::int32_t kMapError = 1;  // SEGV_MAPERR
      kernel::SignalInfo info{signo::segv, kMapError};
      info.address = application.fault_address();
      kernel::force_signal(host_, *thread_, info);
      return take_signals();
    }
    case Application::Trap::signal:
      return take_signals();
  }
}

}  // namespace isosim::models
