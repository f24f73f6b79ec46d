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

// What the digest mixes in place of a task and a path.
constexpr std::uint64_t event_mark = ~std::uint64_t{0};

}  // namespace

Event::~Event() {
  if (pending()) engine_->cancel(*this);
}

Engine::Engine() : Engine(Settings{}) {}

Engine::Engine(const Settings& settings) : stacks_(static_cast<std::size_t>(settings.integer(stack_bytes))) {}

Engine::~Engine() {
  // Locals of the tasks may wake others or leave frames while they are destroyed; that must find an engine
  // and no observer, which may be gone.
  closing_ = true;
  observer_ = nullptr;
  for (auto& task : tasks_) {
    if (!task->continuation_.fiber || task->done_) continue;
    switch_stack(loop_, task->continuation_);
    stacks_.put(task->stack_);
  }
  queue_.clear();
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
  if (task.pending() && task.now_ <= at) return;  // due earlier anyway
  task.now_ = at;
  queue(at, task);
}

void Engine::schedule(Event& event, Time at) {
  event.engine_ = this;
  queue(std::max(at, now()), event);
}

void Engine::cancel(Event& event) { queue_.remove(event); }

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
  while (queue_.next() < limit_) {
    Pending& what = take_first();
    if (what.is_task) {
      resume(static_cast<Task&>(what));
    } else {
      digest_.mix(event_mark, static_cast<std::uint64_t>(now_.ps));
      static_cast<Event&>(what).fire(now_);
    }
  }
}

// Runs a task, and those that follow it without coming back here.
void Engine::resume(Task& first) {
  if (!first.continuation_.fiber) first.make_stack(stacks_);
  enter(first);
  switch_stack(loop_, first.continuation_);
  Task& task = *std::exchange(current_, nullptr);
  // The local time of a task that sleeps or gave way is when it goes on: the clock is not there yet.
  if (!task.pending()) now_ = task.now_;
  if (task.done_) {
    task.body_ = nullptr;
    stacks_.put(task.stack_);
    if (task.error_) std::rethrow_exception(std::exchange(task.error_, nullptr));
  }
}

std::vector<const Task*> Engine::suspended() const {
  std::vector<const Task*> waiting;
  for (const auto& task : tasks_)
    if (task->suspended_ && !task->pending()) waiting.push_back(task.get());
  return waiting;
}

}  // namespace isosim::sim
