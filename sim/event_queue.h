// What is pending, in time order; equal times in the order in which they were queued.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "sim/time.h"

namespace isosim::sim {

// Base of what can be queued.
struct Pending {
  static constexpr std::uint32_t nowhere = ~std::uint32_t{0};

  explicit Pending(bool task) : is_task(task) {}
  [[nodiscard]] bool pending() const { return leaf != nowhere; }

  std::uint32_t leaf = nowhere;  // in the queue's tree
  const bool is_task;            // or an event
};

// A tournament: every inner node of a binary tree repeats the earlier of its two children, so the root is
// what comes first. A removal is played upwards against opponents whose places are known from the start: the
// loads overlap, and no branch depends on who wins. An insertion stops at the first node that is earlier,
// mostly two or three up. A heap has to finish each comparison on its way down before it knows what to load
// next.
class EventQueue {
 public:
  EventQueue() { grow(); }

  // Moves `what` if it is queued already. Throws std::length_error beyond a million at once.
  void push(Time at, Pending& what) {
    if (what.pending()) [[unlikely]]
      return move(at, what);
    what.leaf = vacant_ != Pending::nowhere ? std::exchange(vacant_, Pending::nowhere) : free_leaf();
    seated_[what.leaf] = &what;
    climb(what.leaf, key(at, what));
  }

  void remove(Pending& what);  // if it is queued

  // Takes the first away; only if next() is not Time::max().
  Pending& take_first() {
    Pending& what = first();
    if (vacant_ != Pending::nowhere) free_.push_back(vacant_);
    vacant_ = std::exchange(what.leaf, Pending::nowhere);
    replay(vacant_, never);
    return what;
  }

  // The same, and queues `what`, which is not queued, in its place: one way up the tree instead of two.
  Pending& exchange_first(Time at, Pending& what) {
    Pending& taken = first();
    what.leaf = std::exchange(taken.leaf, Pending::nowhere);
    seated_[what.leaf] = &what;
    replay(what.leaf, key(at, what));
    return taken;
  }

  // When the first is due; Time::max() if nothing is queued.
  [[nodiscard]] Time next() const { return {static_cast<std::int64_t>(tree_[1] >> 64)}; }

  // The first. Only if next() is not Time::max().
  [[nodiscard]] Pending& first() const { return *seated_[tree_[1] & (max_leaves - 1)]; }

  void clear();

 private:
  // Time, sequence number, leaf: one comparison of 128 bits orders two entries. The sequence numbers last for
  // 10^13 entries.
  __extension__ using Key = unsigned __int128;
  static constexpr unsigned leaf_bits = 20;
  static constexpr std::uint64_t max_leaves = std::uint64_t{1} << leaf_bits;
  static constexpr Key never = Key{static_cast<std::uint64_t>(Time::max().ps)} << 64 | ~std::uint64_t{0};

  Key key(Time at, const Pending& what) {
    return Key{static_cast<std::uint64_t>(at.ps)} << 64 | next_sequence_++ << leaf_bits | what.leaf;
  }

  void move(Time at, Pending& what);
  void replay(std::uint32_t leaf, Key key) {
    Key* const tree = tree_.data();
    std::size_t node = seated_.size() + leaf;
    tree[node] = key;
    while (node > 1) {
      const Key rival = tree[node ^ 1];
      key = rival < key ? rival : key;
      node /= 2;
      tree[node] = key;
    }
  }

  void climb(std::uint32_t leaf, Key key) {
    Key* const tree = tree_.data();
    for (std::size_t node = seated_.size() + leaf; node > 0 && key < tree[node]; node /= 2) tree[node] = key;
  }

  std::uint32_t free_leaf();
  void grow();

  std::vector<Key> tree_;         // the root is 1, the children of n are 2n and 2n + 1, the leaves come last
  std::vector<Pending*> seated_;  // by leaf
  std::vector<std::uint32_t> free_;
  std::uint32_t vacant_ = Pending::nowhere;  // the leaf of what was taken last: most come back at once
  std::uint64_t next_sequence_ = 1;
};

}  // namespace isosim::sim
