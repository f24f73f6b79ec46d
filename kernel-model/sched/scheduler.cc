#include "kernel-model/sched/scheduler.h"

#include "kernel-model/kernel.h"

namespace isosim::kernel {

// Every thread has a CPU of its own: no queueing, no switches.
struct Scheduler::Impl {
  Kernel& kernel;
};

Scheduler::Scheduler(Kernel& kernel) : impl_(new Impl{kernel}) {}
Scheduler::~Scheduler() = default;

void Scheduler::start(Thread& thread, Thread* /*parent*/) {
  Kernel& k = impl_->kernel;
  thread.state = RunState::running;
  thread.cpu = 0;
  thread.task = &k.engine.spawn(
      thread.name, [&thread](sim::Task&) { thread.body(thread); }, k.engine.now());
  thread.task->set_costs(&k.cpu.costs(1));
}

void Scheduler::block(Thread& thread) {
  thread.task->suspend();
  thread.state = RunState::running;
}

bool Scheduler::block_until(Thread& thread, sim::Time deadline) {
  const bool reached = thread.task->sleep_until(deadline);
  thread.state = RunState::running;
  return !reached;
}

void Scheduler::wake(Thread& thread, Thread* waker) {
  Kernel& k = impl_->kernel;
  if (thread.task) k.engine.wake(*thread.task, waker ? waker->now() : k.engine.now());
}

void Scheduler::yield(Thread& /*thread*/) {}
void Scheduler::exit(Thread& thread) { thread.state = RunState::dead; }
void Scheduler::preemption_point(Thread& /*thread*/) {}

sim::Time Scheduler::compute(Thread& thread, sim::Time span) {
  return thread.task->spend_interruptible({}, span);
}

}  // namespace isosim::kernel
