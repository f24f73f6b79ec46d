#include "kernel-model/misc/semaphores.h"

#include <algorithm>

#include "kernel-model/kernel.h"
#include "kernel-model/process/namespaces.h"
#include "kernel-model/signal/signal.h"

namespace isosim::kernel {

namespace {

constexpr std::uint16_t kSemNoWait = 04000, kSemUndo = 0x1000;

std::int32_t pid_of(const Thread& t) { return t.process->namespaces->pid->number(t.process->pid); }

}  // namespace

void SemaphoreTable::remove(Kernel& k, Thread& t, SemaphoreSet& set) {
  for (SemaphoreSet::Waiter* waiter : set.waiting) {
    waiter->result = -EIDRM_;
    k.sched->wake(*waiter->thread, &t);
  }
  set.waiting.clear();
  erase(set);
}

// perform_atomic_semop()
std::int64_t SemaphoreTable::attempt(SemaphoreSet& set, const std::vector<SemOp>& operations, const Thread& t,
                                     int& blocked_on) {
  std::vector<SemaphoreSet::One> after = set.semaphores;
  const auto known = set.adjust.find(t.process->pid);
  std::vector<std::int32_t> adjust =
      known != set.adjust.end() ? known->second : std::vector<std::int32_t>(after.size());
  bool undo = false;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    const SemOp& op = operations[i];
    SemaphoreSet::One& one = after[op.number];
    const bool waits = op.operation == 0 ? one.value != 0 : one.value + op.operation < 0;
    if (waits) {
      blocked_on = static_cast<int>(i);
      return (op.flags & kSemNoWait) ? -EAGAIN_ : 1;
    }
    if (one.value + op.operation > kMostValue) return -ERANGE_;
    one.value += op.operation;
    one.pid = pid_of(t);
    if ((op.flags & kSemUndo) == 0) continue;
    undo = true;
    adjust[op.number] -= op.operation;
    if (adjust[op.number] > kMostValue || adjust[op.number] < -kMostValue - 1) return -ERANGE_;
  }
  set.semaphores = std::move(after);
  if (undo) set.adjust[t.process->pid] = std::move(adjust);
  return 0;
}

// do_smart_update(): whoever can go on now has its operations done for it, in the order they came; each that
// changed something may let an earlier one go on.
void SemaphoreTable::changed(Kernel& k, Thread& t, SemaphoreSet& set) {
  std::vector<Thread*> woken;
  for (bool again = true; again;) {
    again = false;
    for (auto at = set.waiting.begin(); at != set.waiting.end();) {
      SemaphoreSet::Waiter& waiter = **at;
      waiter.result = attempt(set, waiter.operations, *waiter.thread, waiter.blocked_on);
      if (waiter.result == 1) {
        ++at;
        continue;
      }
      again = again || waiter.result == 0;
      woken.push_back(waiter.thread);
      at = set.waiting.erase(at);
    }
  }
  for (Thread* thread : woken) k.sched->wake(*thread, &t);
}

std::int64_t SemaphoreTable::operate(Kernel& k, Thread& t, SemaphoreSet& set, std::vector<SemOp> operations,
                                     sim::Time deadline) {
  SemaphoreSet::Waiter self{&t, std::move(operations), 1, 0};
  self.result = attempt(set, self.operations, t, self.blocked_on);
  if (self.result == 0) changed(k, t, set);
  if (self.result != 1) return self.result;
  const std::int32_t id = set.id;
  set.waiting.push_back(&self);
  bool reached = false;
  while (self.result == 1 && !reached && !signal_pending(t)) {
    t.state = RunState::interruptible;
    reached = !k.sched->block_until(t, deadline);
  }
  if (self.result != 1) return self.result;
  if (const auto still = by_id(id)) std::erase(still->waiting, &self);
  return reached ? -EAGAIN_ : -EINTR_;  // never restarted
}

void SemaphoreTable::exit(Kernel& k, Thread& t) {
  for (const auto& [slot, set] : objects_) {
    const auto found = set->adjust.find(t.process->pid);
    if (found == set->adjust.end()) continue;
    for (std::size_t i = 0; i < set->semaphores.size(); ++i) {
      if (found->second[i] == 0) continue;
      std::int32_t& value = set->semaphores[i].value;
      value = std::clamp(value + found->second[i], 0, kMostValue);
      set->semaphores[i].pid = pid_of(t);
    }
    set->adjust.erase(found);
    changed(k, t, *set);
  }
}

}  // namespace isosim::kernel
