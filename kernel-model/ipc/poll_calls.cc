#include <algorithm>

#include "kernel-model/ipc/ipc_calls.h"
#include "kernel-model/ipc/poll.h"
#include "kernel-model/ipc/poll_waiter.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

namespace {

std::span<const PollFd> poll_fds(const Sys& s) {
  const auto* fds = s.get<std::span<const PollFd>>(0);
  return fds ? *fds : std::span<const PollFd>{};
}

// A null pointer means no limit.
sim::Time timespec_deadline(const Thread& t, const Sys& s, int i) {
  const auto* span = s.get<Timespec>(i);
  return span ? deadline_after(t, std::max(span->span, sim::Time{})) : sim::Time::max();
}

// And do_restart_poll().
std::int64_t poll_until(Kernel& k, Thread& t, std::span<const PollFd> fds, sim::Time deadline, Sys& s) {
  const std::int64_t result = do_poll(k, t, fds, deadline, s.out.polled);
  if (result != -EINTR_) return result;
  t.restart = [kept = std::vector<PollFd>(fds.begin(), fds.end()), deadline](Kernel& kernel, Thread& thread,
                                                                             Sys& again) {
    return poll_until(kernel, thread, kept, deadline, again);
  };
  return -ERESTART_RESTARTBLOCK_;
}

std::int64_t sys_poll(Kernel& k, Thread& t, Sys& s) {
  const auto milliseconds = static_cast<std::int32_t>(s.u64(2));
  if (s.u64(1) > 0 && poll_fds(s).empty()) return -EFAULT_;
  const sim::Time deadline =
      milliseconds < 0 ? sim::Time::max() : deadline_after(t, sim::milliseconds(milliseconds));
  return poll_until(k, t, poll_fds(s), deadline, s);
}

std::int64_t sys_ppoll(Kernel& k, Thread& t, Sys& s) {
  if (s.u64(1) > 0 && poll_fds(s).empty()) return -EFAULT_;
  const TemporaryMask mask(t, s.get<SignalSet>(3));
  const std::int64_t result = do_poll(k, t, poll_fds(s), timespec_deadline(t, s, 2), s.out.polled);
  return result == -EINTR_ ? -ERESTARTNOHAND_ : result;
}

std::int64_t select_with(Kernel& k, Thread& t, Sys& s) {
  static const FdSets none;
  if (s.s64(0) < 0) return -EINVAL_;
  const FdSets* sets = &none;
  for (int i = 1; i <= 3;
       ++i) {  // the program's owner puts the three sets where the first non-null pointer is
    if (const auto* given = s.get<FdSets>(i)) sets = given;
  }
  const std::int64_t result = do_select(k, t, *sets, timespec_deadline(t, s, 4), s.out.polled);
  return result == -EINTR_ ? -ERESTARTNOHAND_ : result;
}

std::int64_t sys_pselect6(Kernel& k, Thread& t, Sys& s) {
  const TemporaryMask mask(t, s.get<SignalSet>(5));
  return select_with(k, t, s);
}

}  // namespace

void register_poll_calls(SyscallTable& table) {
  table.set(nr::poll, sys_poll);
  table.set(nr::ppoll, sys_ppoll);
  table.set(nr::select, select_with);
  table.set(nr::pselect6, sys_pselect6);
}

}  // namespace isosim::kernel
