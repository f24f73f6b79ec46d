// Reading, writing and polling the two ends of a pseudo terminal.
#include <algorithm>

#include "kernel-model/fs/user_copy.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/ipc/ipc_state.h"
#include "kernel-model/ipc/wait.h"
#include "kernel-model/kernel.h"
#include "kernel-model/tty/pty.h"

namespace isosim::kernel {

namespace {

bool pty_nonblocking(const File& file, const Io& io) {
  return io.nonblock || (file.flags & open_flag::nonblock) != 0;
}

// Copies `count` bytes to (`write`: from) the caller.
std::int64_t pty_copied(Kernel& k, Thread& t, const Io& io, std::uint64_t count, bool to_user) {
  if (user_access(k, t, io, 0, count, to_user) < count) return -EFAULT_;
  k.cpu.copy_level(*t.task, cpu::Level::l1, count);
  return static_cast<std::int64_t>(count);
}

}  // namespace

std::int64_t PtyMaster::read(Kernel& k, Thread& t, const Io& io) {
  t.charge(k.ipc->paths.tty_read);
  if (pty->output == 0) {
    if (pty->hung) return -EIO_;
    if (pty_nonblocking(*this, io)) return -EAGAIN_;
    t.charge(k.ipc->paths.wait_sleep);
    const auto error = wait_interruptible(k, t, pty->master_wait, poll_bit::readable | poll_bit::hup, false,
                                          [this] { return pty->output > 0 || pty->hung; });
    if (error < 0) return error;
    if (pty->output == 0) return -EIO_;
  }
  const std::uint64_t header = pty->packets ? 1 : 0;
  if (io.length <= header) return static_cast<std::int64_t>(io.length);
  const std::uint64_t count = std::min(pty->output, io.length - header);
  const std::int64_t result = pty_copied(k, t, io, count + header, true);
  if (result < 0) return result;
  pty->output -= count;
  pty->slave_wait.wake(k, &t, WaitQueue::all, poll_bit::writable);
  return result;
}

std::int64_t PtyMaster::write(Kernel& k, Thread& t, const Io& io) {
  t.charge(k.ipc->paths.tty_write);
  if (pty->hung) return -EIO_;
  while (pty->typed + io.length > Pty::kInputRoom && pty->input_available()) {
    if (pty_nonblocking(*this, io)) return -EAGAIN_;
    t.charge(k.ipc->paths.wait_sleep);
    const auto error = wait_interruptible(k, t, pty->master_wait, poll_bit::writable, false, [&] {
      return pty->hung || !pty->input_available() || pty->typed + io.length <= Pty::kInputRoom;
    });
    if (error < 0) return error;
    if (pty->hung) return -EIO_;
  }
  const std::int64_t result = pty_copied(k, t, io, io.length, false);
  if (result > 0) pty->type(k, t, io.text, io.length);
  return result;
}

std::uint32_t PtyMaster::poll(Thread& t) {
  t.charge(t.kernel.ipc->paths.pipe_poll);
  return (pty->output > 0 ? poll_bit::readable : 0u) | (pty->hung ? poll_bit::readable | poll_bit::hup : 0u) |
         (pty->typed < Pty::kInputRoom ? poll_bit::writable : 0u);
}

// A terminal that was hung up reads as its end and cannot be written to (hung_up_tty_read).
std::int64_t PtySlave::read(Kernel& k, Thread& t, const Io& io) {
  t.charge(k.ipc->paths.tty_read);
  if (!pty->input_available() && pty->has_master) {
    if (pty_nonblocking(*this, io)) return -EAGAIN_;
    t.charge(k.ipc->paths.wait_sleep);
    const auto error = wait_interruptible(k, t, pty->slave_wait, poll_bit::readable | poll_bit::hup, false,
                                          [this] { return pty->input_available() || !pty->has_master; });
    if (error < 0) return error;
  }
  if (!pty->has_master) return 0;
  const bool line = !pty->lines.empty();
  std::uint64_t& there = line ? pty->lines.front() : pty->typed;
  const std::uint64_t count = std::min(there, io.length);
  const std::int64_t result = pty_copied(k, t, io, count, true);
  if (result < 0) return result;
  there -= count;
  if (line && there == 0) pty->lines.pop_front();
  pty->master_wait.wake(k, &t, WaitQueue::all, poll_bit::writable);
  return result;
}

std::int64_t PtySlave::write(Kernel& k, Thread& t, const Io& io) {
  t.charge(k.ipc->paths.tty_write);
  while (pty->has_master && pty->output >= Pty::kOutputRoom) {
    if (pty_nonblocking(*this, io)) return -EAGAIN_;
    t.charge(k.ipc->paths.wait_sleep);
    const auto error =
        wait_interruptible(k, t, pty->slave_wait, poll_bit::writable | poll_bit::hup, false,
                           [this] { return !pty->has_master || pty->output < Pty::kOutputRoom; });
    if (error < 0) return error;
  }
  if (!pty->has_master) return -EIO_;
  const std::int64_t result = pty_copied(k, t, io, io.length, false);
  if (result <= 0) return result;
  pty->output += pty->printed(io.text, io.length);
  pty->master_wait.wake(k, &t, WaitQueue::all, poll_bit::readable);
  return result;
}

std::uint32_t PtySlave::poll(Thread& t) {
  t.charge(t.kernel.ipc->paths.pipe_poll);
  if (!pty->has_master) return poll_bit::readable | poll_bit::writable | poll_bit::err | poll_bit::hup;
  return (pty->input_available() ? poll_bit::readable : 0u) |
         (pty->output < Pty::kOutputRoom ? poll_bit::writable : 0u);
}

}  // namespace isosim::kernel
