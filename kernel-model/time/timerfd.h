// A timer behind a descriptor (fs/timerfd.c).
#pragma once

#include "kernel-model/fs/file.h"
#include "kernel-model/sched/wait_queue.h"
#include "kernel-model/time/hrtimer.h"

namespace isosim::kernel {

class TimerFile final : public File, public HrTimer {
 public:
  explicit TimerFile(Kernel& k) : kernel_(k) {}
  ~TimerFile() override;

  void set(Thread& t, Itimer setting, bool absolute);
  [[nodiscard]] Itimer get(sim::Time now);
  std::int64_t read(Kernel& k, Thread& t, const Io& io) override;
  std::uint32_t poll(Thread& t) override;
  WaitQueue* poll_queue() override { return &wait_; }
  void release(Kernel& k, Thread& t) override;
  void expire(Irq& irq) override;
  [[nodiscard]] std::string describe() const override { return "anon_inode:[timerfd]"; }

 private:
  void go_on(sim::Time now);

  Kernel& kernel_;
  WaitQueue wait_;
  sim::Time interval_, due_;  // due_: when it expired last
  bool expired_ = false;      // and waits for a reader until it is started again
  std::uint64_t ticks_ = 0;   // expiries since the last read
  int home_ = 0;
};

}  // namespace isosim::kernel
