#include "models/go/sysmon.h"

#include <algorithm>
#include <array>

#include "kernel-model/abi/syscall_names.h"
#include "models/go/paths.h"

namespace isosim::go {

namespace {

constexpr std::int64_t kShort = 20, kLong = 10'000, kShortRounds = 50;  // us
constexpr int kGrowing = kShortRounds + 10;                             // until the delay is kLong

// When the rounds are whose delays still grow, since sysmon awoke.
constexpr std::array<sim::Time, kGrowing> kRounds = [] {
  std::array<sim::Time, kGrowing> rounds{};
  std::int64_t delay = kShort, at = 0;
  for (int i = 0; i < kGrowing; ++i) {
    rounds[static_cast<std::size_t>(i)] = sim::microseconds(at);
    if (i > kShortRounds) delay = std::min(delay * 2, kLong);
    at += delay;
  }
  return rounds;
}();

}  // namespace

sim::Time Sysmon::round_after(sim::Time at) const {
  if (at < awake_since_) return awake_since_;
  const sim::Time awake = at - awake_since_;
  const auto next = std::upper_bound(kRounds.begin(), kRounds.end(), awake);
  if (next != kRounds.end()) return awake_since_ + *next;
  const std::int64_t period = sim::microseconds(kLong).ps;
  const std::int64_t rounds = (awake - kRounds.back()).ps / period + 1;
  return awake_since_ + kRounds.back() + sim::Time{rounds * period};
}

// retake(): Ps with goroutines of their own; and others if no M is there to run those that have none.
bool Sysmon::wanted(const P& p) const {
  if (p.status != PStatus::syscall) return false;
  if (!p.empty()) return true;
  return !runtime_.global_queue_.empty() && runtime_.idle_ps_.empty() && runtime_.spinning_ == 0;
}

void Sysmon::arm() {
  if (!m_.thread) return;
  sim::Time next = sim::Time::max();
  for (const P& p : runtime_.ps_)
    if (wanted(p)) next = std::min(next, due(p));
  if (next != sim::Time::max()) runtime_.host.engine.schedule(*this, next);
}

void Sysmon::fire(sim::Time /*now*/) {
  due_ = true;
  if (m_.thread && m_.thread->state != kernel::RunState::dead) runtime_.host.sched->wake(*m_.thread, nullptr);
}

void Sysmon::start(M& by) {
  runtime_.new_thread(by, [this](kernel::Thread& thread) {
    m_.thread = &thread;
    m_.g0 = thread.task;
    try {
      watch();
    } catch (const models::ProcessEnded&) {
    }
    m_.thread = nullptr;
  });
}

void Sysmon::watch() {
  kernel::Kernel& host = runtime_.host;
  kernel::Thread& self = *m_.thread;
  awake_since_ = self.now();
  arm();
  while (self.state != kernel::RunState::dead) {
    kernel::Sys sys;
    sys.nr = kernel::nr::nanosleep;
    sys.at[0] = kernel::Timespec{sim::microseconds(kLong)};
    std::int64_t result = 0;
    if (host.enter_call(self, sys, result)) {
      while (!due_ && !self.killed) {
        self.state = kernel::RunState::interruptible;
        host.sched->block(self);
      }
    }
    host.leave_call(self, sys, result);
    if (self.state == kernel::RunState::dead) return;
    due_ = false;
    self.charge(runtime_.paths_->sysmon, runtime_.ps_.size());
    for (P& p : runtime_.ps_)
      if (wanted(p) && due(p) <= self.now()) retake(p);
    arm();
  }
}

// And handoffp(): there is work for it, so that an M gets it at once.
void Sysmon::retake(P& p) {
  awake_since_ = m_.thread->now();
  p.m = nullptr;
  runtime_.start_machine(m_, p, false);
}

}  // namespace isosim::go
