// futex(2).
#include <algorithm>

#include "kernel-model/kernel.h"
#include "kernel-model/process/calls.h"
#include "kernel-model/process/futex.h"
#include "kernel-model/process/process_table.h"

namespace isosim::kernel {

namespace {

// Relative for FUTEX_WAIT, a point in time for the others.
sim::Time deadline(const Thread& t, const Sys& s, bool relative) {
  const auto* timeout = s.get<Timespec>(3);
  if (!timeout) return sim::Time::max();
  return relative ? t.now() + timeout->span : timeout->span;
}

// How many a wake may find: one at least (futex_wake), but no more than were there if the program knows that
// (payload 0).
std::int64_t most_to_wake(const Sys& s) {
  const auto asked = std::max<std::int64_t>(static_cast<std::int32_t>(s.u64(2)), 1);
  const auto* there = s.get<OptionValue>(0);
  return there ? std::min(asked, static_cast<std::int64_t>(there->value)) : asked;
}

std::int64_t sys_futex(Kernel& k, Thread& t, Sys& s) {
  constexpr std::uint64_t private_flag = 128, clock_realtime = 256;
  const std::uint64_t op = s.u64(1) & ~(private_flag | clock_realtime);
  const bool own = (s.u64(1) & private_flag) != 0;
  const Address address = s.u64(0), second = s.u64(4);
  if (address % 4 != 0) return -EINVAL_;
  FutexTable& futexes = *k.futexes;
  const auto value = static_cast<std::uint32_t>(s.u64(2)), value3 = static_cast<std::uint32_t>(s.u64(5));
  const auto count = static_cast<std::int64_t>(static_cast<std::int32_t>(s.u64(2)));
  const auto limit = static_cast<std::int64_t>(static_cast<std::int32_t>(s.u64(3)));
  switch (op) {
    case 0:
      return futexes.wait(t, address, own, value, deadline(t, s, true), FutexTable::any_bit,
                          s.get<OptionValue>(0));
    case 1:
      return futexes.wake(t, address, own, most_to_wake(s), FutexTable::any_bit);
    case 3:
      return futexes.requeue(t, address, second, own, count, limit, nullptr);
    case 4:
      return futexes.requeue(t, address, second, own, count, limit, &value3);
    case 5:
      return futexes.wake_op(t, address, second, own, count, limit, value3);
    case 6:
      return futexes.lock_pi(t, address, own, deadline(t, s, false), false);
    case 7:
      return futexes.unlock_pi(t, address, own);
    case 8:
      return futexes.lock_pi(t, address, own, sim::Time::max(), true);
    case 9:
      return futexes.wait(t, address, own, value, deadline(t, s, false), value3, s.get<OptionValue>(0));
    case 10:
      return futexes.wake(t, address, own, most_to_wake(s), value3);
    default:
      return k.default_path(t, s);  // FUTEX_WAIT_REQUEUE_PI and its partner, and whatever is newer
  }
}

}  // namespace

void register_futex_calls(SyscallTable& table) { table.set(nr::futex, sys_futex); }

}  // namespace isosim::kernel
