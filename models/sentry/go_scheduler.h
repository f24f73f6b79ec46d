// The Sentry's tasks on Go's scheduler (pkg/sentry/kernel/task_*.go): a task is a goroutine, it sleeps by
// parking, and who wakes it makes its goroutine ready.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "kernel-model/sched/scheduler.h"
#include "kernel-model/time/hrtimer.h"
#include "models/go/runtime.h"
#include "models/sentry/cpu_clock.h"

namespace isosim::models {

class Platform;

// kernel.Task: a thread of the application and the goroutine that is its kernel side.
struct SentryTask {
  kernel::Thread* thread = nullptr;
  go::G* g = nullptr;
  void* platform = nullptr;     // the platform's: its context
  std::uint64_t space = 0;      // Process::space_id of the address space that the platform ran it in last
  bool in_application = false;  // it computes there
};

inline SentryTask& task_of(const kernel::Thread& thread) { return *static_cast<SentryTask*>(thread.owner); }

class GoScheduler final : public kernel::Scheduler {
 public:
  GoScheduler(kernel::Kernel& sentry, go::Runtime& runtime);

  // Who runs a task's application code; set before the first task starts.
  void set_platform(Platform& platform) { platform_ = &platform; }

  // The goroutine of a task that nobody's task started: `by` is the Sentry's own.
  void start_root(go::G& by, kernel::Thread& thread);

  // Timers expire in a goroutine of their own (runtime/time.go: timerproc). Starts it.
  void start_timers(go::G& by);

  // Kernel.Start: the CPU clock ticks from now on. `stops`: see there.
  void start_cpu_clock(go::G& by, Clock& clock, bool stops);
  [[nodiscard]] int running_tasks() const { return running_; }
  [[nodiscard]] const CpuClock* cpu_clock() const { return cpu_clock_.get(); }

  // Called by a task's goroutine when its thread has ended; may be empty.
  std::function<void(go::G&, kernel::Thread&)> task_ended;

  void start(kernel::Thread& thread, kernel::Thread* parent) override;
  void block(kernel::Thread& thread) override;
  void wake(kernel::Thread& thread, kernel::Thread* waker, bool sync = false) override;
  void yield(kernel::Thread& thread) override;
  void exit(kernel::Thread& thread) override;
  sim::Time compute(kernel::Thread& thread, sim::Time span) override;
  void exec_balance(kernel::Thread&) override {}
  std::int64_t set_affinity(kernel::Thread& thread, std::uint64_t mask, kernel::Thread& caller) override;
  [[nodiscard]] std::uint64_t online_mask() const override;
  void set_nice(kernel::Thread& thread, int nice) override;
  void interrupt(int cpu, kernel::IrqHandler handler) override;
  void kick(kernel::Thread& thread) override;
  void adopt(kernel::Thread& thread, sim::Task& task) override;
  [[nodiscard]] sim::Time runtime(const kernel::Thread& thread) const override;
  [[nodiscard]] kernel::HrTimers& timers() override { return timers_; }
  [[nodiscard]] sim::Time tick() const override;

 private:
  void work(kernel::Thread& thread) override;
  void timer_loop(go::G& g);

  kernel::Kernel& sentry_;
  go::Runtime& runtime_;
  Platform* platform_ = nullptr;
  kernel::HrTimers timers_;
  std::map<std::int32_t, SentryTask> tasks_;  // by tid
  kernel::Thread* timer_thread_ = nullptr;    // whose futex sleep an expiry ends; null: it runs
  bool ended_ = false;                        // with the sandbox's process
  std::deque<kernel::IrqHandler> expired_;
  std::unique_ptr<CpuClock> cpu_clock_;
  int running_ = 0;  // tasks that are neither blocked nor ended
  sim::PathId block_, wake_, host_timer_;
};

}  // namespace isosim::models
