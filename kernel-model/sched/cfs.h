// Linux's scheduler: run queues per logical CPU, wake-up placement, preemption, switches, idle. CFS and the
// real-time policies of Linux 4.4, with what 5.4 does otherwise as parameters (sched/tunables.h).
#pragma once

#include "kernel-model/sched/scheduler.h"

namespace isosim::kernel {

class CfsScheduler final : public Scheduler {
 public:
  explicit CfsScheduler(Kernel& kernel);
  ~CfsScheduler() override;

  void start(Thread& thread, Thread* parent) override;
  void block(Thread& thread) override;
  void wake(Thread& thread, Thread* waker, bool sync = false) override;
  void yield(Thread& thread) override;
  void exit(Thread& thread) override;
  sim::Time compute(Thread& thread, sim::Time span) override;
  void exec_balance(Thread& thread) override;
  std::int64_t set_affinity(Thread& thread, std::uint64_t mask, Thread& caller) override;
  [[nodiscard]] std::uint64_t online_mask() const override;
  void set_nice(Thread& thread, int nice) override;
  void policy_changed(Thread& thread, Thread& caller) override;  // real_time.cc
  void interrupt(int cpu, IrqHandler handler) override;
  void kick(Thread& thread) override;
  void adopt(Thread& thread, sim::Task& task) override;
  void program_begins() override;  // core_frequency.cc, as the next
  [[nodiscard]] Use use() const override;
  [[nodiscard]] sim::Time runtime(const Thread& thread) const override;
  [[nodiscard]] HrTimers& timers() override;
  [[nodiscard]] sim::Time tick() const override;

  // What RCU looks at. `user`: computes in user mode.
  struct Activity {
    bool idle, user;
    std::uint64_t switches;  // so far
  };
  [[nodiscard]] Activity activity(int cpu) const;
  [[nodiscard]] int cpus() const;

  struct Impl;

 private:
  void work(Thread& thread) override;

  std::unique_ptr<Impl> impl_;
};

}  // namespace isosim::kernel
