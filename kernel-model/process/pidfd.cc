#include "kernel-model/process/pidfd.h"

#include "kernel-model/kernel.h"
#include "kernel-model/process/calls.h"
#include "kernel-model/process/process_table.h"
#include "kernel-model/signal/signal.h"

namespace isosim::kernel {

Process* PidFile::process() const { return kernel_.find_process(pid_); }

std::uint32_t PidFile::poll(Thread&) {
  const Process* target = process();
  return !target || target->zombie ? poll_bit::readable : 0;
}

WaitQueue* PidFile::poll_queue() {
  Process* target = process();
  return target ? &target->exit_wait : &gone_;
}

std::int64_t install_pidfd(Kernel& k, Thread& t, Process& process) {
  Ref<File> file(new PidFile(k, process.pid));
  file->flags = open_flag::rdwr;
  return t.process->files->install(std::move(file), true);
}

Process* process_of_pidfd(const Thread& t, std::int32_t fd) {
  const auto* file = dynamic_cast<const PidFile*>(t.process->files->get(fd));
  return file ? file->process() : nullptr;
}

void register_pidfd_calls(SyscallTable& table) {
  table.set(nr::pidfd_open, [](Kernel& k, Thread& t, Sys& s) -> std::int64_t {
    t.charge(k.procs->paths.pidfd);
    if (s.u64(1) & ~std::uint64_t{open_flag::nonblock}) return -EINVAL_;
    if (s.fd(0) <= 0) return -EINVAL_;
    Process* process = k.find_process(t.process->namespaces->pid->id(s.fd(0)));
    return process ? install_pidfd(k, t, *process) : -ESRCH_;
  });
  table.set(nr::pidfd_send_signal, [](Kernel& k, Thread& t, Sys& s) -> std::int64_t {
    if (s.u64(3) != 0) return -EINVAL_;
    const auto* file = dynamic_cast<const PidFile*>(t.process->files->get(s.fd(0)));
    if (!file) return -EBADF_;
    Process* process = file->process();
    if (!process) return -ESRCH_;
    const int signal = s.fd(1);
    if (signal < 0 || signal > signo::last) return -EINVAL_;
    if (const std::int64_t error = may_signal(t, *process, signal); error != 0) return error;
    if (signal != 0) send_signal(k, &t, *process, {signal, SignalInfo::user, t.process->pid});
    return 0;
  });
}

}  // namespace isosim::kernel
