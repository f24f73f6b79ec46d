// The locks and channels of Go programs. Taking a free lock or a value that is there costs what the lines
// around it cost; waiting costs a park and a ready.
#pragma once

#include <algorithm>
#include <deque>
#include <optional>

#include "models/go/runtime.h"

namespace isosim::go {

// sync.Mutex in normal mode: who is woken competes with who comes.
class Mutex {
 public:
  void lock(G& self);
  void unlock(G& self);

 private:
  bool locked_ = false;
  std::deque<G*> waiting_;
};

// sync.RWMutex: a waiting writer stops new readers, and its unlock lets all waiting readers in.
class RwMutex {
 public:
  void lock(G& self);
  void unlock(G& self);
  void read_lock(G& self);
  void read_unlock(G& self);

 private:
  struct Waiter {
    G* g;
    bool write;
  };
  void admit(G& self);
  void wait(G& self, bool write);

  int readers_ = 0;
  bool writing_ = false;
  std::deque<Waiter> waiting_;
};

// sync.Cond whose L is held for writing.
class Condition {
 public:
  void wait(G& self, RwMutex& held);
  void signal(G& by);

 private:
  std::deque<G*> waiting_;
};

// chan T with room for `capacity` values; 0: a send waits for its receiver.
template <class T>
class Channel {
 public:
  explicit Channel(std::size_t capacity) : capacity_(capacity) {}

  void send(G& self, T value) {
    if (try_send(self, value)) return;
    senders_.push_back({&self, std::move(value)});
    const auto waits = [&] {
      return std::any_of(senders_.begin(), senders_.end(), [&](const Sender& s) { return s.g == &self; });
    };
    while (waits()) self.park();
  }

  // select { case ch <- value: default: }
  bool try_send(G& self, T value) {
    if (!receivers_.empty()) {
      Receiver* const to = receivers_.front();
      receivers_.pop_front();
      to->value = std::move(value);
      to->done = true;
      self.runtime.ready(self, *to->g);
      return true;
    }
    if (values_.size() >= capacity_) return false;
    values_.push_back(std::move(value));
    if (G* const g = std::exchange(selector_, nullptr)) self.runtime.ready(self, *g);
    return true;
  }

  // Nothing once the channel is closed and empty.
  std::optional<T> receive(G& self) {
    if (std::optional<T> got = try_receive(self); got || closed_) return got;
    Receiver receiver{&self, std::nullopt, false};
    receivers_.push_back(&receiver);
    while (!receiver.done) self.park();
    return std::move(receiver.value);
  }

  std::optional<T> try_receive(G& self) {
    std::optional<T> got;
    if (!values_.empty()) {
      got = std::move(values_.front());
      values_.pop_front();
    }
    if (senders_.empty() || (capacity_ > 0 && values_.size() >= capacity_)) return got;
    G* const sender = senders_.front().g;
    if (got)
      values_.push_back(std::move(senders_.front().value));
    else
      got = std::move(senders_.front().value);
    senders_.pop_front();
    self.runtime.ready(self, *sender);
    return got;
  }

  void close(G& self) {
    closed_ = true;
    std::deque<Receiver*> waiting;
    waiting.swap(receivers_);
    for (Receiver* receiver : waiting) {
      receiver->done = true;
      self.runtime.ready(self, *receiver->g);
    }
  }

  // select over several buffered channels: the next value for one of them wakes `self` (null: no longer).
  void watch(G* self) { selector_ = self; }
  [[nodiscard]] bool ready() const { return !values_.empty(); }

 private:
  struct Sender {
    G* g;
    T value;
  };
  struct Receiver {
    G* g;
    std::optional<T> value;
    bool done;
  };

  std::size_t capacity_;
  bool closed_ = false;
  std::deque<T> values_;
  std::deque<Sender> senders_;
  std::deque<Receiver*> receivers_;
  G* selector_ = nullptr;
};

}  // namespace isosim::go
