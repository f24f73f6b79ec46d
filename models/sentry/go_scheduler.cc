#include "models/sentry/go_scheduler.h"

#include <utility>

#include "kernel-model/process/exit.h"
#include "kernel-model/signal/signal.h"
#include "models/process_ended.h"
#include "models/sentry/platform.h"

namespace isosim::models {

using kernel::RunState;
using kernel::Thread;

GoScheduler::GoScheduler(kernel::Kernel& sentry, go::Runtime& runtime)
    : sentry_(sentry),
      runtime_(runtime),
      timers_(sentry, *this, sentry.cpu.logical_cpus()),
      block_(sentry.path("task.block")),
      wake_(sentry.path("task.wake")),
      host_timer_(runtime.host.path("time.hrtimer_interrupt")) {}

void GoScheduler::start_root(go::G& by, Thread& thread) {
  SentryTask& task = tasks_[thread.tid];
  task.thread = &thread;
  thread.owner = &task;
  thread.state = RunState::running;
  thread.cpu = 0;
  thread.next_tick = sim::Time::max();  // nothing preempts a goroutine of Go 1.12 from outside
  ++running_;
  if (cpu_clock_) cpu_clock_->task_runs(by);
  task.g = &runtime_.start(by, thread.name, [this, &task](go::G& g) {
    task.thread->task = g.task;
    // What a new tracee begins with.
    if (kernel::Sys none; kernel::signal_due(*task.thread))
      kernel::signal_exit_work(sentry_, *task.thread, none, 0);
    if (task.thread->state != RunState::dead) platform_->run(task);
    --running_;
    if (task_ended) task_ended(g, *task.thread);
  });
}

void GoScheduler::start(Thread& thread, Thread* parent) {
  go::G* by = parent ? task_of(*parent).g : runtime_.current();
  start_root(*by, thread);
}

void GoScheduler::block(Thread& t) {
  if (runtime_.current() !=
      task_of(t).g)  // the program's own wait, on a platform where it runs on another thread
    return platform_->in_sentry(task_of(t), [this, &t] { block(t); });
  platform_->enter_sentry(task_of(t));
  t.charge(block_);
  if (t.state == RunState::interruptible && kernel::signal_pending(t)) t.state = RunState::running;
  if (t.state == RunState::running) return;
  go::G& g = *task_of(t).g;
  --running_;
  while (t.state != RunState::running) g.park();
  ++running_;
  if (cpu_clock_) cpu_clock_->task_runs(g);
}

void GoScheduler::wake(Thread& t, Thread* /*waker*/, bool /*sync*/) {
  if (t.state != RunState::interruptible && t.state != RunState::uninterruptible) return;
  go::G* by = runtime_.current();
  if (!by) {  // an event of the outside world: the Sentry hears of it as of a timer
    interrupt(0, [this, &t](kernel::Irq&) { wake(t, nullptr); });
    return;
  }
  t.state = RunState::running;
  by->charge(wake_);
  runtime_.ready(*by, *task_of(t).g);
}

void GoScheduler::yield(Thread& t) { task_of(t).g->yield(); }

void GoScheduler::exit(Thread& t) { t.state = RunState::dead; }

sim::Time GoScheduler::compute(Thread& t, sim::Time span) {
  SentryTask& task = task_of(t);
  task.in_application = true;
  const sim::Time left = platform_->compute(task, span);
  task.in_application = false;
  return left;
}

void GoScheduler::start_cpu_clock(go::G& by, Clock& clock, bool stops) {
  cpu_clock_ = std::make_unique<CpuClock>(sentry_, *this, clock, stops);
  cpu_clock_->start(by);
}

// sched_setaffinity is noted and has no effect: which CPU a task gets is the host's affair
// (pkg/sentry/kernel/task_sched.go).
std::int64_t GoScheduler::set_affinity(Thread& thread, std::uint64_t mask, Thread& /*caller*/) {
  if ((mask & online_mask()) == 0) return -kernel::EINVAL_;
  thread.affinity = mask & online_mask();
  return 0;
}

std::uint64_t GoScheduler::online_mask() const { return runtime_.host.sched->online_mask(); }

void GoScheduler::set_nice(Thread& thread, int nice) { thread.se.nice = nice; }

void GoScheduler::kick(Thread& thread) {
  go::G* by = runtime_.current();
  if (by && by != task_of(thread).g) platform_->bounce(task_of(thread), *by);
}

void GoScheduler::adopt(Thread& thread, sim::Task& task) { thread.task = &task; }

sim::Time GoScheduler::runtime(const Thread& thread) const {
  return thread.task ? thread.now() : sim::Time{};
}

sim::Time GoScheduler::tick() const { return sim::milliseconds(10); }  // linux.ClockTick

void GoScheduler::work(Thread& thread) { thread.need_resched = false; }

void GoScheduler::start_timers(go::G& by) {
  runtime_.start(by, "timerproc", [this](go::G& g) { timer_loop(g); });
}

// The timer goroutine sleeps on its M's futex until the next expiry; the host's timer interrupt wakes it.
void GoScheduler::timer_loop(go::G& g) {
  for (;;) {
    if (expired_.empty()) {
      timer_thread_ = &g.thread();
      try {
        g.sleep([this] { return !expired_.empty(); });
      } catch (const ProcessEnded&) {
        timer_thread_ = nullptr;
        ended_ = true;
        throw;
      }
      timer_thread_ = nullptr;
    }
    while (!expired_.empty()) {
      const kernel::IrqHandler handler = std::move(expired_.front());
      expired_.pop_front();
      kernel::Irq irq{sentry_, 0, *g.task};
      handler(irq);
      platform_->settle(g);
    }
  }
}

void GoScheduler::interrupt(int /*cpu*/, kernel::IrqHandler handler) {
  if (ended_) return;
  expired_.push_back(std::move(handler));
  if (!timer_thread_) return;
  Thread& sleeper = *std::exchange(timer_thread_, nullptr);
  runtime_.host.sched->interrupt(std::max(sleeper.cpu, 0), [this, &sleeper](kernel::Irq& irq) {
    irq.charge(host_timer_);
    runtime_.host.sched->wake(sleeper, nullptr);
  });
}

}  // namespace isosim::models
