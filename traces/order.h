// What each call has to wait for before it starts, so that threads meet at shared resources in the recorded
// order and nowhere else (the idea of ARTC: Weiss et al., "ROOT: Replaying Multithreaded Traces with
// Resource-Oriented Ordering", SOSP 2013).
#pragma once

#include <cstdint>
#include <memory>
#include <span>

namespace isosim::traces {

class Trace;
struct InitialTree;

struct Dependency {
  enum class Until : std::uint8_t {
    entered,    // the event's call has begun: it may still block
    completed,  // it has returned
  };
  std::int32_t tid = 0;
  Until until = Until::completed;
  std::uint64_t index = 0;  // of the event among those of `tid`
  bool operator==(const Dependency&) const = default;
};

// Reads the trace ahead of the replay, in recorded order and only as far as it is asked: memory follows the
// distance between the threads, not the length of the trace. A trace of one thread is not read at all.
class Order {
 public:
  Order(const Trace& trace, const InitialTree& tree);
  ~Order();
  Order(Order&&) noexcept;
  Order& operator=(Order&&) noexcept;

  struct Before {
    // The events of other threads that the event waits for; each of them is earlier in the order of effects
    // (Trace::effects()), at most one for each thread and Until.
    std::span<const Dependency> dependencies;
    // A futex wake: the threads that it woke, in the order in which their waits ended.
    std::span<const std::int32_t> woken;
  };

  // Of event `index` of `tid`. Ask with rising `index` for each thread. Valid until the next call.
  Before before(std::int32_t tid, std::uint64_t index);

 private:
  struct Scan;
  std::unique_ptr<Scan> scan_;  // null: one thread
};

}  // namespace isosim::traces
