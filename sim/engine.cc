#include "sim/engine.h"

#include <algorithm>
#include <functional>

namespace isosim::sim {

Engine::Engine() = default;
Engine::~Engine() = default;

Task& Engine::spawn(std::string name, Task::Body body, Time at) {
  const auto id = static_cast<std::uint32_t>(tasks_.size());
  Task& task = *tasks_.emplace_back(std::make_unique<Task>(*this, id, std::move(name), std::move(body)));
  task.suspended_ = true;
  wake(task, at);
  return task;
}

void Engine::push(Time at, std::uint64_t token, Task* task, Event* event) {
  heap_.push_back({at, token, task, event});
  std::push_heap(heap_.begin(), heap_.end(), std::greater<>{});
  if (at < horizon_) horizon_ = at;
}

void Engine::wake(Task& task, Time at) {
  if (!task.suspended_ || task.done_) return;
  if (task.wake_token_ != 0 && task.now_ <= at) return;  // due earlier anyway
  task.now_ = at;
  task.wake_token_ = next_token_++;
  push(at, task.wake_token_, &task, nullptr);
}

void Engine::schedule(Event& event, Time at) {
  event.token_ = next_token_++;
  push(at, event.token_, nullptr, &event);
}

void Engine::cancel(Event& event) { event.token_ = 0; }

// Entries of superseded wakes and cancelled events stay in the heap until they surface.
bool Engine::drop_stale() {
  while (!heap_.empty()) {
    const Entry& top = heap_.front();
    const std::uint64_t live = top.task ? top.task->wake_token_ : top.event->token_;
    if (live == top.token) return true;
    std::pop_heap(heap_.begin(), heap_.end(), std::greater<>{});
    heap_.pop_back();
  }
  return false;
}

void Engine::update_horizon() { horizon_ = drop_stale() ? heap_.front().at : Time::max(); }

void Engine::run() {
  while (drop_stale()) {
    const Entry entry = heap_.front();
    std::pop_heap(heap_.begin(), heap_.end(), std::greater<>{});
    heap_.pop_back();
    now_ = entry.at;
    update_horizon();
    if (entry.task) {
      resume(*entry.task);
    } else {
      entry.event->token_ = 0;
      entry.event->fire(now_);
    }
  }
}

void Engine::resume(Task& task) {
  task.wake_token_ = 0;
  task.suspended_ = false;
  task.now_ = now_;
  current_ = &task;
  ++switches_;
  if (task.coroutine_) {
    (*task.coroutine_)();
  } else {
    task.coroutine_.emplace([&task](Task::Coroutine::push_type& yield) {
      task.yield_ = &yield;
      task.body_(task);
      task.done_ = true;
    });
  }
  current_ = nullptr;
  now_ = task.now_;
  if (task.done_) {
    task.coroutine_.reset();
    task.body_ = nullptr;
  }
}

}  // namespace isosim::sim
