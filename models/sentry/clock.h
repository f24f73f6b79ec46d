// The Sentry's clocks (pkg/sentry/time/calibrated_clock.go): answered from the TSC once two samples exist,
// from the host before.
#pragma once

#include "models/go/runtime.h"
#include "sim/params.h"

namespace isosim::models {

class Clock {
 public:
  explicit Clock(const sim::Catalogue& catalogue);

  // Timekeeper.SetClocks: the first sample. The second one comes a second later (ApproxUpdateInterval in
  // pkg/sentry/time/parameters.go), then one each second.
  void start(go::G& g);
  // The calibration goroutine's life; may begin late.
  void calibrate(go::G& g);

  // One reading: without a host call once calibrated, else a raw clock_gettime.
  void read(go::G& g);

  [[nodiscard]] bool calibrated() const { return samples_ >= 2; }

 private:
  void sample(go::G& g);

  sim::PathId tsc_, sample_;
  int samples_ = 0;
  sim::Time first_;  // sample
};

}  // namespace isosim::models
