#include "kernel-model/process/futex.h"

#include <algorithm>

#include "kernel-model/fs/inode.h"
#include "kernel-model/kernel.h"
#include "kernel-model/mm/mm.h"
#include "kernel-model/mm/shared_memory.h"
#include "kernel-model/process/process_table.h"
#include "kernel-model/signal/signal.h"

namespace isosim::kernel {

FutexTable::FutexTable(Kernel& kernel) : kernel_(kernel) {}

// get_futex_key(): private ones are told apart by address space, shared ones by what is mapped there.
FutexTable::Key FutexTable::key_of(const Process& process, Address address, bool is_private) const {
  const Key own{process.space_id << 1, address};
  if (is_private || !process.mm) return own;
  const Vma* area = process.mm->vmas.find(address);
  if (!area || area->start > address || !area->shared() || !area->file) return own;
  const Address offset = (area->page_offset << 12) + (address - area->start);
  if (const Inode* inode = area->file->inode()) return {inode->cache_object() << 1 | 1, offset};
  if (const auto* memory = dynamic_cast<const SharedMemory*>(area->file.get()))
    return {memory->object << 1 | 1, offset};
  return own;
}

FutexTable::Key FutexTable::charge_key(Thread& t, Address address, bool is_private) {
  if (!is_private) t.charge(kernel_.procs->paths.futex_shared_key);
  return key_of(*t.process, address, is_private);
}

// A word is where it lies, whatever flag the call has.
std::uint32_t* FutexTable::word(const Process& process, Address address) {
  const auto found = words_.find(key_of(process, address, false));
  return found == words_.end() ? nullptr : &found->second;
}

void FutexTable::store(const Process& process, Address address, std::uint32_t value) {
  words_[key_of(process, address, false)] = value;
}

void FutexTable::forget(const Process& process) {
  std::erase_if(words_, [&](const auto& entry) { return entry.first.object == process.space_id << 1; });
}

void FutexTable::await_waiters(Thread& t, Address address, bool is_private, std::int64_t count,
                               std::span<Thread* const> first, sim::Time deadline) {
  const Watch watch{&t, key_of(*t.process, address, is_private), count, first};
  watches_.push_back(&watch);
  for (bool in_time = true; in_time && !all_there(watch);) {
    t.state = RunState::uninterruptible;
    in_time = kernel_.sched->block_until(t, deadline, {});
  }
  std::erase(watches_, &watch);
  put_first(watch);
}

bool FutexTable::all_there(const Watch& watch) const {
  const auto queue = queues_.find(watch.key);
  if (queue == queues_.end()) return watch.count <= 0 && watch.first.empty();
  const std::vector<Waiter*>& waiters = queue->second;
  const auto queued = [&](const Thread* thread) {
    return std::any_of(waiters.begin(), waiters.end(), [&](const Waiter* w) { return w->thread == thread; });
  };
  return static_cast<std::int64_t>(waiters.size()) >= watch.count &&
         std::all_of(watch.first.begin(), watch.first.end(), queued);
}

void FutexTable::put_first(const Watch& watch) {
  const auto queue = queues_.find(watch.key);
  if (queue == queues_.end()) return;
  auto head = queue->second.begin();
  for (const Thread* thread : watch.first) {
    const auto found =
        std::find_if(head, queue->second.end(), [&](const Waiter* w) { return w->thread == thread; });
    if (found != queue->second.end()) std::rotate(head, found, found + 1), ++head;
  }
}

void FutexTable::enqueue(Waiter& waiter) {
  queues_[waiter.key].push_back(&waiter);
  if (!watches_.empty()) tell_watches(waiter.key);
}

void FutexTable::tell_watches(const Key& key) {
  for (const Watch* watch : std::vector<const Watch*>(watches_))
    if (watch->key == key && all_there(*watch)) kernel_.sched->wake(*watch->thread, nullptr);
}

std::int64_t FutexTable::wait(Thread& t, Address address, bool is_private, std::uint32_t expected,
                              sim::Time deadline, std::uint32_t bits, const OptionValue* seen) {
  if (bits == 0) return -EINVAL_;
  t.charge(kernel_.procs->paths.futex_wait);
  Waiter self{&t, charge_key(t, address, is_private), bits};
  const std::uint32_t* value = word(*t.process, address);
  if (seen ? seen->value != expected : value && *value != expected) return -EAGAIN_;
  const std::int64_t error = sleep(self, deadline);
  if (error != -ERESTARTSYS_ || deadline == sim::Time::max()) return error;
  t.restart = [=](Kernel& kernel, Thread& thread, Sys&) {  // futex_wait_restart()
    return kernel.futexes->wait(thread, address, is_private, expected, deadline, bits);
  };
  return -ERESTART_RESTARTBLOCK_;
}

// futex_wait_queue_me(), unqueue_me()
std::int64_t FutexTable::sleep(Waiter& self, sim::Time deadline) {
  Thread& t = *self.thread;
  enqueue(self);
  bool reached = false;
  while (!self.woken && !reached && !signal_pending(t)) {
    t.state = RunState::interruptible;
    reached = !kernel_.sched->block_until(t, deadline);
  }
  if (self.woken) return 0;
  const auto queue = queues_.find(self.key);
  std::erase(queue->second, &self);
  if (queue->second.empty()) queues_.erase(queue);
  return reached ? -ETIMEDOUT_ : -ERESTARTSYS_;
}

std::int64_t FutexTable::wake_key(Thread& t, const Key& key, std::int64_t count, std::uint32_t bits) {
  const auto queue = queues_.find(key);
  if (queue == queues_.end()) return 0;
  // All are taken off first, then woken without the bucket's lock (wake_q).
  std::vector<Thread*> chosen;
  std::erase_if(queue->second, [&](Waiter* waiter) {
    if (static_cast<std::int64_t>(chosen.size()) >= count || (waiter->bits & bits) == 0) return false;
    waiter->woken = true;
    chosen.push_back(waiter->thread);
    return true;
  });
  if (queue->second.empty()) queues_.erase(queue);
  for (Thread* thread : chosen) {
    t.charge(kernel_.procs->paths.futex_wake_mark);
    kernel_.sched->wake(*thread, &t);
  }
  return static_cast<std::int64_t>(chosen.size());
}

std::int64_t FutexTable::wake(Thread& t, Address address, bool is_private, std::int64_t count,
                              std::uint32_t bits) {
  if (bits == 0) return -EINVAL_;
  t.charge(kernel_.procs->paths.futex_wake);
  return wake_key(t, charge_key(t, address, is_private), count, bits);
}

std::int64_t FutexTable::requeue(Thread& t, Address from, Address to, bool is_private, std::int64_t count,
                                 std::int64_t limit, const std::uint32_t* expected) {
  t.charge(kernel_.procs->paths.futex_wake);
  const Key source = charge_key(t, from, is_private), target = charge_key(t, to, is_private);
  if (const std::uint32_t* value = word(*t.process, from); expected && value && *value != *expected)
    return -EAGAIN_;
  std::int64_t done = wake_key(t, source, count, any_bit);
  const auto queue = queues_.find(source);
  if (queue == queues_.end() || source == target) return done;
  std::vector<Waiter*> moved;
  while (!queue->second.empty() && static_cast<std::int64_t>(moved.size()) < limit) {
    moved.push_back(queue->second.front());
    queue->second.erase(queue->second.begin());
    moved.back()->key = target;
  }
  if (queue->second.empty()) queues_.erase(queue);
  auto& there = queues_[target];
  there.insert(there.end(), moved.begin(), moved.end());
  if (there.empty()) queues_.erase(target);
  if (!watches_.empty()) tell_watches(target);
  done += static_cast<std::int64_t>(moved.size());
  t.charge(kernel_.procs->paths.futex_requeue, moved.size());
  return done;
}

std::int64_t FutexTable::wake_op(Thread& t, Address first, Address second, bool is_private,
                                 std::int64_t count, std::int64_t second_count, std::uint32_t operation) {
  t.charge(kernel_.procs->paths.futex_wake);
  const Key a = charge_key(t, first, is_private), b = charge_key(t, second, is_private);
  // FUTEX_OP(): 4 bits operation, 4 bits comparison, 12 bits each for their arguments.
  const auto sign_extend = [](std::uint32_t v) { return static_cast<std::int32_t>(v << 20) >> 20; };
  std::int32_t argument = sign_extend(operation >> 12 & 0xFFF);
  const std::int32_t against = sign_extend(operation & 0xFFF);
  if (operation >> 31) argument = static_cast<std::int32_t>(1u << (argument & 31));
  std::uint32_t& value = words_[key_of(*t.process, second, false)];
  const auto old = static_cast<std::int32_t>(value);
  switch (operation >> 28 & 7) {
    case 0:
      value = static_cast<std::uint32_t>(argument);
      break;
    case 1:
      value += static_cast<std::uint32_t>(argument);
      break;
    case 2:
      value |= static_cast<std::uint32_t>(argument);
      break;
    case 3:
      value &= ~static_cast<std::uint32_t>(argument);
      break;
    case 4:
      value ^= static_cast<std::uint32_t>(argument);
      break;
    default:
      return -ENOSYS_;
  }
  bool holds = false;
  switch (operation >> 24 & 15) {
    case 0:
      holds = old == against;
      break;
    case 1:
      holds = old != against;
      break;
    case 2:
      holds = old < against;
      break;
    case 3:
      holds = old <= against;
      break;
    case 4:
      holds = old > against;
      break;
    case 5:
      holds = old >= against;
      break;
    default:
      return -ENOSYS_;
  }
  std::int64_t woken = wake_key(t, a, count, any_bit);
  if (holds) woken += wake_key(t, b, second_count, any_bit);
  return woken;
}

// The word holds the owner's tid, and FUTEX_WAITERS if somebody sleeps.
std::int64_t FutexTable::lock_pi(Thread& t, Address address, bool is_private, sim::Time deadline,
                                 bool try_only) {
  constexpr std::uint32_t waiters = 0x80000000, tid_mask = 0x3FFFFFFF;
  t.charge(kernel_.procs->paths.futex_wait);
  const Key key = charge_key(t, address, is_private);
  const auto self = static_cast<std::uint32_t>(t.tid);
  for (;;) {
    std::uint32_t& value = words_[key_of(*t.process, address, false)];
    const std::uint32_t owner = value & tid_mask;
    if (owner == self) return -EDEADLK_;
    if (owner == 0) {
      value = self | (queues_.contains(key) ? waiters : 0);
      return 0;
    }
    if (!kernel_.find_thread(static_cast<std::int32_t>(owner))) return -ESRCH_;
    if (try_only) return -EAGAIN_;
    value |= waiters;
    Waiter waiter{&t, key, any_bit};
    if (const std::int64_t error = sleep(waiter, deadline))
      return error == -ERESTARTSYS_ ? -ERESTARTNOINTR_ : error;
  }
}

std::int64_t FutexTable::unlock_pi(Thread& t, Address address, bool is_private) {
  t.charge(kernel_.procs->paths.futex_wake);
  const Key key = charge_key(t, address, is_private);
  std::uint32_t& value = words_[key_of(*t.process, address, false)];
  if ((value & 0x3FFFFFFF) != static_cast<std::uint32_t>(t.tid)) return -EPERM_;
  value = 0;
  wake_key(t, key, 1, any_bit);
  return 0;
}

void FutexTable::clear_child_tid(Thread& t) {
  store(*t.process, t.clear_child_tid, 0);
  t.charge(kernel_.procs->paths.futex_wake);
  // do_futex(FUTEX_WAKE) without the private flag; pthread_join waits without it, too.
  wake_key(t, key_of(*t.process, t.clear_child_tid, false), 1, any_bit);
}

}  // namespace isosim::kernel
