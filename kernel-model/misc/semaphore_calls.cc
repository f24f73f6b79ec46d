// semget, semop, semtimedop, semctl.
#include <algorithm>

#include "kernel-model/kernel.h"
#include "kernel-model/misc/calls.h"
#include "kernel-model/misc/misc_state.h"
#include "kernel-model/process/namespaces.h"

namespace isosim::kernel {

namespace {

constexpr std::uint64_t kSetLimit = 32000, kOperationLimit = 500, kCountLimit = 32000;  // kernel.sem of 4.4

SemaphoreTable& sets_of(const Thread& t) { return t.process->namespaces->ipc->semaphores; }

std::int64_t new_set(Thread& t, std::int32_t key, std::size_t count, std::uint64_t flags) {
  if (count == 0) return -EINVAL_;
  if (sets_of(t).size() >= kSetLimit) return -ENOSPC_;
  const auto set = sets_of(t).add(*t.process, key, flags);
  set->semaphores.resize(count);
  return set->id;
}

std::int64_t sys_semget(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.semget);
  const auto key = static_cast<std::int32_t>(s.u64(0));
  const std::uint64_t count = s.u64(1) & 0xFFFFFFFF;
  if (count > kCountLimit) return -EINVAL_;
  const std::uint64_t flags = s.u64(2);
  return ipc_get(
      *t.process, sets_of(t), key, flags,
      [count](const SemaphoreSet& set) { return count <= set.semaphores.size(); },
      [&] { return new_set(t, key, count, flags); });
}

std::int64_t operate_on(Kernel& k, Thread& t, Sys& s, const Timespec* timeout) {
  const auto* given = s.get<std::span<const SemOp>>(1);
  const std::uint64_t count = s.u64(2) & 0xFFFFFFFF;
  t.charge(k.misc->paths.semop, count);
  if (count < 1 || static_cast<std::int32_t>(s.u64(0)) < 0) return -EINVAL_;
  if (count > kOperationLimit) return -E2BIG_;
  if (!given || given->size() < count) return -EFAULT_;
  if (timeout && timeout->span.ps < 0) return -EINVAL_;
  const auto set = sets_of(t).by_id(static_cast<std::int32_t>(s.u64(0)));
  if (!set) return -EINVAL_;
  bool alters = false;
  std::vector<SemOp> operations(given->begin(), given->begin() + static_cast<std::ptrdiff_t>(count));
  for (const SemOp& op : operations) {
    if (op.number >= set->semaphores.size()) return -EFBIG_;
    alters = alters || op.operation != 0;
  }
  if (!ipc_allowed(*t.process, *set, alters ? 2 : 4)) return -EACCES_;
  const sim::Time deadline = timeout ? t.now() + timeout->span : sim::Time::max();
  return sets_of(t).operate(k, t, *set, std::move(operations), deadline);
}

std::int64_t sys_semop(Kernel& k, Thread& t, Sys& s) { return operate_on(k, t, s, nullptr); }
std::int64_t sys_semtimedop(Kernel& k, Thread& t, Sys& s) { return operate_on(k, t, s, s.get<Timespec>(3)); }

std::int64_t waiters_of(const SemaphoreSet& set, std::size_t number, bool for_zero) {
  std::int64_t count = 0;
  for (const SemaphoreSet::Waiter* waiter : set.waiting) {
    const SemOp& op = waiter->operations[static_cast<std::size_t>(waiter->blocked_on)];
    count += op.number == number && (op.operation == 0) == for_zero;
  }
  return count;
}

std::int64_t set_value(Kernel& k, Thread& t, SemaphoreSet& set, std::size_t number, std::int32_t value) {
  if (value < 0 || value > kMostValue) return -ERANGE_;
  for (auto& [pid, adjust] : set.adjust) adjust[number] = 0;
  set.semaphores[number].value = value;
  set.semaphores[number].pid = t.process->namespaces->pid->number(t.process->pid);
  sets_of(t).changed(k, t, set);
  return 0;
}

// The values of SETALL lie in memory that no record shows: they stay as they are.
void set_all(Kernel& k, Thread& t, SemaphoreSet& set) {
  for (auto& [pid, adjust] : set.adjust) std::fill(adjust.begin(), adjust.end(), 0);
  for (SemaphoreSet::One& one : set.semaphores) one.pid = t.process->namespaces->pid->number(t.process->pid);
  sets_of(t).changed(k, t, set);
}

// semctl_nolock(): SEM_STAT takes a slot and tells the identifier.
std::int64_t status_of_slot(Thread& t, Sys& s) {
  const auto set = sets_of(t).by_slot(static_cast<std::int32_t>(s.u64(0)) % kIpcSequenceStep);
  if (!set) return -EINVAL_;
  if (!ipc_allowed(*t.process, *set, 4)) return -EACCES_;
  s.out.value = set->semaphores.size();
  return set->id;
}

std::int64_t sys_semctl(Kernel& k, Thread& t, Sys& s) {
  enum : std::uint64_t {
    remove = 0,
    set_owner = 1,
    status = 2,
    info = 3,
    get_pid = 11,
    get_value = 12,
    get_all = 13,
    count_alter = 14,
    count_zero = 15,
    put_value = 16,
    put_all = 17,
    slot_status = 18,
    usage = 19
  };
  t.charge(k.misc->paths.semctl);
  const std::uint64_t command = s.u64(2);
  if (command > usage || static_cast<std::int32_t>(s.u64(0)) < 0) return -EINVAL_;
  if (command == info || command == usage) return s.u64(3) == 0 ? -EFAULT_ : sets_of(t).highest_slot();
  if (command == slot_status) return status_of_slot(t, s);
  const auto set = sets_of(t).by_id(static_cast<std::int32_t>(s.u64(0)));
  if (!set) return -EINVAL_;
  const std::size_t number = s.u64(1) & 0xFFFFFFFF;
  if (command == remove || command == set_owner) {
    if (!ipc_owned(*t.process, *set)) return -EPERM_;
    if (command == remove) sets_of(t).remove(k, t, *set);
    return 0;
  }
  const bool writes = command == put_value || command == put_all;
  if (!ipc_allowed(*t.process, *set, writes ? 2 : 4)) return -EACCES_;
  if (command == status) return s.out.value = set->semaphores.size(), 0;
  if (command == put_all) set_all(k, t, *set);
  if (command == get_all || command == put_all) return 0;
  if (number >= set->semaphores.size()) return -EINVAL_;
  switch (command) {
    case get_pid:
      return set->semaphores[number].pid;
    case get_value:
      return set->semaphores[number].value;
    case count_alter:
      return waiters_of(*set, number, false);
    case count_zero:
      return waiters_of(*set, number, true);
    case put_value:
      return set_value(k, t, *set, number, static_cast<std::int32_t>(s.u64(3)));
    default:
      return -EINVAL_;
  }
}

}  // namespace

void register_semaphore_calls(SyscallTable& table) {
  table.set(nr::semget, sys_semget);
  table.set(nr::semop, sys_semop);
  table.set(nr::semtimedop, sys_semtimedop);
  table.set(nr::semctl, sys_semctl);
}

}  // namespace isosim::kernel
