#include "kernel-model/net/recorded_stream.h"

#include <algorithm>
#include <numeric>

#include "kernel-model/ipc/ipc_state.h"
#include "kernel-model/ipc/signals.h"
#include "kernel-model/ipc/wait.h"

namespace isosim::kernel {

RecordedStream::RecordedStream(Kernel& its_kernel, Kind its_kind, std::uint32_t file_flags)
    : kernel(its_kernel), kind_(its_kind), number_(kernel.ipc->next_inode()) {
  flags = file_flags;
}

std::int64_t RecordedStream::read(Kernel& k, Thread& t, const Io& io) {
  t.charge(k.ipc->net.paths.stream_read);
  if (io.length == 0) return 0;
  if (chunks_.empty() && !ended_) {
    if (io.nonblock || (flags & open_flag::nonblock)) return -EAGAIN_;
    t.charge(k.ipc->paths.wait_sleep);
    const std::int64_t result = wait_interruptible(k, t, wait_, poll_bit::readable | poll_bit::hup, false,
                                                   [&] { return !chunks_.empty() || ended_; });
    if (result < 0) return result;
  }
  std::uint64_t done = 0;
  while (done < io.length && !chunks_.empty()) {
    const std::uint64_t count = std::min(chunks_.front(), io.length - done);
    done += count;
    if (count == chunks_.front()) {
      chunks_.pop_front();
      if (kind_ == Kind::terminal) break;
    } else {
      chunks_.front() -= count;
    }
  }
  k.cpu.copy(*t.task, IpcState::object(number_), 0, done);
  return static_cast<std::int64_t>(done);
}

std::int64_t RecordedStream::write(Kernel& k, Thread& t, const Io& io) {
  t.charge(k.ipc->net.paths.stream_write, (io.length + 4095) / 4096);
  std::uint64_t done = 0;
  while (done < io.length) {
    if (ended_ && kind_ == Kind::pipe) {
      send_sigpipe(k, t);
      return done > 0 ? static_cast<std::int64_t>(done) : -EPIPE_;
    }
    const std::uint64_t count = std::min(window_, io.length - done);
    if (count > 0) {
      k.cpu.copy(*t.task, IpcState::object(number_), 4096, count, cpu::Copy::to_kernel);
      if (window_ != ~0ull) window_ -= std::min(count, window_);
      done += count;
      continue;
    }
    if (io.nonblock || (flags & open_flag::nonblock))
      return done > 0 ? static_cast<std::int64_t>(done) : -EAGAIN_;
    t.charge(k.ipc->paths.wait_sleep);
    const std::int64_t result = wait_interruptible(k, t, wait_, poll_bit::writable | poll_bit::err, false,
                                                   [&] { return window_ > 0 || ended_; });
    if (result < 0) return done > 0 ? static_cast<std::int64_t>(done) : result;
  }
  return static_cast<std::int64_t>(done);
}

std::int64_t RecordedStream::ioctl(Kernel&, Thread&, std::uint64_t request, std::uint64_t, Out& out) {
  constexpr std::uint64_t kFionread = 0x541B, kFirstTty = 0x5401, kLastTty = 0x5440;
  if (request == kFionread) {
    out.value = std::accumulate(chunks_.begin(), chunks_.end(), std::uint64_t{0});
    return 0;
  }
  return kind_ == Kind::terminal && request >= kFirstTty && request <= kLastTty ? 0 : -ENOTTY_;
}

void RecordedStream::status(FileStatus& out) const {
  constexpr std::uint32_t kCharacterDevice = 0020620, kFifo = 0010600;
  out = {};
  out.inode = number_;
  out.mode = kind_ == Kind::terminal ? kCharacterDevice : kFifo;
  out.links = 1;
}

std::uint32_t RecordedStream::poll(Thread& t) {
  t.charge(t.kernel.ipc->paths.pipe_poll);
  std::uint32_t mask = 0;
  if (readable() && !chunks_.empty()) mask |= poll_bit::readable;
  if (readable() && ended_) mask |= poll_bit::hup;
  if (writable() && window_ > 0) mask |= poll_bit::writable;
  if (writable() && ended_) mask |= poll_bit::err;
  return mask;
}

void RecordedStream::release(Kernel& k, Thread&) { k.ipc->net.outside.cancel(*this); }

std::string RecordedStream::describe() const {
  return kind_ == Kind::terminal ? "/dev/pts/0" : "pipe:[" + std::to_string(number_) + "]";
}

void RecordedStream::arrive(Irq& irq, std::uint64_t bytes) {
  irq.charge(irq.kernel.ipc->net.paths.stream_receive);
  chunks_.push_back(bytes);
  wait_.wake(irq.kernel, nullptr, WaitQueue::all, poll_bit::readable);
}

void RecordedStream::arrive_end(Irq& irq, int) {
  irq.charge(irq.kernel.ipc->net.paths.stream_receive);
  ended_ = true;
  wait_.wake(irq.kernel, nullptr, WaitQueue::all, WaitQueue::any);
}

void RecordedStream::arrive_window(Irq& irq, std::uint64_t bytes) {
  irq.charge(irq.kernel.ipc->net.paths.stream_receive);
  window_ = window_ > ~0ull - bytes ? ~0ull : window_ + bytes;
  wait_.wake(irq.kernel, nullptr, WaitQueue::all, poll_bit::writable);
}

}  // namespace isosim::kernel
