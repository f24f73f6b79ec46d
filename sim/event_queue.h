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
// comes back, because most do, and one replacement costs half of a removal and an insertion. What every event
// passes through is inline here.
class EventQueue {
 public:
  struct Entry {
    Time at;
    std::uint64_t token;
    Pending* what;
  };

  void push(Time at, std::uint64_t token, Pending& what) {
    ++what.entries;
    if (vacant_) {
      vacant_ = false;
      replace_root({at, token, &what});
    } else {
      heap_.push_back({at, token, &what});
      sift_up(heap_.data(), heap_.size() - 1, {at, token, &what});
    }
  }

  // The earliest live entry, or null. Fills the vacancy and drops stale entries on the way.
  const Entry* top() {
    if (!vacant_ && !heap_.empty() && live(heap_.front())) [[likely]]
      return heap_.data();
    return settle_top();
  }

  // Makes the root vacant. Only directly after top() returned an entry.
  void take_top() {
    --heap_.front().what->entries;
    vacant_ = true;
  }

  // What seems to come next, or null: a stale entry counts.
  [[nodiscard]] const Entry* upcoming() const {
    const Entry* const heap = heap_.data();
    if (heap_.size() > 2 && vacant_) [[likely]]
      return heap + 1 + static_cast<std::size_t>(before(heap[2], heap[1]));
    return heap_.size() > std::size_t{vacant_} ? heap + std::size_t{vacant_} : nullptr;
  }

  // When the next entry is due; a stale one counts, so the answer may be too early, never too late.
  [[nodiscard]] Time next_hint() const {
    const Entry* entry = upcoming();
    return entry ? entry->at : Time::max();
  }

  // The same without stale entries.
  Time next() {
    if (const Entry* entry = upcoming(); entry && live(*entry)) return entry->at;
    const Entry* root = top();
    return root ? root->at : Time::max();
  }

  // The entry at a place of the heap (0 the root), or null: the first few are what comes soon.
  [[nodiscard]] const Entry* at_place(std::size_t index) const {
    return index < heap_.size() ? &heap_[index] : nullptr;
  }
  [[nodiscard]] std::size_t size() const { return heap_.size(); }  // stale ones and a vacancy included

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
  // One subtraction with borrow: which of two children is earlier is a coin toss that no branch predictor
  // learns.
  static bool before(const Entry& a, const Entry& b) {
    __extension__ using Key = unsigned __int128;
    const auto key = [](const Entry& e) { return Key{static_cast<std::uint64_t>(e.at.ps)} << 64 | e.token; };
    return key(a) < key(b);
  }
  static bool live(const Entry& entry) { return entry.what->token == entry.token; }
  static void sift_up(Entry* heap, std::size_t hole, Entry entry);
  void replace_root(Entry entry);
  void fill();
  const Entry* settle_top();
  void remove_root();
  template <class Predicate>
  void remove_if(Predicate predicate);

  std::vector<Entry> heap_;
  std::size_t stale_ = 0;
  bool vacant_ = false;
};

// Entries travel by value, and so in registers: one that was just written in parts and is then read as a
// whole stalls the processor.
inline void EventQueue::sift_up(Entry* heap, std::size_t hole, Entry entry) {
  while (hole > 0) {
    const std::size_t parent = (hole - 1) / 2;
    if (!before(entry, heap[parent])) break;
    heap[hole] = heap[parent];
    hole = parent;
  }
  heap[hole] = entry;
}

// Moves the hole to a leaf first and lifts the entry from there: an entry that replaces the root mostly
// belongs near the bottom, and the way down then has one comparison a level, which needs no branch.
inline void EventQueue::replace_root(Entry entry) {
  const std::size_t size = heap_.size();
  Entry* const heap = heap_.data();
  std::size_t hole = 0;
  std::size_t child = 1;
  while (child + 1 < size) {
    child += static_cast<std::size_t>(before(heap[child + 1], heap[child]));
    heap[hole] = heap[child];
    hole = child;
    child = 2 * hole + 1;
  }
  if (child < size) {
    heap[hole] = heap[child];
    hole = child;
  }
  sift_up(heap, hole, entry);
}

}  // namespace isosim::sim
