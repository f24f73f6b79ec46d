#include "kernel-model/sched/rcu.h"

#include <algorithm>

#include "kernel-model/kernel.h"
#include "kernel-model/process/process_table.h"
#include "kernel-model/sched/cfs.h"
#include "kernel-model/sched/completion.h"

namespace isosim::kernel {

namespace {

CfsScheduler* cfs(const Kernel& k) { return dynamic_cast<CfsScheduler*>(k.sched.get()); }

}  // namespace

Rcu::Rcu(Kernel& kernel)
    : k_(kernel),
      period_(kernel.path("sched.rcu_period")),
      scan_(kernel.path("sched.rcu_scan")),
      callback_(kernel.path("sched.rcu_callback")),
      expedited_(kernel.path("sched.rcu_expedited")) {}

bool Rcu::linux_scheduler() const { return cfs(k_) != nullptr; }

void Rcu::call(Thread& t, Callback callback) {
  if (!linux_scheduler()) return callback(t);
  waiting_.push_back({t.now(), 0, std::move(callback)});
  if (has_thread_) return idle_.wake(k_, nullptr);
  has_thread_ = true;
  cpus_.resize(static_cast<std::size_t>(cfs(k_)->cpus()));
  k_.procs->kthread("rcu_sched", [this](Thread& thread) { run(thread); });
}

void Rcu::synchronize(Thread& t) {
  if (!linux_scheduler()) return;
  const auto end = std::make_shared<Completion>();
  call(t, [this, end](Thread& softirq) { end->complete(k_, &softirq); });
  end->wait(k_, t);
}

void Rcu::barrier(Thread& t) {
  synchronize(t);  // one more callback: those before it run before. Closed files alone leave some at any time
}

// synchronize_sched_expedited(): one at a time. A CPU in user mode switches on its way out of the interrupt;
// one in the kernel at its next preemption point, which is not waited for here.
void Rcu::synchronize_expedited(Thread& t) {
  CfsScheduler* const scheduler = cfs(k_);
  if (!scheduler) return;
  const MutexGuard guard(expediting_, k_, t);
  const auto end = std::make_shared<Completion>();
  end->outstanding = 0;
  for (int cpu = 0; cpu < scheduler->cpus(); ++cpu) {
    if (cpu == t.cpu || scheduler->activity(cpu).idle) continue;
    ++end->outstanding;
    k_.cpu.send_ipi(*t.task);
    scheduler->interrupt(cpu, [this, end](Irq& irq) {
      irq.charge(expedited_);
      end->complete(k_, nullptr);
    });
  }
  t.charge(expedited_);
  end->wait(k_, t);
}

void Rcu::run(Thread& t) {
  const sim::Time jiffy = k_.sched->tick();
  for (;;) {
    idle_.wait_event(
        k_, t, [this] { return !waiting_.empty(); }, RunState::interruptible);
    const sim::Time next{(t.now().ps / jiffy.ps + 1) * jiffy.ps};
    t.state = RunState::interruptible;
    k_.sched->block_until(t, next, {});
    if (t.now() >= next) tick(t, next);
  }
}

// What the ticks of all CPUs and the rcu_sched thread do at a jiffy. The ticks' own instructions are the
// scheduler's tick's.
void Rcu::tick(Thread& t, sim::Time jiffy) {
  const std::uint64_t before = completed_;
  for (Waiting& waiting : waiting_)
    if (waiting.period == 0 && waiting.queued < jiffy) waiting.period = started_ + 1;
  if (started_ != completed_) observe(t, jiffy);
  const bool due = std::any_of(waiting_.begin(), waiting_.end(),
                               [this](const Waiting& waiting) { return waiting.period > completed_; });
  if (started_ == completed_ && due) begin(t, jiffy);
  invoke(t, before);
}

void Rcu::begin(Thread& t, sim::Time jiffy) {
  t.charge(period_);
  ++started_;
  for (Cpu& cpu : cpus_) cpu = {.needed = true};
  scan_at_ = jiffy + k_.sched->tick();
}

void Rcu::observe(Thread& t, sim::Time jiffy) {
  const bool scan = jiffy >= scan_at_;
  if (scan) t.charge(scan_, cpus_.size());
  for (std::size_t i = 0; i < cpus_.size(); ++i) {
    Cpu& cpu = cpus_[i];
    if (!cpu.needed) continue;
    const CfsScheduler::Activity now = cfs(k_)->activity(static_cast<int>(i));
    // This thread's own CPU was idle, or it has switched to this thread.
    if (static_cast<int>(i) == t.cpu || (now.idle && scan) ||
        (cpu.told && (now.user || now.switches != cpu.switches)))
      cpu.needed = false;
    else if (!cpu.told)
      cpu = {.needed = true, .told = true, .switches = now.switches};
  }
  if (std::none_of(cpus_.begin(), cpus_.end(), [](const Cpu& cpu) { return cpu.needed; }))
    completed_ = started_;
}

// Callbacks whose grace period had ended by the tick before, first come first.
void Rcu::invoke(Thread& t, std::uint64_t completed_before) {
  std::vector<Waiting> due, left;
  for (Waiting& waiting : waiting_)
    (waiting.period != 0 && waiting.period <= completed_before ? due : left).push_back(std::move(waiting));
  waiting_ = std::move(left);
  for (Waiting& waiting : due) {
    t.charge(callback_);
    waiting.callback(t);
  }
}

void RcuSync::enter(Thread& t) {
  ++writers_;
  if (state_ == State::idle) {
    state_ = State::pending;
    rcu_.synchronize(t);
    state_ = State::passed;
    waiters_.wake(k_, &t);
  }
  waiters_.wait_event(k_, t, [this] { return state_ == State::passed; });
}

void RcuSync::exit(Thread& t) {
  if (--writers_ != 0) return;
  again_ = queued_;
  if (queued_) return;
  queued_ = true;
  rcu_.call(t, [this](Thread& softirq) { due(softirq); });
}

void RcuSync::due(Thread& t) {
  queued_ = false;
  if (writers_ != 0) return;
  if (again_) {
    again_ = false;
    queued_ = true;
    return rcu_.call(t, [this](Thread& softirq) { due(softirq); });
  }
  state_ = State::idle;
}

}  // namespace isosim::kernel
