#include "sim/task.h"

#include <algorithm>

#include "sim/engine.h"

namespace isosim::sim {

namespace {

// Boost.Coroutine2 asks an allocator for the stack; ours is at hand already because its bounds must be known
// before the first switch.
struct ReadyStack {
  boost::context::stack_context stack;
  StackPool* pool;
  boost::context::stack_context allocate() { return stack; }
  void deallocate(boost::context::stack_context&) { pool->put(stack); }
};

// Boost.Coroutine2 can unwind a stack by itself, but throws before AddressSanitizer can be told of the
// switch.
struct Unwind {};

// What the digest mixes in place of a path when a task was away.
constexpr std::uint64_t wait_mark = 0xFFFF'FFFFu;

}  // namespace

Task::Task(Engine& engine, std::uint32_t id, std::string name, Body body)
    : engine_(&engine), id_(id), name_(std::move(name)), body_(std::move(body)) {}

void Task::prepare_stack(StackPool& pool) { stack_ = pool.get(); }

StackBounds Task::bounds() const { return {static_cast<char*>(stack_.sp) - stack_.size, stack_.size}; }

void Task::start() {
  coroutine_.emplace(ReadyStack{stack_, &engine_->stacks_}, [this](Coroutine::push_type& back) {
    const StackLife life(engine_->resumer_);
    yield_ = &back;
    try {
      body_(*this);
    } catch (const Unwind&) {
    } catch (...) {
      error_ = std::current_exception();
    }
    done_ = true;
  });
}

void Task::finish() {
  const StackVisit visit(bounds(), engine_->resumer_);
  coroutine_.reset();
  body_ = nullptr;
}

inline void Task::yield() {
  if (engine_->closing_) return;  // a destructor of a stack that is being unwound
  resume_point_ = static_cast<const char*>(__builtin_frame_address(0));
  {
    const StackSwitch announce(engine_->resumer_, &engine_->resumer_);
    (*yield_)();
  }
  if (engine_->closing_) throw Unwind{};
}

void Task::prefetch() const {
  if (!resume_point_) return;  // has not run yet
  // Registers and the frames of Boost lie below the frame that gave way, its callers above.
  for (int line = -4; line < 5; ++line) __builtin_prefetch(resume_point_ + 64 * line, 1);
}

void Task::fetch(PathId path) {
  const std::uint64_t units = residency_->fetch(path);
  if (units == 0) return;
  const PathId fetching = residency_->fetch_path();
  advance(fetching, span_of(costs_[fetching.index], units), units);
}

void Task::give_way() {
  Engine& engine = *engine_;
  engine.horizon_ = std::min(engine.limit_, engine.queue_.next());
  if (now_ < engine.horizon_) return;  // what set the horizon was superseded
  engine.queue(now_, *this, 0);
  yield();
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
  engine_->queue(at, *this, 0);
  yield();
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
