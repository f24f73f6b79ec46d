#include "kernel-model/time/hrtimer.h"

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
  kernel_.engine.schedule(base, std::max((*base.tree.begin())->hard_, kernel_.engine.now()));
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

// hrtimer_interrupt(): everything whose range has begun goes along with the one that raised the interrupt, in
// the order of the hard expiry.
void HrTimers::run_expired(Base& base, Irq& irq) {
  irq.charge(interrupt_path_);
  while (!base.tree.empty() && (*base.tree.begin())->soft_ <= irq.now()) {
    irq.charge(expire_path_);
    // Other tasks ran meanwhile: the one that was due may be cancelled and gone.
    if (base.tree.empty() || (*base.tree.begin())->soft_ > irq.now()) break;
    HrTimer& timer = **base.tree.begin();
    base.tree.erase(base.tree.begin());
    timer.cpu_ = -1;
    timer.expire(irq);
  }
  program(base);
}

}  // namespace isosim::kernel
