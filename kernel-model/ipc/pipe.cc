#include "kernel-model/ipc/pipe.h"

#include <algorithm>

#include "kernel-model/fs/user_copy.h"
#include "kernel-model/ipc/ipc_state.h"
#include "kernel-model/ipc/signals.h"
#include "kernel-model/ipc/wait.h"

namespace isosim::kernel {

namespace {

void wake(Kernel& k, Thread& t, Pipe& pipe, std::uint32_t events) {
  t.charge(k.ipc->paths.wake_walk);
  pipe.wait.wake(k, &t, WaitQueue::all, events);
}

// pipe_wait(): sleeps without the mutex while `blocked()` holds. Readers and writers sleep on one queue and
// are all woken, as they were until Linux 5.5.
template <class Blocked>
void pipe_wait(Kernel& k, Thread& t, Pipe& pipe, MutexGuard& guard, Blocked blocked) {
  t.charge(k.ipc->paths.wait_sleep);
  guard.unlock();
  if (blocked()) pipe.wait.sleep(k, t, RunState::interruptible, WaitQueue::any, false);
  guard.lock();
}

}  // namespace

PipeFile::PipeFile(Ref<Pipe> shared, std::uint32_t file_flags, Ref<Inode> fifo)
    : pipe(std::move(shared)), fifo_(std::move(fifo)) {
  flags = file_flags;
}

// pipe_read()
std::int64_t PipeFile::read(Kernel& k, Thread& t, const Io& io) {
  t.charge(k.ipc->paths.pipe_read);
  if (io.length == 0) return 0;
  t.charge(k.ipc->paths.pipe_lock);
  Pipe& p = *pipe;
  const bool nonblock = io.nonblock || (flags & open_flag::nonblock);
  MutexGuard guard(p.mutex, k, t);
  std::uint64_t done = 0;
  bool freed = false;
  std::int64_t error = 0;
  for (;;) {
    while (!p.empty() && done < io.length) {
      if (done > 0) t.charge(k.ipc->paths.pipe_buffer);
      const Pipe::Buffer buffer = p.front();
      const auto chunk = static_cast<std::uint32_t>(std::min<std::uint64_t>(buffer.length, io.length - done));
      if (user_access(k, t, io, done, chunk, true) < chunk) {
        error = -EFAULT_;
        break;
      }
      if (io.buffer != 0) k.cpu.copy(*t.task, p.object, buffer.page * Pipe::kPage + buffer.offset, chunk);
      Pipe::Buffer& front = p.front();
      front.offset += chunk;
      front.length -= chunk;
      done += chunk;
      if (front.length == 0) p.pop(), freed = true;
    }
    if (error != 0 || done == io.length || p.writers == 0) break;
    // A writer that sleeps in the middle of its write will bring more at once: wait for it.
    if (p.waiting_writers == 0) {
      if (done > 0) break;
      if (nonblock) {
        error = -EAGAIN_;
        break;
      }
    }
    if (signal_pending(t)) {
      error = -ERESTARTSYS_;
      break;
    }
    if (freed) wake(k, t, p, poll_bit::writable), freed = false;
    pipe_wait(k, t, p, guard, [&] { return p.empty() && p.writers > 0 && !signal_pending(t); });
  }
  guard.unlock();
  if (freed) wake(k, t, p, poll_bit::writable);
  return done > 0 ? static_cast<std::int64_t>(done) : error;
}

// pipe_write(). A write of up to PIPE_BUF bytes is atomic because it fits into one buffer, merged or new.
std::int64_t PipeFile::write(Kernel& k, Thread& t, const Io& io) {
  t.charge(k.ipc->paths.pipe_write);
  if (io.length == 0) return 0;
  t.charge(k.ipc->paths.pipe_lock);
  Pipe& p = *pipe;
  const bool nonblock = io.nonblock || (flags & open_flag::nonblock);
  MutexGuard guard(p.mutex, k, t);
  std::uint64_t done = 0;
  bool added = false;
  std::int64_t error = 0;
  const auto rest = static_cast<std::uint32_t>(io.length % Pipe::kPage);
  if (p.readers > 0 && io.buffer != 0 && !p.empty() && rest != 0 && p.back().can_merge &&
      p.back().offset + p.back().length + rest <= Pipe::kPage) {
    const Pipe::Buffer last = p.back();
    if (user_access(k, t, io, 0, rest, false) < rest) return -EFAULT_;
    k.cpu.copy(*t.task, p.object, last.page * Pipe::kPage + last.offset + last.length, rest,
               cpu::Copy::to_kernel);
    p.back().length += rest;
    done = rest;
    added = true;
  }
  while (done < io.length) {
    if (p.readers == 0) {
      send_sigpipe(k, t);
      error = -EPIPE_;
      break;
    }
    if (!p.full()) {
      const auto chunk = static_cast<std::uint32_t>(std::min(Pipe::kPage, io.length - done));
      if (user_access(k, t, io, done, chunk, false) < chunk) {
        error = -EFAULT_;
        break;
      }
      if (done > 0) t.charge(k.ipc->paths.pipe_buffer);
      bool fresh = false;
      const std::uint32_t page = p.take_page(fresh);
      if (fresh) t.charge(k.ipc->paths.pipe_page);
      // Spliced pages change hands without a copy, and nothing is appended to them.
      if (io.buffer != 0) k.cpu.copy(*t.task, p.object, page * Pipe::kPage, chunk, cpu::Copy::to_kernel);
      p.push(page, chunk, io.buffer != 0);
      done += chunk;
      added = true;
      continue;
    }
    if (nonblock) {
      error = -EAGAIN_;
      break;
    }
    if (signal_pending(t)) {
      error = -ERESTARTSYS_;
      break;
    }
    if (added) wake(k, t, p, poll_bit::readable), added = false;
    ++p.waiting_writers;
    pipe_wait(k, t, p, guard, [&] { return p.full() && p.readers > 0 && !signal_pending(t); });
    --p.waiting_writers;
  }
  guard.unlock();
  if (added) wake(k, t, p, poll_bit::readable);
  return done > 0 ? static_cast<std::int64_t>(done) : error;
}

std::int64_t PipeFile::ioctl(Kernel& k, Thread& t, std::uint64_t request, std::uint64_t, Out& out) {
  constexpr std::uint64_t kFionread = 0x541B;
  if (request != kFionread) return -ENOTTY_;
  const MutexGuard guard(pipe->mutex, k, t);
  out.value = pipe->bytes();
  return 0;
}

void PipeFile::status(FileStatus& out) const {
  if (fifo_) return fifo_->fill(out);
  out = {};
  out.inode = pipe->inode;
  out.mode = 0010600;
  out.links = 1;
}

std::uint32_t PipeFile::poll(Thread& t) {
  t.charge(t.kernel.ipc->paths.pipe_poll);
  std::uint32_t mask = 0;
  if (readable()) {
    if (!pipe->empty()) mask |= poll_bit::readable;
    // No hang-up before the first writer came (f_version).
    if (pipe->writers == 0 && pipe->writer_opens > writer_opens_at_open) mask |= poll_bit::hup;
  }
  if (writable()) {
    if (!pipe->full()) mask |= poll_bit::writable;
    if (pipe->readers == 0) mask |= poll_bit::err;
  }
  return mask;
}

void PipeFile::release(Kernel& k, Thread& t) {
  t.charge(k.ipc->paths.pipe_release);
  if (readable()) --pipe->readers;
  if (writable()) --pipe->writers;
  if (pipe->readers == 0 && pipe->writers == 0) {
    while (!pipe->empty()) pipe->pop();  // a FIFO forgets what nobody read
  } else {
    wake(k, t, *pipe, poll_bit::readable | poll_bit::writable | poll_bit::err | poll_bit::hup);
  }
}

std::string PipeFile::describe() const {
  return !fifo_ ? "pipe:[" + std::to_string(pipe->inode) + "]"
                : "fifo:[" + std::to_string(fifo_->number) + "]";
}

}  // namespace isosim::kernel
