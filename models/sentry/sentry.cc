#include "models/sentry/sentry.h"

#include <algorithm>
#include <optional>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/namei.h"
#include "kernel-model/ptrace/ptrace.h"
#include "kernel-model/signal/signal.h"
#include "models/sentry/syscalls/table.h"

namespace isosim::models {

namespace nr = kernel::nr;
using kernel::Sys;
using kernel::Thread;

Sentry::Sentry(kernel::Kernel& host, Release release, const MakePlatform& make_platform)
    : host_(host),
      release_(release),
      runtime_(host, 0,
               [this](go::M& m, Sys& s) {
                 platform_->leave_guest(m);
                 return host_.syscall(*m.thread, s);
               }),
      memory_file_(host, host.settings),
      notifier_(runtime_),
      clock_(host.catalogue),
      heap_(host, runtime_),
      syscall_(host.catalogue.find("sentry.task.syscall")),
      copy_in_path_(host.catalogue.find("sentry.fs.copy_in_path")) {
  kernel::KernelParts parts;
  parts.scheduler = [this](kernel::Kernel& k) {
    auto scheduler = std::make_unique<GoScheduler>(k, runtime_);
    scheduler_ = scheduler.get();
    return scheduler;
  };
  parts.memory = [this](kernel::Kernel& k) {
    auto memory = std::make_unique<SentryMemory>(k, memory_file_);
    memory_ = memory.get();
    return memory;
  };
  parts.timers_run_on = true;  // pkg/sentry/kernel/time: Timer.Tick() advances the setting at each expiry
  kernel_ =
      std::make_unique<kernel::Kernel>(host.engine, host.cpu, host.catalogue, host.settings, "sentry", parts);
  platform_ = make_platform(*this);
  scheduler_->set_platform(*platform_);
  memory_->set_platform(*platform_);
  heap_.set_platform(*platform_);
}

std::int64_t Sentry::syscall(Thread& t, Sys& s) {
  const sim::Frame frame(*t.task, kernel::syscall_name(s.nr));
  return platform_->application_call(t, s);
}

void Sentry::compute(Thread& t, sim::Time span) { kernel_->compute(t, span); }

void Sentry::in_kernel(Thread& t, const std::function<void()>& what) {
  platform_->in_sentry(task_of(t), what);
}

std::int64_t Sentry::touch(Thread& t, kernel::Address address, std::uint64_t length, bool write) {
  return platform_->touch(task_of(t), address, length, write);
}

// task_syscall.go: doSyscall and what the run loop does around it.
std::int64_t Sentry::handle(Thread& t, Sys& s) {
  t.charge(syscall_);
  std::optional<std::int64_t> refused;
  if (t.process->seccomp) refused = kernel_->seccomp(t, s);
  // A call that the filter refused is none for a tracer until it returns (doSyscall).
  if (t.trace && !refused) {
    t.trace->rax = -kernel::ENOSYS_;
    if (!kernel::ptrace_syscall_enter(*kernel_, t, s) || t.killed) refused = -kernel::ENOSYS_;
  }
  std::int64_t result = refused ? *refused : answer(t, s);
  if (t.state == kernel::RunState::dead) return result;
  if (t.trace) kernel::ptrace_syscall_exit(*kernel_, t);
  t.last_call = s.nr;
  t.last_result = result;
  if (kernel::signal_due(t) || kernel::is_restart(result))
    result = kernel::signal_exit_work(*kernel_, t, s, result);
  return result;
}

std::int64_t Sentry::answer(Thread& t, Sys& s) {
  const SentryAnswer known = sentry_call(release_, s.nr);
  switch (known.kind) {
    case SentryAnswer::Kind::fixed_errno:
      return -known.error;
    case SentryAnswer::Kind::missing:
      return -kernel::ENOSYS_;
    case SentryAnswer::Kind::needs_capability:
      return kernel::capable(t, static_cast<int>(known.capability)) ? -known.error : -kernel::EPERM_;
    case SentryAnswer::Kind::implemented:
      break;
  }
  if (const SentryPart* part = sentry_part(release_, s)) {
    if (part->capability && !kernel::capable(t, static_cast<int>(*part->capability))) return -kernel::EPERM_;
    const bool bad = part->descriptor && !t.process->files->get(s.fd(0));
    return bad ? -kernel::EBADF_ : part->result;
  }
  if (!sentry_modelled(s.nr)) return kernel_->default_path(t, s);
  copy_in_paths(t, s);
  return implemented(t, s);
}

std::int64_t Sentry::implemented(Thread& t, Sys& s) {
  if (s.nr == nr::getrandom) draw_random(t, s.u64(1));
  if (s.nr == nr::syncfs && t.process->files->get(s.fd(0))) {  // Syncfs (sys_sync.go): everything
    Sys everything;
    everything.nr = nr::sync;
    return kernel_->dispatch(t, everything);
  }
  if (s.nr == nr::semop) return operate_semaphores(t, s);
  if (s.nr == nr::gettimeofday || s.nr == nr::clock_gettime || s.nr == nr::time) tell_time(t);
  return kernel_->dispatch(t, s);
}

// SEM_UNDO has no effect (pkg/sentry/kernel/semaphore/semaphore.go).
std::int64_t Sentry::operate_semaphores(Thread& t, Sys& s) {
  constexpr std::uint16_t kUndo = 0x1000;
  std::vector<kernel::SemOp> operations;
  if (const auto* given = s.get<std::span<const kernel::SemOp>>(1)) {
    operations.assign(given->begin(), given->end());
    for (kernel::SemOp& operation : operations) operation.flags &= static_cast<std::uint16_t>(~kUndo);
    s.at[1] = std::span<const kernel::SemOp>(operations);
  }
  const std::int64_t result = kernel_->dispatch(t, s);
  s.at[1] = {};
  return result;
}

// A path is copied into a fresh buffer of the longest length that it may have (copyInPath,
// usermem.CopyStringIn).
void Sentry::copy_in_paths(Thread& t, const Sys& s) {
  for (const kernel::Payload& payload : s.at) {
    if (const auto* image = std::get_if<kernel::ExecImage>(&payload)) {
      // ExecMaxElemSize, sys_thread.go: what an argument or a variable of the environment may have.
      constexpr std::uint64_t kLongest = 32 * 4096;
      const std::uint64_t buffer = release().path_buffer < 4096 ? release().path_buffer : kLongest;
      for (std::size_t i = image->argv.size() + image->envp.size(); i > 0; --i) allocate(t, buffer);
      continue;
    }
    const auto* text = std::get_if<std::string_view>(&payload);
    if (!text) continue;
    t.charge(copy_in_path_, text->size());
    allocate(t, std::max<std::uint64_t>(release().path_buffer, text->size()));
  }
}

// Randomness is the host's (pkg/rand/rand_linux.go), into a buffer of the Sentry's.
void Sentry::draw_random(Thread& t, std::uint64_t bytes) {
  constexpr std::uint64_t kBuffer = 4096;
  Sys s;
  s.nr = nr::getrandom;
  s.arg = {scratch, std::min(bytes, kBuffer)};
  goroutine(t).call(s);
}

void Sentry::tell_time(Thread& t) {
  go::G& g = goroutine(t);
  switch (time_server_) {
    case TimeServer::sentry:
      return clock_.read(g);
    case TimeServer::host: {
      Sys s;
      s.nr = nr::gettimeofday;
      g.raw_call(s);
      return;
    }
    case TimeServer::gofer:
      if (ask_gofer) ask_gofer(g);
      return;
  }
}

std::uint64_t Sentry::host_blocks(Thread& t, const kernel::Io& io, std::uint64_t length, bool write,
                                  std::vector<kernel::IoVec>& blocks) {
  if (io.segments.empty()) return memory_->host_blocks(t, io.buffer, length, write, blocks);
  std::uint64_t done = 0;
  for (const kernel::IoVec& segment : io.segments) {
    const std::uint64_t part = std::min(segment.length, length - done);
    if (part == 0) continue;
    const std::uint64_t got = memory_->host_blocks(t, segment.base, part, write, blocks);
    done += got;
    if (got < part) break;
  }
  return done;
}

void Sentry::touch_own(Thread& t, kernel::Address address, std::uint64_t length, bool write) {
  platform_->touch_own(goroutine(t), address, length, write);
}

void Sentry::allocate(Thread& t, std::uint64_t bytes) { heap_.allocate(goroutine(t), bytes); }

}  // namespace isosim::models
