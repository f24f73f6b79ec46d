#include "sim/engine.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "sim/params.h"

namespace isosim::sim {

namespace {

const Param stack_bytes{
    "sim.task_stack",
    "bytes",
    16 * 1024,
    64 * 1024 * 1024,
    128 * 1024,
    "stack of one task; address space, of which only touched pages take memory",
    "deep enough for every model: tests run under AddressSanitizer with four times the frames"};

// The lowest bit of a token says what the entry is; the rest is the sequence number that breaks ties.
constexpr std::uint64_t task_kind = 0, event_kind = 1;

// What the digest mixes in place of a task and a path.
constexpr std::uint64_t event_mark = ~std::uint64_t{0};

}  // namespace

Event::~Event() {
  if (entries == 0) return;
  if (pending()) engine_->cancel(*this);
  engine_->queue_.forget(*this);
}

Engine::Engine() : Engine(Settings{}) {}

Engine::Engine(const Settings& settings) : stacks_(static_cast<std::size_t>(settings.integer(stack_bytes))) {}

Engine::~Engine() {
  // Locals of the tasks may wake others or leave frames while they are destroyed; that must find an engine
  // and no observer, which may be gone.
  closing_ = true;
  observer_ = nullptr;
  for (auto& task : tasks_) {
    if (!task->coroutine_) continue;
    {
      const StackSwitch announce(task->bounds());
      (*task->coroutine_)();
    }
    task->finish();
  }
  queue_.for_each([](Pending& what) { what.entries = 0; });
}

Task& Engine::spawn(std::string name, Task::Body body, Time at) {
  const auto id = static_cast<std::uint32_t>(tasks_.size());
  Task& task = *tasks_.emplace_back(std::make_unique<Task>(*this, id, std::move(name), std::move(body)));
  task.suspended_ = true;
  wake(task, at);
  return task;
}

void Engine::wake(Task& task, Time at) {
  if (!task.suspended_ || task.done_) return;
  at = std::max(at, now());
  if (task.token != 0 && task.now_ <= at) return;  // due earlier anyway
  task.now_ = at;
  queue(at, task, task_kind);
}

void Engine::schedule(Event& event, Time at) {
  event.engine_ = this;
  queue(std::max(at, now()), event, event_kind);
}

void Engine::cancel(Event& event) {
  if (!event.pending()) return;
  event.token = 0;
  queue_.count_stale();
}

void Engine::stop_before(Time at) {
  limit_ = std::min(limit_, at);
  horizon_ = std::min(horizon_, at);
}

void Engine::advance_to(Time at) {
  if (current_ || at < now_ || at > next()) {
    throw std::logic_error("the clock stands at " + std::to_string(now().ps) + " ps and cannot be moved to " +
                           std::to_string(at.ps) + " ps");
  }
  now_ = at;
}

void Engine::run_before(Time limit) {
  if (current_) throw std::logic_error("task " + current_->name() + " tried to run the engine that runs it");
  limit_ = limit;
  while (const EventQueue::Entry* top = queue_.top()) {
    if (top->at >= limit_) return;
    now_ = top->at;
    Pending& what = *top->what;
    const bool is_task = (top->token & 1) == task_kind;
    queue_.take_top();
    if (queue_.size() > 64) prefetch_upcoming();  // fewer tasks stay in the nearest cache
    horizon_ = std::min(limit_, queue_.next_hint());
    what.token = 0;
    if (is_task) {
      resume(static_cast<Task&>(what));
    } else {
      digest_.mix(event_mark, static_cast<std::uint64_t>(now_.ps));
      static_cast<Event&>(what).fire(now_);
    }
  }
}

// A switch among many tasks is bound by cache misses, all of them on lines that are known one event ahead.
void Engine::prefetch_upcoming() const {
  const EventQueue::Entry* next = queue_.upcoming();
  if (next && (next->token & 1) == task_kind) static_cast<const Task*>(next->what)->prefetch();
  for (std::size_t i = 1; i < 7; ++i)
    if (const EventQueue::Entry* later = queue_.at_place(i)) __builtin_prefetch(later->what, 1);
}

void Engine::resume(Task& task) {
  task.suspended_ = false;
  task.now_ = now_;
  current_ = &task;
  ++switches_;
  if (task.coroutine_) {
    const StackSwitch announce(task.bounds());
    (*task.coroutine_)();
  } else {
    task.prepare_stack(stacks_);
    const StackSwitch announce(task.bounds());
    task.start();
  }
  current_ = nullptr;
  // The local time of a task that sleeps or gave way is when it goes on: the clock is not there yet.
  if (task.token == 0) now_ = task.now_;
  if (task.done_) {
    task.finish();
    if (task.error_) std::rethrow_exception(std::exchange(task.error_, nullptr));
  }
}

std::vector<const Task*> Engine::suspended() const {
  std::vector<const Task*> waiting;
  for (const auto& task : tasks_)
    if (task->suspended_ && task->token == 0) waiting.push_back(task.get());
  return waiting;
}

}  // namespace isosim::sim
