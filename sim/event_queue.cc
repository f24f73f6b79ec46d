#include "sim/event_queue.h"

#include <algorithm>

namespace isosim::sim {

void EventQueue::remove_root() {
  const Entry last = heap_.back();
  heap_.pop_back();
  if (!heap_.empty()) replace_root(last);
}

void EventQueue::fill() {
  if (!vacant_) return;
  vacant_ = false;
  remove_root();
}

const EventQueue::Entry* EventQueue::settle_top() {
  fill();
  while (!heap_.empty()) {
    if (live(heap_.front())) return heap_.data();
    --heap_.front().what->entries;
    --stale_;
    remove_root();
  }
  return nullptr;
}

void EventQueue::count_stale() {
  ++stale_;
  if (stale_ > 64 && stale_ > heap_.size() / 2) {
    remove_if([](const Entry& entry) { return !live(entry); });
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
