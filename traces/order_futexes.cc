// Who waits at a futex and who wakes it.
#include <errno.h>

#include <algorithm>

#include "traces/order_scan.h"

namespace isosim::traces {

// As get_futex_key() has it.
Order::Scan::FutexKey Order::Scan::futex_key(std::int32_t tid, std::uint64_t address, bool is_private) {
  const std::uint32_t memory = walk.processes.of(tid).memory;
  if (const auto place = shared_areas.find(memory, address); place && !is_private)
    return {place->object, place->offset};
  return {memory, address};
}

void Order::Scan::futex(const Event& e, const Cause& self) {
  if (e.argc < 2) return;
  constexpr std::int64_t command_mask = 0x7F;
  const std::int64_t command = e.args[1].value & command_mask;
  const auto address = static_cast<std::uint64_t>(e.args[0].value);
  constexpr std::int64_t private_flag = 128;
  Futex& f = futexes[futex_key(e.tid, address, (e.args[1].value & private_flag) != 0)];
  const bool waits = command == 0 || command == 9 || command == 6 ||
                     command == 11;  // WAIT, WAIT_BITSET, LOCK_PI, WAIT_REQUEUE_PI
  if (waits) {
    wait_for(e, f.last_wake);  // else that wake would find this thread
    for (std::vector<Cause>* list : {&f.waiting, &f.left})
      std::erase_if(*list, [&](const Cause& w) { return w.tid == e.tid; });
    if (e.error == 0) f.waiting.push_back(self);
    if (e.error == ETIMEDOUT || e.return_kind == ReturnKind::restart) f.left.push_back(self);
    return;
  }
  // Who had left the queue by itself is not there for this wake to find.
  for (const Cause& left : f.left)
    if (left.end_ns <= e.start_ns) wait_for(e, left);
  if (e.return_kind == ReturnKind::value && e.result > 0) wake(e, f, e.result);
  f.last_wake = self;
}

// The order in which the calls were entered is not that of the queue (strace stops a thread before it gets
// there); who was woken is who went on first.
void Order::Scan::wake(const Event& e, Futex& f, std::int64_t count) {
  const auto wakes = [&](Cause& waiter) {
    wait_for(e, waiter, Dependency::Until::entered);
    woken.push_back(waiter.tid);
    waiter.tid = -1;
    --count;
  };
  const auto earlier = [](const Cause& a, const Cause& b) { return a.end_ns < b.end_ns; };
  std::stable_sort(f.waiting.begin(), f.waiting.end(), earlier);
  for (Cause& waiter : f.waiting)
    if (count > 0 && waiter.end_ns > e.start_ns) wakes(waiter);
  // Those that seem to be over already, the last first: stamps are not that exact, and somebody was woken.
  for (auto waiter = f.waiting.rbegin(); waiter != f.waiting.rend(); ++waiter)
    if (count > 0 && *waiter) wakes(*waiter);
  std::erase_if(f.waiting, [](const Cause& waiter) { return !waiter; });
}

// The end of a thread wakes who joins it (CLONE_CHILD_CLEARTID), if the record has somebody wait there.
void Order::Scan::thread_ends(const Event& e) {
  const auto word = exit_words.find(e.tid);
  if (word == exit_words.end()) return;
  const auto f = futexes.find(futex_key(e.tid, word->second, false));
  if (f != futexes.end()) wake(e, f->second, 1);
}

}  // namespace isosim::traces
