// The event queue and the loop that resumes tasks in time order.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/digest.h"
#include "sim/observer.h"
#include "sim/task.h"
#include "sim/time.h"

namespace isosim::sim {

// Something that happens at a time without a stack of its own: a timer, a device's completion.
class Event {
 public:
  virtual ~Event() = default;
  virtual void fire(Time now) = 0;
  [[nodiscard]] bool pending() const { return token_ != 0; }

 private:
  friend class Engine;
  std::uint64_t token_ = 0;
};

class Engine {
 public:
  Engine();
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Creates a task that starts at `at` (not before now()).
  Task& spawn(std::string name, Task::Body body, Time at);

  // Resumes a suspended or sleeping task at `at`, or earlier if it is due earlier anyway. No effect on one that runs.
  void wake(Task& task, Time at);

  void schedule(Event& event, Time at);  // re-arms a pending event
  void cancel(Event& event);

  // Runs until nothing is pending. Throws what a task's body throws.
  void run();

  // Local time of the running task, or of the event that fires.
  [[nodiscard]] Time now() const { return current_ ? current_->now() : now_; }
  [[nodiscard]] Task* current() const { return current_; }
  [[nodiscard]] std::uint64_t digest() const { return digest_.value(); }
  [[nodiscard]] std::uint64_t switches() const { return switches_; }
  void mix(std::uint64_t a, std::uint64_t b) { digest_.mix(a, b); }

  void set_observer(Observer* observer) { observer_ = observer; }
  [[nodiscard]] Observer* observer() const { return observer_; }

 private:
  friend class Task;

  struct Entry {
    Time at;
    std::uint64_t token;  // sequence number: breaks ties, and tells an entry that was superseded
    Task* task;
    Event* event;
    bool operator>(const Entry& other) const {
      return at != other.at ? at > other.at : token > other.token;
    }
  };

  void push(Time at, std::uint64_t token, Task* task, Event* event);
  bool drop_stale();
  void update_horizon();
  void resume(Task& task);

  std::vector<Entry> heap_;
  std::vector<std::unique_ptr<Task>> tasks_;
  Task* current_ = nullptr;
  Time now_;
  Time horizon_ = Time::max();  // the earliest pending event: a task that stays before it need not give way
  std::uint64_t next_token_ = 1;
  std::uint64_t switches_ = 0;
  Observer* observer_ = nullptr;
  Digest digest_;
};

inline void Task::advance(PathId path, Time span, std::uint64_t units) {
  const Time start = now_;
  now_ += span;
  engine_->digest_.mix((std::uint64_t{id_} << 32) | path.index, static_cast<std::uint64_t>(now_.ps));
  if (engine_->observer_) engine_->observer_->on_charge(*this, path, start, span, units);
  if (now_ >= engine_->horizon_) give_way();
}

inline void Task::charge(PathId path, std::uint64_t units) {
  const Cost& cost = costs_[path.index];
  std::int64_t ps = cost.fixed_ps;
  if (units != 0) ps += (cost.unit_fs * static_cast<std::int64_t>(units) + 500) / 1000;  // 2^63 fs: 2.5 hours a charge
  advance(path, {ps}, units);
}

inline void Task::spend(PathId path, Time span, std::uint64_t units) { advance(path, span, units); }

}  // namespace isosim::sim
