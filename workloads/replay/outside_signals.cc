#include "workloads/replay/outside_signals.h"

#include <algorithm>
#include <utility>

#include "kernel-model/signal/signal.h"
#include "traces/structure.h"
#include "workloads/replay/recorded_time.h"

namespace isosim::workloads {

using kernel::Thread;
using traces::Event;

bool from_outside(const Event& event, const IdMap& ids, int pid_space) {
  using traces::field;
  using traces::integer;
  const std::string_view code = field(event.signal_info, "si_code");
  if (code == "SI_KERNEL" || code.starts_with("CLD_") || code == "SI_TIMER") return false;
  if (code.starts_with("SEGV_") || code.starts_with("BUS_") || code.starts_with("FPE_") ||
      code.starts_with("ILL_"))
    return true;
  const auto pid = integer(field(event.signal_info, "si_pid"));
  return !pid || !ids.contains(pid_space, static_cast<std::int32_t>(*pid));
}

// Fires in an interrupt of the CPU that the thread is on: the sender's own work is no part of the trace.
struct OutsideSignals::Arrival final : sim::Event {
  Arrival(OutsideSignals& its_owner, const Thread& its_target, std::int32_t recorded_tid,
          const traces::Event& event)
      : owner(its_owner),
        target(its_target.tid),
        tid(recorded_tid),
        signal(event.signal),
        sequence(event.sequence),
        start_ns(event.start_ns) {}

  void fire(sim::Time) override {
    const Thread* thread = owner.stack_.kernel().find_thread(target);
    if (!thread || sent) return;
    if (!unconditional && owner.behind_(tid, sequence, start_ns)) return owner.waiting_.push_back(this);
    owner.stack_.kernel().sched->interrupt(thread->cpu, [this](kernel::Irq&) {
      Thread* still = owner.stack_.kernel().find_thread(target);
      if (still && !std::exchange(sent, true)) owner.send(*still, signal);
    });
  }

  OutsideSignals& owner;
  std::int32_t target, tid;  // emulated, recorded
  int signal;
  std::uint64_t sequence;
  std::int64_t start_ns;
  bool sent = false, unconditional = false;
};

OutsideSignals::OutsideSignals(models::Stack& stack, const traces::TracerOverhead& overhead, Behind behind)
    : stack_(stack), overhead_(overhead), behind_(std::move(behind)) {}
OutsideSignals::~OutsideSignals() = default;

void OutsideSignals::look_again() {
  for (Arrival* arrival : std::exchange(waiting_, {}))
    stack_.engine().schedule(*arrival, stack_.engine().now());
}

bool OutsideSignals::give_up() {
  if (waiting_.empty()) return false;
  Arrival& first = *waiting_.front();
  waiting_.erase(waiting_.begin());
  first.unconditional = true;
  stack_.engine().schedule(first, stack_.engine().now());
  return true;
}

void OutsideSignals::send(Thread& thread, int signal) {
  kernel::SignalInfo info;
  info.signal = signal;
  kernel::send_signal(stack_.kernel(), nullptr, thread, info);
}

void OutsideSignals::before_call(Thread& thread, const Event& call, Lookahead& ahead, const IdMap& ids,
                                 int pid_space) {
  if (call.return_kind != traces::ReturnKind::restart && call.result != -kernel::EINTR_) return;
  const Event* next = ahead.peek(0);
  if (!next || next->kind != traces::EventKind::signal || !from_outside(*next, ids, pid_space)) return;
  const std::int64_t inside = overhead_.state_count > 0 ? overhead_.states[0].inside_ns : 0;
  const sim::Time wait = recorded_time(call.duration_ns - inside);
  auto& arrival = arrivals_[next->sequence] = std::make_unique<Arrival>(*this, thread, call.tid, *next);
  stack_.engine().schedule(*arrival, thread.now() + wait);
}

void OutsideSignals::deliver(Thread& thread, const Event& event) {
  const auto found = arrivals_.find(event.sequence);
  const bool sent = found != arrivals_.end() && std::exchange(found->second->sent, true);
  if (!sent) send(thread, event.signal);
}

}  // namespace isosim::workloads
