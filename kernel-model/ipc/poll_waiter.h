// A thread that waits for any of several files, as poll and select do (struct poll_wqueues).
#pragma once

#include <boost/container/small_vector.hpp>

#include "kernel-model/ipc/held_file.h"
#include "kernel-model/sched/wait_queue.h"
#include "sim/time.h"

namespace isosim::kernel {

class PollWaiter final : public WakeListener {
 public:
  explicit PollWaiter(Thread& thread) : thread_(thread) {}
  ~PollWaiter();
  PollWaiter(const PollWaiter&) = delete;
  PollWaiter& operator=(const PollWaiter&) = delete;

  // __pollwait(): from now on a wake of `file`'s queue for one of `events` counts.
  void watch(File& file, std::uint32_t events);

  // Sleeps until a wake since the last call, `deadline` (false), or a signal.
  bool sleep(Kernel& k, sim::Time deadline);

  bool on_wake(Kernel& kernel, Thread* waker, std::uint32_t events) override;

 private:
  Thread& thread_;
  bool triggered_ = false;  // a wake that came while the files were still being asked is not lost
  boost::container::small_vector<Ref<File>, 8> watched_;
  TearDown tear_down_;
};

// The point in time `span` from now, as far as time goes.
sim::Time deadline_after(const Thread& t, sim::Time span);

// Sets the signal mask of ppoll, pselect6 and epoll_pwait for the call.
class TemporaryMask {
 public:
  TemporaryMask(Thread& thread, const SignalSet* mask);
  ~TemporaryMask();
  TemporaryMask(const TemporaryMask&) = delete;
  TemporaryMask& operator=(const TemporaryMask&) = delete;

 private:
  Thread& thread_;
  std::uint64_t saved_;
  TearDown tear_down_;
};

}  // namespace isosim::kernel
