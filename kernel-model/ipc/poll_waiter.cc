#include "kernel-model/ipc/poll_waiter.h"

#include "kernel-model/ipc/ipc_state.h"
#include "kernel-model/ipc/wait.h"

namespace isosim::kernel {

PollWaiter::~PollWaiter() {
  if (tear_down_.now()) return;
  for (Ref<File>& file : watched_) {
    file->poll_queue()->remove(*this);
    file->waiters_changed(thread_);
    put_file(thread_.kernel, thread_, std::move(file));
  }
}

void PollWaiter::watch(File& file, std::uint32_t events) {
  WaitQueue* queue = file.poll_queue();
  if (!queue) return;
  thread_.charge(thread_.kernel.ipc->paths.poll_wait_fd);
  queue->add(*this, events | poll_bit::err | poll_bit::hup, false);
  watched_.emplace_back(&file);
  file.waiters_changed(thread_);
}

bool PollWaiter::sleep(Kernel& k, sim::Time deadline) {
  if (!triggered_ && !signal_pending(thread_) && thread_.now() < deadline) {
    thread_.state = RunState::interruptible;
    k.sched->block_until(thread_, deadline);
  }
  const bool woken = triggered_;
  triggered_ = false;
  return woken || thread_.now() < deadline;
}

bool PollWaiter::on_wake(Kernel& kernel, Thread* waker, std::uint32_t) {
  triggered_ = true;
  if (thread_.state == RunState::interruptible) kernel.sched->wake(thread_, waker);
  return true;
}

sim::Time deadline_after(const Thread& t, sim::Time span) {
  return span >= sim::Time::max() - t.now() ? sim::Time::max() : t.now() + span;
}

TemporaryMask::TemporaryMask(Thread& thread, const SignalSet* mask)
    : thread_(thread), saved_(thread.blocked) {
  constexpr std::uint64_t kNeverBlocked = 1ull << (9 - 1) | 1ull << (19 - 1);  // SIGKILL, SIGSTOP
  if (mask) thread.blocked = mask->mask & ~kNeverBlocked;
}

TemporaryMask::~TemporaryMask() {
  if (!tear_down_.now()) thread_.blocked = saved_;
}

}  // namespace isosim::kernel
