#include "sim/task.h"

#include <algorithm>

#include "sim/engine.h"

namespace isosim::sim {

namespace {

// The pool takes a stack back when its task is done.
struct KeptStack {
  void deallocate(boost::context::stack_context&) const {}
};

// Ends a body whose engine is being destroyed.
struct Unwind {};

// What the digest mixes in place of a path when a task was away.
constexpr std::uint64_t wait_mark = 0xFFFF'FFFFu;

}  // namespace

Task::Task(Engine& engine, std::uint32_t id, std::string name, Body body)
    : Pending(true), engine_(&engine), id_(id), name_(std::move(name)), body_(std::move(body)) {}

// Boost asks an allocator for the stack; ours is at hand already because its bounds must be known before the
// first switch.
void Task::make_stack(StackPool& pool) {
  stack_ = pool.get();
  continuation_.bounds = {static_cast<char*>(stack_.sp) - stack_.size, stack_.size};
  continuation_.fiber = {std::allocator_arg, boost::context::preallocated(stack_.sp, stack_.size, stack_),
                         KeptStack{}, [this](boost::context::fiber&& left) { return live(std::move(left)); }};
}

// All that happens on the task's stack.
boost::context::fiber Task::live(boost::context::fiber&&) {
  Announcement::first_arrival();
  try {
    body_(*this);
  } catch (const Unwind&) {
  } catch (...) {
    error_ = std::current_exception();
  }
  done_ = true;
  Announcement::last_departure(continuation_.bounds, engine_->loop_.bounds);
  return std::move(engine_->loop_.fiber);
}

// Goes on with `next`, which is off the queue, or with the engine's loop if that is null.
inline void Task::hand_over(Task* next) {
  Engine& engine = *engine_;
  if (next) engine.enter(*next);
  switch_stack(continuation_, next ? next->continuation_ : engine.loop_);
  if (engine.closing_) throw Unwind{};
}

// Until this task is queued and its turn comes. Comes back at once if it is next.
inline void Task::yield() {
  Engine& engine = *engine_;
  if (engine.closing_) return;  // a destructor of a stack that is being unwound
  Task* const next = engine.upcoming_task();
  if (next) engine.take_first();
  if (next == this) return engine.enter(*this);
  hand_over(next);
}

// Until `at`, or earlier if someone queues this task for an earlier time.
inline void Task::yield_until(Time at) {
  Engine& engine = *engine_;
  if (engine.closing_) return;
  Task* const next = engine.upcoming_task();
  if (next && engine.next() <= at) {
    engine.exchange_first(at, *this);
    return hand_over(next);
  }
  engine.queue(at, *this);
  yield();
}

void Task::fetch(PathId path) {
  const std::uint64_t units = residency_->fetch(path);
  if (units == 0) return;
  const PathId fetching = residency_->fetch_path();
  advance(fetching, span_of(costs_[fetching.index], units), units);
}

void Task::give_way() {
  Engine& engine = *engine_;
  engine.horizon_ = std::min(engine.limit_, engine.next());
  if (now_ < engine.horizon_) return;  // what set the horizon was superseded
  yield_until(now_);
}

void Task::suspend(std::string_view reason) {
  const Time start = now_;
  suspended_ = true;
  reason_ = reason;
  yield();
  engine_->digest_.mix((std::uint64_t{id_} << 32) | wait_mark, static_cast<std::uint64_t>(now_.ps));
  if (engine_->observer_) engine_->observer_->on_wait(*this, reason, start, now_);
}

// Returns false if a wake() came before `at`.
inline bool Task::pause_until(Time at) {
  if (at < engine_->horizon_) {  // nobody else runs before, so nobody can wake this task
    now_ = std::max(now_, at);
    return true;
  }
  suspended_ = true;
  now_ = at;
  yield_until(at);
  return now_ >= at;
}

bool Task::sleep_until(Time at, std::string_view reason) {
  const Time start = now_;
  reason_ = reason;
  const bool undisturbed = pause_until(at);
  engine_->digest_.mix((std::uint64_t{id_} << 32) | wait_mark, static_cast<std::uint64_t>(now_.ps));
  if (engine_->observer_) engine_->observer_->on_wait(*this, reason, start, now_);
  return undisturbed;
}

Time Task::spend_interruptible(PathId path, Time span) {
  const Time start = now_;
  pause_until(start + span);
  record(path, start, now_ - start, 0);
  return span - (now_ - start);
}

Frame::Frame(Task& task, std::string_view name) : task_(task) {
  if (Observer* observer = task.engine().observer()) observer->on_enter(task, name, task.now());
}

Frame::~Frame() {
  if (Observer* observer = task_.engine().observer()) observer->on_leave(task_, task_.now());
}

}  // namespace isosim::sim
