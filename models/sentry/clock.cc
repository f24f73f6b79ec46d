#include "models/sentry/clock.h"

#include "kernel-model/abi/syscall_names.h"

namespace isosim::models {

namespace {

constexpr std::uint64_t kRealtime = 0;

void clock_gettime(go::G& g) {
  kernel::Sys sys;
  sys.nr = kernel::nr::clock_gettime;
  sys.arg[0] = kRealtime;
  g.raw_call(sys);
}

}  // namespace

Clock::Clock(const sim::Catalogue& catalogue)
    : tsc_(catalogue.find("sentry.clock.tsc")), sample_(catalogue.find("sentry.clock.sample")) {}

void Clock::start(go::G& g) {
  sample(g);
  samples_ = 1;
  first_ = g.now();
}

// Both clocks are sampled between two readings of the TSC (sampler.go).
void Clock::sample(go::G& g) {
  for (int clock = 0; clock < 2; ++clock) {
    g.charge(sample_);
    clock_gettime(g);
  }
}

// The timer goroutine wakes it each second; until the second sample there is nothing to do but wait.
void Clock::calibrate(go::G& g) {
  g.sleep([] { return false; }, first_ + sim::milliseconds(1000));
  sample(g);
  samples_ = 2;
}

void Clock::read(go::G& g) {
  if (calibrated()) {
    g.charge(tsc_);
  } else {
    clock_gettime(g);
  }
}

}  // namespace isosim::models
