#include "kernel-model/ipc/eventfd.h"

#include <fmt/format.h>

#include <algorithm>

#include "kernel-model/ipc/ipc_state.h"
#include "kernel-model/ipc/wait.h"

namespace isosim::kernel {

namespace {
constexpr std::uint64_t kMax = ~0ull;  // never reached: the largest count is one less
}  // namespace

std::int64_t EventFile::read(Kernel& k, Thread& t, const Io& io) {
  t.charge(k.ipc->paths.eventfd_read);
  if (io.length < 8) return -EINVAL_;
  if (count_ == 0) {
    if (io.nonblock || (flags & open_flag::nonblock)) return -EAGAIN_;
    t.charge(k.ipc->paths.wait_sleep);
    const auto error =
        wait_interruptible(k, t, queue_, poll_bit::readable, false, [&] { return count_ > 0; });
    if (error < 0) return error;
  }
  count_ -= semaphore_ ? 1 : count_;
  if (!queue_.empty()) {
    t.charge(k.ipc->paths.wake_walk);
    queue_.wake(k, &t, WaitQueue::all, poll_bit::writable);
  }
  return 8;
}

std::int64_t EventFile::write(Kernel& k, Thread& t, const Io& io) {
  t.charge(k.ipc->paths.eventfd_write);
  if (io.length < 8 || io.value == kMax) return -EINVAL_;
  if (kMax - count_ <= io.value) {
    if (io.nonblock || (flags & open_flag::nonblock)) return -EAGAIN_;
    t.charge(k.ipc->paths.wait_sleep);
    const auto error =
        wait_interruptible(k, t, queue_, poll_bit::writable, false, [&] { return kMax - count_ > io.value; });
    if (error < 0) return error;
  }
  count_ += io.value;
  if (!queue_.empty()) {
    t.charge(k.ipc->paths.wake_walk);
    queue_.wake(k, &t, WaitQueue::all, poll_bit::readable);
  }
  return 8;
}

void EventFile::signal(Kernel& k, Thread* waker, std::uint64_t value) {
  count_ += std::min(value, kMax - 1 - count_);
  if (!queue_.empty()) queue_.wake(k, waker, WaitQueue::all, poll_bit::readable);
}

std::uint32_t EventFile::poll(Thread& t) {
  t.charge(t.kernel.ipc->paths.eventfd_poll);
  return (count_ > 0 ? poll_bit::readable : 0u) | (count_ < kMax - 1 ? poll_bit::writable : 0u);
}

void EventFile::release(Kernel& k, Thread& t) {
  t.charge(k.ipc->paths.wake_walk);
  queue_.wake(k, &t, WaitQueue::all, poll_bit::hup);
}

std::string EventFile::fdinfo() const { return fmt::format("eventfd-count: {:16x}\n", count_); }

void EventFile::status(FileStatus& out) const {
  out = {};
  out.mode = 0600;
  out.links = 1;
}

}  // namespace isosim::kernel
