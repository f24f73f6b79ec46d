// The event queue and the loop that resumes tasks in time order.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/digest.h"
#include "sim/event_queue.h"
#include "sim/observer.h"
#include "sim/stack_pool.h"
#include "sim/stack_switch.h"
#include "sim/task.h"
#include "sim/time.h"

namespace isosim::sim {

class Settings;

// Something that happens at a time without a stack of its own: a timer, a device's completion.
class Event : private Pending {
 public:
  Event() : Pending(false) {}
  virtual ~Event();  // a pending event is cancelled
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  virtual void fire(Time now) = 0;
  using Pending::pending;

 private:
  friend class Engine;
  Engine* engine_ = nullptr;  // where it was scheduled last
};

class Engine {
 public:
  Engine();
  explicit Engine(const Settings& settings);
  ~Engine();  // unwinds the stacks of tasks that are not done; they must not block or charge while that
              // happens
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Times below that lie before now() count as now().

  // Creates a task that starts at `at`.
  Task& spawn(std::string name, Task::Body body, Time at);

  // Resumes a suspended or sleeping task at `at`, or earlier if it is due earlier anyway. No effect on one
  // that runs.
  void wake(Task& task, Time at);

  void schedule(Event& event, Time at);  // re-arms a pending event
  void cancel(Event& event);

  // Runs until nothing is pending. Throws what a task's body throws; that task is done then, and run() may be
  // called again. Throws std::logic_error if called by a task.
  void run() { run_before(Time::max()); }

  // Runs what is due before `limit`, and before every time given to stop_before() meanwhile.
  void run_before(Time limit);
  void stop_before(Time at);

  // When the next task or event is due; Time::max() if nothing is pending.
  [[nodiscard]] Time next() const { return queue_.next(); }

  // Moves the clock while no task runs. Throws std::logic_error when that goes back or past next().
  void advance_to(Time at);

  // Tasks that wait for a wake() which nobody has promised: after run(), those are stuck.
  [[nodiscard]] std::vector<const Task*> suspended() const;

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
  friend class Event;

  void queue(Time at, Pending& what);
  Pending& take_first();
  Pending& exchange_first(Time at, Pending& what);
  [[nodiscard]] Task* upcoming_task() const;
  void enter(Task& task);
  void resume(Task& task);

  EventQueue queue_;
  Task* current_ = nullptr;
  Time now_;
  Time horizon_ =
      Time::max();  // what is earliest of all others: a task that stays before it need not give way
  Time limit_ = Time::max();
  std::uint64_t switches_ = 0;
  Observer* observer_ = nullptr;
  Digest digest_;
  bool closing_ = false;
  Continuation loop_;  // of run_before()
  StackPool stacks_;
  std::vector<std::unique_ptr<Task>> tasks_;
};

inline void Engine::queue(Time at, Pending& what) {
  queue_.push(at, what);
  if (at < horizon_) horizon_ = at;
}

// Takes what is due first off the queue and makes its time the present.
inline Pending& Engine::take_first() {
  now_ = queue_.next();
  Pending& what = queue_.take_first();
  horizon_ = std::min(limit_, queue_.next());
  return what;
}

inline void Engine::enter(Task& task) {
  task.suspended_ = false;
  task.now_ = now_;
  current_ = &task;
  ++switches_;
}

// The same, and queues `what` instead.
inline Pending& Engine::exchange_first(Time at, Pending& what) {
  now_ = queue_.next();
  Pending& first = queue_.exchange_first(at, what);
  horizon_ = std::min(limit_, queue_.next());
  return first;
}

// What is next, if it is a task that has a stack.
inline Task* Engine::upcoming_task() const {
  if (queue_.next() >= limit_ || !queue_.first().is_task) return nullptr;
  Task& task = static_cast<Task&>(queue_.first());
  return task.continuation_.fiber ? &task : nullptr;
}

inline void Task::record(PathId path, Time start, Time span, std::uint64_t units) {
  engine_->digest_.mix((std::uint64_t{id_} << 32) | path.index, static_cast<std::uint64_t>(now_.ps));
  if (engine_->observer_) engine_->observer_->on_charge(*this, path, start, span, units);
}

inline void Task::advance(PathId path, Time span, std::uint64_t units) {
  const Time start = now_;
  now_ += span;
  record(path, start, span, units);
}

inline void Task::let_others_run() {
  if (now_ >= engine_->horizon_) give_way();
}

inline void Task::accrue(PathId path, std::uint64_t units) {
  if (residency_ && !residency_->near(path)) fetch(path);
  advance(path, span_of(costs_[path.index], units), units);
}

inline void Task::charge(PathId path, std::uint64_t units) {
  accrue(path, units);
  let_others_run();
}

inline void Task::spend(PathId path, Time span, std::uint64_t units) {
  advance(path, span, units);
  let_others_run();
}

}  // namespace isosim::sim
