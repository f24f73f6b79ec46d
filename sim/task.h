// A software thread of the simulated machine: a stackful coroutine with a local clock.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <string>
#include <string_view>

#include "sim/digest.h"
#include "sim/event_queue.h"
#include "sim/observer.h"
#include "sim/path.h"
#include "sim/residency.h"
#include "sim/stack_pool.h"
#include "sim/stack_switch.h"
#include "sim/time.h"

namespace isosim::sim {

class Engine;

// A body must not give way (charge, sleep, suspend) inside a catch clause or in a destructor that runs
// because of an exception: the C++ runtime keeps its exception state a thread, not a coroutine.
class alignas(64) Task : private Pending {
 public:
  using Body = std::function<void(Task&)>;

  Task(Engine& engine, std::uint32_t id, std::string name, Body body);
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  // Spends the path's cost for `units` units. Other tasks run first wherever their events are earlier.
  void charge(PathId path, std::uint64_t units = 0);

  // The same, but nobody else runs before the next charge: for a step after which the task does nothing that
  // another could notice, such as one of several in a row. Half of the switches between tasks that run at the
  // same time are saved so.
  void accrue(PathId path, std::uint64_t units = 0);

  // Spends a span that the caller computed (user computation, a device's service time) under the path's name.
  void spend(PathId path, Time span, std::uint64_t units = 0);

  // Like spend, but an earlier wake() ends it; returns what was not spent.
  Time spend_interruptible(PathId path, Time span);

  // Gives way until someone calls Engine::wake(). Wakes that come while the task is not suspended are not
  // kept. `reason` is for observers and for lists of stuck tasks; the characters must outlive the wait.
  void suspend(std::string_view reason = "suspended");

  // Gives way until `at`; a wake() may come earlier. Returns false if it did.
  bool sleep_until(Time at, std::string_view reason = "sleep");

  [[nodiscard]] Time now() const { return now_; }
  [[nodiscard]] std::uint32_t id() const { return id_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] Engine& engine() const { return *engine_; }
  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] std::string_view waits_for() const { return suspended_ ? reason_ : std::string_view{}; }

  // The table that charges are looked up in; whoever places the task on a core sets it.
  void set_costs(const CostTable* costs) { costs_ = costs->data(); }
  // What is near on that core; null for a core without caches, where all is.
  void set_residency(Residency* residency) { residency_ = residency; }

 private:
  friend class Engine;

  void record(PathId path, Time start, Time span, std::uint64_t units);
  void advance(PathId path, Time span, std::uint64_t units);
  void let_others_run();
  void fetch(PathId path);
  void give_way();
  bool pause_until(Time at);
  void hand_over(Task* next);
  void yield();
  void yield_until(Time at);

  void make_stack(StackPool& pool);
  boost::context::fiber live(boost::context::fiber&& left);

  // What a switch touches comes first and fills one cache line with the base: among many tasks, each line is
  // a miss.
  Engine* engine_;
  const Cost* costs_ = nullptr;
  Residency* residency_ = nullptr;
  Time now_;
  Continuation continuation_;
  bool suspended_ = false;  // waits for a wake(), with or without a deadline
  bool done_ = false;
  std::uint32_t id_;

  std::string_view reason_;
  std::string name_;
  Body body_;
  std::exception_ptr error_;
  boost::context::stack_context stack_;
};

// Marks a named interval of a task for observers.
class Frame {
 public:
  Frame(Task& task, std::string_view name);
  ~Frame();
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;

 private:
  Task& task_;
};

}  // namespace isosim::sim
