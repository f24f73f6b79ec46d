// Signals that processes outside the trace sent: when they come is played from the record. What a blocked
// call makes of one is the kernel's affair.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "models/stack.h"
#include "traces/event.h"
#include "traces/gaps.h"
#include "workloads/replay/decode.h"
#include "workloads/replay/lookahead.h"

namespace isosim::workloads {

// The signal of `event` was sent by a process that was not traced, or is the program's own fault.
bool from_outside(const traces::Event& event, const IdMap& ids, int pid_space);

class OutsideSignals {
 public:
  // `behind`: whether a thread other than `tid` still has to do what the record has done before the call or
  // signal of that place and time.
  using Behind = std::function<bool(std::int32_t tid, std::uint64_t sequence, std::int64_t start_ns)>;

  OutsideSignals(models::Stack& stack, const traces::TracerOverhead& overhead, Behind behind);
  ~OutsideSignals();

  // Before a call that the record shows to have been interrupted: if the next event is a signal from outside,
  // it comes after as long as the recorded call waited, and not before the others have come as far as they
  // had: who sent it may have waited for them.
  void before_call(kernel::Thread& thread, const traces::Event& call, Lookahead& ahead, const IdMap& ids,
                   int pid_space);

  // The event of a signal is there: sends it unless it came before.
  void deliver(kernel::Thread& thread, const traces::Event& event);

  // Signals wait for threads that are behind: after each event of any.
  [[nodiscard]] bool waiting() const { return !waiting_.empty(); }
  void look_again();
  bool give_up();  // the first that waits comes now; false: none does

 private:
  struct Arrival;
  void send(kernel::Thread& thread, int signal);

  models::Stack& stack_;
  const traces::TracerOverhead& overhead_;
  Behind behind_;
  std::vector<Arrival*> waiting_;
  std::map<std::uint64_t, std::unique_ptr<Arrival>> arrivals_;  // by sequence of the signal's event
};

}  // namespace isosim::workloads
