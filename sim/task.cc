#include "sim/task.h"

#include <algorithm>

#include "sim/engine.h"

namespace isosim::sim {

Task::Task(Engine& engine, std::uint32_t id, std::string name, Body body)
    : engine_(&engine), id_(id), name_(std::move(name)), body_(std::move(body)) {}

void Task::give_way() {
  Engine& engine = *engine_;
  engine.update_horizon();
  if (now_ < engine.horizon_) return;  // what set the horizon was superseded
  wake_token_ = engine.next_token_++;
  engine.push(now_, wake_token_, this, nullptr);
  (*yield_)();
}

void Task::suspend() {
  suspended_ = true;
  (*yield_)();
}

bool Task::sleep_until(Time at) {
  suspended_ = true;
  now_ = std::max(now_, at);
  const Time due = now_;
  wake_token_ = engine_->next_token_++;
  engine_->push(due, wake_token_, this, nullptr);
  (*yield_)();
  return now_ >= due;
}

Time Task::spend_interruptible(PathId path, Time span) {
  const Time start = now_;
  sleep_until(start + span);
  const Time spent = now_ - start;
  engine_->digest_.mix((std::uint64_t{id_} << 32) | path.index, static_cast<std::uint64_t>(now_.ps));
  if (engine_->observer_) engine_->observer_->on_charge(*this, path, start, spent, 0);
  return span - spent;
}

Frame::Frame(Task& task, std::string_view name) : task_(task) {
  if (Observer* observer = task.engine().observer()) observer->on_enter(task, name, task.now());
}

Frame::~Frame() {
  if (Observer* observer = task_.engine().observer()) observer->on_leave(task_, task_.now());
}

}  // namespace isosim::sim
