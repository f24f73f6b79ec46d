// User-mode computation on the CPU that a thread has.
#include <algorithm>
#include <utility>

#include "kernel-model/sched/scheduler_impl.h"
#include "kernel-model/signal/signal.h"

namespace isosim::kernel {

// A span at base frequency takes less at turbo and more beside a busy hyper-thread. Speed is taken at the
// begin of a stretch: hardware moves the frequency about once a millisecond only (priors E.5), and so does
// this at each interruption.
sim::Time CfsScheduler::compute(Thread& t, sim::Time span) {
  Impl& s = *impl_;
  preemption_point(t);
  const cpu::MachineSpec& spec = s.k.cpu.spec();
  const auto speed_khz = [&] {
    const RunQueue& rq = s.rq_of(t);
    std::int64_t permille = 1000;
    for (int i = 0; i < s.topology.threads_per_core; ++i) {
      const int sibling = s.topology.cpu_of(s.topology.core_of(rq.cpu), i);
      if (sibling != rq.cpu && s.rq(sibling).curr) permille = s.tunables.smt_permille;
    }
    return s.khz(rq.cpu) * permille / 1000;
  };
  const auto scale = [](sim::Time a, std::int64_t num, std::int64_t den) {
    if (num == den || den == 0) return a;
    return sim::Time{a.ps / den * num + a.ps % den * num / den};  // kHz: 2^23, so no product overflows
  };
  while (span.ps > 0 && !signal_due(t)) {
    const std::int64_t speed = speed_khz(), base = spec.base_khz;
    if (s.ticks_matter(s.rq_of(t))) s.arm_tick(s.rq_of(t), t.now());
    t.se.in_user = true;
    sim::Time left = t.task->spend_interruptible(s.paths.user, scale(span, base, speed));
    t.se.in_user = false;
    left += std::exchange(s.rq_of(t).stolen, {});
    span = scale(left, speed, base);
    s.user_ticks = true;
    preemption_point(t);
    s.user_ticks = false;
  }
  return span;
}

}  // namespace isosim::kernel
