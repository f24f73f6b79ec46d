// Go's monitor thread (sysmon() and retake() of runtime/proc.go, Go 1.12): takes the P of a goroutine that
// stays in the kernel, for the goroutines that wait for a P. It sleeps 20 us at a time and, after 50 rounds
// without work, twice as long each round up to 10 ms; of these rounds only those that find a P to take are
// run.
#pragma once

#include "models/go/runtime.h"

namespace isosim::go {

class Sysmon final : private sim::Event {
 public:
  explicit Sysmon(Runtime& runtime) : runtime_(runtime) {}

  // Creates the thread; `by` is the process's first M.
  void start(M& by);
  // A P has gone into the kernel, or a goroutine was left without a P: looks at it in time.
  void arm();

 private:
  void fire(sim::Time now) override;
  void watch();
  void retake(P& p);
  [[nodiscard]] bool wanted(const P& p) const;
  [[nodiscard]] sim::Time round_after(sim::Time at) const;
  // It has to see a P in the same call twice.
  [[nodiscard]] sim::Time due(const P& p) const { return round_after(round_after(p.syscall_since)); }

  Runtime& runtime_;
  M m_;
  sim::Time awake_since_;  // when it last did something
  bool due_ = false;
};

}  // namespace isosim::go
