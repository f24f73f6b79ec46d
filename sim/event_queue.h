// What is pending, in time order; equal times in the order in which they were queued.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/time.h"

namespace isosim::sim {

// Base of what can be queued. Only the entry whose token equals `token` counts; older entries of the same
// object are stale and are skipped when they surface, which is cheaper than finding them in the heap.
struct Pending {
  std::uint64_t token = 0;    // 0: not pending
  std::uint32_t entries = 0;  // how many entries, stale ones included, point here
};

// A binary heap whose root may be vacant: the entry that runs is not removed until it is known whether it
// comes back, because most do, and one replacement costs half of a removal and an insertion.
class EventQueue {
 public:
  struct Entry {
    Time at;
    std::uint64_t token;
    Pending* what;
  };

  void push(const Entry& entry);

  // The earliest live entry, or null. Fills the vacancy and drops stale entries on the way.
  const Entry* top();

  // Makes the root vacant. Only directly after top() returned an entry.
  void take_top();

  // When the next entry is due; a stale one counts, so the answer may be too early, never too late.
  [[nodiscard]] Time next_hint() const;

  // The same without stale entries.
  Time next();

  // Called when an entry of the queue became stale. Keeps stale entries below half of the heap.
  void count_stale();

  // Removes every entry of `what`, which is about to be destroyed.
  void forget(const Pending& what);

  // Calls f(Pending&) for every entry, in no particular order.
  template <class F>
  void for_each(F f) {
    fill();
    for (Entry& entry : heap_) f(*entry.what);
  }

 private:
  static bool before(const Entry& a, const Entry& b) {
    return a.at != b.at ? a.at < b.at : a.token < b.token;
  }
  void fill();
  void sift_down_from_root(const Entry& entry);
  void sift_up(std::size_t hole, const Entry& entry);
  void remove_root();
  template <class Predicate>
  void remove_if(Predicate predicate);

  std::vector<Entry> heap_;
  std::size_t stale_ = 0;
  bool vacant_ = false;
};

}  // namespace isosim::sim
