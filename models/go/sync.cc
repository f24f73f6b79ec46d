#include "models/go/sync.h"

namespace isosim::go {

void Mutex::lock(G& self) {
  while (locked_) {
    waiting_.push_back(&self);
    self.park();
  }
  locked_ = true;
}

void Mutex::unlock(G& self) {
  locked_ = false;
  if (waiting_.empty()) return;
  G& next = *waiting_.front();
  waiting_.pop_front();
  self.runtime.ready(self, next);
}

void RwMutex::wait(G& self, bool write) {
  waiting_.push_back({&self, write});
  const auto waits = [&] {
    return std::any_of(waiting_.begin(), waiting_.end(), [&](const Waiter& w) { return w.g == &self; });
  };
  while (waits()) self.park();
}

void RwMutex::lock(G& self) {
  if (writing_ || readers_ > 0 || !waiting_.empty())
    wait(self, true);  // admit() has given it the lock
  else
    writing_ = true;
}

void RwMutex::read_lock(G& self) {
  if (writing_ || !waiting_.empty())
    wait(self, false);
  else
    ++readers_;
}

// Those at the front that may have it, before any of them is woken: a wake can take time.
void RwMutex::admit(G& self) {
  if (waiting_.empty()) return;
  std::deque<G*> woken;
  while (!waiting_.empty() && !writing_ && !(waiting_.front().write && readers_ > 0)) {
    if (waiting_.front().write)
      writing_ = true;
    else
      ++readers_;
    woken.push_back(waiting_.front().g);
    waiting_.pop_front();
  }
  for (G* g : woken) self.runtime.ready(self, *g);
}

void RwMutex::unlock(G& self) {
  writing_ = false;
  admit(self);
}

void RwMutex::read_unlock(G& self) {
  if (--readers_ == 0) admit(self);
}

void Condition::wait(G& self, RwMutex& held) {
  waiting_.push_back(&self);
  held.unlock(self);
  while (std::find(waiting_.begin(), waiting_.end(), &self) != waiting_.end()) self.park();
  held.lock(self);
}

void Condition::signal(G& by) {
  if (waiting_.empty()) return;
  G& next = *waiting_.front();
  waiting_.pop_front();
  by.runtime.ready(by, next);
}

}  // namespace isosim::go
