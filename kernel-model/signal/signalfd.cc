// Signals behind a descriptor (fs/signalfd.c).
#include "kernel-model/kernel.h"
#include "kernel-model/process/process_table.h"
#include "kernel-model/signal/signal.h"
#include "kernel-model/signal/signal_calls.h"

namespace isosim::kernel {

namespace {

constexpr std::uint64_t kInfoBytes = 128;  // struct signalfd_siginfo

// Readers take the signals of their own thread and process. Pollers are woken by those of the process that
// made the descriptor: Linux queues them with the process that polls, which differs after a fork only.
class SignalFile final : public File {
 public:
  SignalFile(const Process& maker, std::uint64_t signals) : mask(signals), handlers_(maker.handlers) {
    flags = open_flag::rdwr;
  }

  std::int64_t read(Kernel& k, Thread& t, const Io& io) override;
  std::uint32_t poll(Thread& t) override { return (pending_signals(t) & mask) != 0 ? poll_bit::readable : 0; }
  WaitQueue* poll_queue() override { return &handlers_->signalfd_wait; }
  [[nodiscard]] std::string describe() const override { return "anon_inode:[signalfd]"; }
  void changed(Kernel& k, Thread& t) {
    handlers_->signalfd_wait.wake(k, &t, WaitQueue::all, poll_bit::readable);
  }

  std::uint64_t mask;

 private:
  const Ref<SignalHandlers> handlers_;
};

// signalfd_read(): waits for the first signal only, then takes what is pending.
std::int64_t SignalFile::read(Kernel& k, Thread& t, const Io& io) {
  const std::uint64_t room = io.length / kInfoBytes;
  if (room == 0) return -EINVAL_;
  const bool nonblock = io.nonblock || (flags & open_flag::nonblock);
  std::uint64_t taken = 0;
  while (taken < room) {
    if (dequeue_signal(t, mask).signal != 0) {
      ++taken;
      continue;
    }
    if (taken > 0) break;
    if (nonblock) return -EAGAIN_;
    if (signal_pending(t)) return -ERESTARTSYS_;
    t.process->handlers->signalfd_wait.sleep(k, t, RunState::interruptible, poll_bit::readable, false);
  }
  t.charge(k.procs->paths.signalfd_read, taken);
  k.cpu.copy_level(*t.task, cpu::Level::l1, taken * kInfoBytes);
  return static_cast<std::int64_t>(taken * kInfoBytes);
}

std::int64_t make(Kernel& k, Thread& t, const Sys& s, std::uint64_t fd_flags) {
  constexpr std::uint64_t known = open_flag::cloexec | open_flag::nonblock;
  t.charge(k.procs->paths.signalfd);
  if (s.u64(2) != 8) return -EINVAL_;
  const auto* set = s.get<SignalSet>(1);
  if (!set) return -EFAULT_;
  if (fd_flags & ~known) return -EINVAL_;
  const std::uint64_t mask = set->mask & ~(signal_bit(signo::kill) | signal_bit(signo::stop));
  if (s.fd(0) == -1) {
    Ref<File> file(new SignalFile(*t.process, mask));
    file->flags |= static_cast<std::uint32_t>(fd_flags & open_flag::nonblock);
    return t.process->files->install(std::move(file), (fd_flags & open_flag::cloexec) != 0);
  }
  File* file = t.process->files->get(s.fd(0));
  if (!file) return -EBADF_;
  auto* known_file = dynamic_cast<SignalFile*>(file);
  if (!known_file) return -EINVAL_;
  known_file->mask = mask;
  known_file->changed(k, t);
  return s.fd(0);
}

}  // namespace

void register_signalfd_calls(SyscallTable& table) {
  table.set(nr::signalfd, [](Kernel& k, Thread& t, Sys& s) { return make(k, t, s, 0); });
  table.set(nr::signalfd4, [](Kernel& k, Thread& t, Sys& s) { return make(k, t, s, s.u64(3)); });
}

}  // namespace isosim::kernel
