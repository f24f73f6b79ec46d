#include "sim/event_queue.h"

#include <algorithm>
#include <stdexcept>

namespace isosim::sim {

void EventQueue::move(Time at, Pending& what) { replay(what.leaf, key(at, what)); }

void EventQueue::remove(Pending& what) {
  if (!what.pending()) return;
  replay(what.leaf, never);
  free_.push_back(std::exchange(what.leaf, Pending::nowhere));
}

std::uint32_t EventQueue::free_leaf() {
  if (free_.empty()) grow();
  const std::uint32_t leaf = free_.back();
  free_.pop_back();
  return leaf;
}

void EventQueue::grow() {
  const std::size_t before = seated_.size(), leaves = std::max<std::size_t>(16, 2 * before);
  if (leaves > max_leaves) throw std::length_error("a million tasks and events are pending");
  std::vector<Key> tree(2 * leaves, never);
  for (std::size_t leaf = 0; leaf < before; ++leaf) tree[leaves + leaf] = tree_[before + leaf];
  for (std::size_t node = leaves; node-- > 1;) tree[node] = std::min(tree[2 * node], tree[2 * node + 1]);
  tree_ = std::move(tree);
  seated_.resize(leaves);
  for (std::size_t leaf = leaves; leaf-- > before;) free_.push_back(static_cast<std::uint32_t>(leaf));
}

void EventQueue::clear() {
  for (std::size_t leaf = 0; leaf < seated_.size(); ++leaf)
    if (tree_[seated_.size() + leaf] != never) remove(*seated_[leaf]);
}

}  // namespace isosim::sim
