#include "kernel-model/time/hrtimer.h"

#include <algorithm>

#include "kernel-model/kernel.h"

namespace isosim::kernel {

HrTimers::HrTimers(Kernel& kernel, Scheduler& scheduler, int cpus)
    : kernel_(kernel),
      scheduler_(scheduler),
      interrupt_path_(kernel.path("time.hrtimer_interrupt")),
      expire_path_(kernel.path("time.hrtimer_expire")) {
  for (int cpu = 0; cpu < cpus; ++cpu) {
    Base& base = bases_.emplace_back();
    base.owner = this;
    base.cpu = cpu;
  }
}

void HrTimers::program(Base& base) {
  if (base.tree.empty()) {
    kernel_.engine.cancel(base);
    return;
  }
  kernel_.engine.schedule(base,
                          std::max({(*base.tree.begin())->hard_, base.held_until, kernel_.engine.now()}));
}

void HrTimers::arm(HrTimer& timer, int cpu, sim::Time expires, sim::Time slack) {
  cancel(timer);
  Base& base = bases_[static_cast<std::size_t>(cpu)];
  timer.soft_ = expires;
  timer.hard_ = expires + slack;
  timer.sequence_ = next_sequence_++;
  timer.cpu_ = cpu;
  if (*base.tree.insert(&timer).first == *base.tree.begin()) program(base);
}

void HrTimers::cancel(HrTimer& timer) {
  if (!timer.armed()) return;
  Base& base = bases_[static_cast<std::size_t>(timer.cpu_)];
  const bool first = *base.tree.begin() == &timer;
  base.tree.erase(&timer);
  timer.cpu_ = -1;
  if (first) program(base);
}

sim::Time HrTimers::next(int cpu) const {
  const Base& base = bases_[static_cast<std::size_t>(cpu)];
  return base.tree.empty() ? sim::Time::max() : (*base.tree.begin())->hard_;
}

void HrTimers::Base::fire(sim::Time) {
  owner->scheduler_.interrupt(cpu, [this](Irq& irq) { owner->run_expired(*this, irq); });
}

// hrtimer_interrupt(): what is due when it begins, and twice what became due meanwhile. Where that does not
// end (periods shorter than an expiry takes) the timers wait for as long as all this took, 100 ms at most.
void HrTimers::run_expired(Base& base, Irq& irq) {
  constexpr int kPasses = 3;
  irq.charge(interrupt_path_);
  const sim::Time entry = irq.now();
  const auto due = [&](sim::Time now) { return !base.tree.empty() && (*base.tree.begin())->soft_ <= now; };
  for (int pass = 0; pass < kPasses && due(irq.now()); ++pass) run_due(base, irq, irq.now());
  base.held_until = {};
  if (due(irq.now())) base.held_until = irq.now() + std::min(irq.now() - entry, sim::milliseconds(100));
  program(base);
}

// __hrtimer_run_queues(): everything whose range has begun, in the order of the hard expiry.
void HrTimers::run_due(Base& base, Irq& irq, sim::Time now) {
  const auto due = [&] { return !base.tree.empty() && (*base.tree.begin())->soft_ <= now; };
  while (due()) {
    irq.charge(expire_path_);
    if (!due()) break;  // other tasks ran meanwhile: the one that was due may be cancelled and gone
    HrTimer& timer = **base.tree.begin();
    base.tree.erase(base.tree.begin());
    timer.cpu_ = -1;
    timer.expire(irq);
  }
}

}  // namespace isosim::kernel
