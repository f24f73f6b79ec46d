// Wait queues: threads that wait for a condition, woken in the order in which they came.
#pragma once

#include <cstdint>
#include <vector>

#include "kernel-model/sched/run_state.h"
#include "sim/time.h"

namespace isosim::kernel {

class Kernel;
class Thread;

// What may stand in a queue beside threads: a callback in the waker's context (epoll's ep_poll_callback).
class WakeListener {
 public:
  // `events`: the poll bits that the waker announces. `waker`: who pays; null in interrupt context. False if
  // the wake was not for it; it does not count toward an exclusive wake then.
  virtual bool on_wake(Kernel& kernel, Thread* waker, std::uint32_t events) = 0;

 protected:
  ~WakeListener() = default;
};

class WaitQueue {
 public:
  static constexpr std::uint32_t any = ~0u;
  static constexpr int all = 1 << 30;

  // `events`: the poll bits waited for; a wake that announces none of them passes by. `exclusive`: counts
  // toward the `count` of a wake (WQ_FLAG_EXCLUSIVE), so that one event does not rouse a herd.
  void add(Thread& thread, std::uint32_t events = any, bool exclusive = true);
  void add(WakeListener& listener, std::uint32_t events, bool exclusive);
  void change(const WakeListener& listener, std::uint32_t events);  // what it waits for from now on
  void remove(Thread& thread);                                      // no effect on one that is not in
  void remove(WakeListener& listener);
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] std::uint32_t events() const;  // the union of what is waited for

  // One sleep in the queue, until a wake, a signal if `state` is interruptible, or `deadline`
  // (prepare_to_wait(), schedule_hrtimeout(), finish_wait()).
  void sleep(Kernel& kernel, Thread& thread, RunState state, std::uint32_t events = any,
             bool exclusive = true, sim::Time deadline = sim::Time::max());

  // wait_event(): sleeps until `due()`. No wake is lost, as nothing is charged between that and the sleep. A
  // thread of the kernel that is idle sleeps interruptibly; one that can have signals waits by
  // wait_interruptible() (ipc/wait.h).
  template <class Due>
  void wait_event(Kernel& kernel, Thread& thread, Due due, RunState state = RunState::uninterruptible) {
    while (!due()) sleep(kernel, thread, state);
  }

  // Wakes waiters, first come first, up to `count` exclusive ones; the caller's thread pays (nullptr:
  // interrupt context). A woken thread is out of the queue (autoremove_wake_function) and adds itself again
  // to wait on; a listener stays.
  void wake(Kernel& kernel, Thread* waker, int count = all, std::uint32_t events = any);

 private:
  struct Entry {
    Thread* thread;
    WakeListener* listener;
    std::uint64_t sequence;
    std::uint32_t events;
    bool exclusive;
  };

  std::vector<Entry> entries_;  // by sequence
  std::uint64_t next_sequence_ = 1;
};

}  // namespace isosim::kernel
