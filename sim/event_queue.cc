#include "sim/event_queue.h"

#include <algorithm>

namespace isosim::sim {

void EventQueue::sift_up(std::size_t hole, const Entry& entry) {
  while (hole > 0) {
    const std::size_t parent = (hole - 1) / 2;
    if (!before(entry, heap_[parent])) break;
    heap_[hole] = heap_[parent];
    hole = parent;
  }
  heap_[hole] = entry;
}

// Moves the hole to a leaf first and lifts the entry from there: an entry that replaces the root mostly
// belongs near the bottom, and the way down then has one comparison a level, which needs no branch.
void EventQueue::sift_down_from_root(const Entry& entry) {
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
  sift_up(hole, entry);
}

void EventQueue::push(const Entry& entry) {
  ++entry.what->entries;
  if (vacant_) {
    vacant_ = false;
    sift_down_from_root(entry);
  } else {
    heap_.push_back(entry);
    sift_up(heap_.size() - 1, entry);
  }
}

void EventQueue::remove_root() {
  const Entry last = heap_.back();
  heap_.pop_back();
  if (!heap_.empty()) sift_down_from_root(last);
}

void EventQueue::fill() {
  if (!vacant_) return;
  vacant_ = false;
  remove_root();
}

const EventQueue::Entry* EventQueue::top() {
  fill();
  while (!heap_.empty()) {
    const Entry& root = heap_.front();
    if (root.what->token == root.token) return &root;
    --root.what->entries;
    --stale_;
    remove_root();
  }
  return nullptr;
}

void EventQueue::take_top() {
  --heap_.front().what->entries;
  vacant_ = true;
}

Time EventQueue::next_hint() const {
  if (!vacant_) return heap_.empty() ? Time::max() : heap_.front().at;
  if (heap_.size() > 2) return std::min(heap_[1].at, heap_[2].at);
  return heap_.size() == 2 ? heap_[1].at : Time::max();
}

Time EventQueue::next() {
  if (vacant_) {
    if (heap_.size() < 2) return Time::max();
    const Entry& second = heap_.size() > 2 && before(heap_[2], heap_[1]) ? heap_[2] : heap_[1];
    if (second.what->token == second.token) return second.at;
  }
  const Entry* root = top();
  return root ? root->at : Time::max();
}

void EventQueue::count_stale() {
  ++stale_;
  if (stale_ > 64 && stale_ > heap_.size() / 2) {
    remove_if([](const Entry& entry) { return entry.what->token != entry.token; });
    stale_ = 0;
  }
}

void EventQueue::forget(const Pending& what) {
  if (what.entries == 0) return;
  remove_if([this, &what](const Entry& entry) {
    if (entry.what != &what) return false;
    if (entry.token != what.token) --stale_;
    return true;
  });
}

template <class Predicate>
void EventQueue::remove_if(Predicate predicate) {
  fill();
  std::erase_if(heap_, [&](const Entry& entry) {
    if (!predicate(entry)) return false;
    --entry.what->entries;
    return true;
  });
  std::make_heap(heap_.begin(), heap_.end(), [](const Entry& a, const Entry& b) { return before(b, a); });
}

}  // namespace isosim::sim
