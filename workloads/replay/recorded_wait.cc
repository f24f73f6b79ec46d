#include "workloads/replay/recorded_wait.h"

#include <algorithm>
#include <vector>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/ipc/epoll.h"
#include "kernel-model/process/process.h"
#include "kernel-model/sched/thread.h"
#include "traces/structure.h"
#include "workloads/replay/call_again.h"

namespace isosim::workloads {

using traces::Event;
namespace nr = kernel::nr;

namespace {

// Which argument of a wait is its timeout, in milliseconds or behind a pointer; -1: no wait that was ended by
// what it waited for.
struct Timeout {
  int milliseconds = -1;
  int span = -1;
};

Timeout timeout_of(const Event& event) {
  switch (event.nr) {
    case nr::epoll_wait:
    case nr::epoll_pwait:
      return event.result > 0 ? Timeout{.milliseconds = 3} : Timeout{};
    case nr::poll:
      return event.result > 0 ? Timeout{.milliseconds = 2} : Timeout{};
    case nr::ppoll:
      return event.result > 0 ? Timeout{.span = 2} : Timeout{};
    case nr::select:
    case nr::pselect6:
      return event.result > 0 ? Timeout{.span = 4} : Timeout{};
    case nr::futex: {
      constexpr std::int64_t kCommand = 0x7F, kWait = 0, kWaitBitset = 9;
      const std::int64_t command = event.argc > 1 ? event.args[1].value & kCommand : -1;
      const bool woken = (command == kWait || command == kWaitBitset) && event.result == 0;
      return woken ? Timeout{.span = 3} : Timeout{};
    }
    default:
      return {};
  }
}

// Bits that readiness is waited for by; an error or a hang-up comes with one of them.
std::uint16_t awaited(std::string_view events) {
  const auto bits = traces::integer(events).value_or(0);
  return static_cast<std::uint16_t>(bits & (kernel::poll_bit::in | kernel::poll_bit::out));
}

// What the record shows to have been ready together when a wait ended, by the kernel's descriptors; empty if
// it does not tell, or was less than two. strace had stopped the program before the call, so that others came
// to make more of them ready.
std::vector<kernel::PollFd> ready_together(const kernel::Thread& thread, const Event& event,
                                           const kernel::Sys& sys, const FdMap& fds) {
  using traces::field;
  std::vector<kernel::PollFd> ready;
  if (event.result < 2) return ready;
  const auto add = [&ready](std::int32_t fd, std::uint16_t events) {
    if (fd >= 0 && events != 0) ready.push_back({fd, events});
  };
  if (event.nr == nr::poll || event.nr == nr::ppoll) {  // ([{fd=5, revents=POLLIN}, {fd=4, revents=POLLOUT}])
    const std::size_t open = event.return_text.find('[');
    if (open == event.return_text.npos) return ready;
    for (const traces::Field& one : traces::elements(event.return_text.substr(open)))
      if (const auto fd = traces::integer(field(one.value, "fd")))
        add(fds.translate(static_cast<std::int32_t>(*fd)), awaited(field(one.value, "revents")));
  }
  if ((event.nr == nr::epoll_wait || event.nr == nr::epoll_pwait) && event.argc > 1) {
    const auto* epoll = dynamic_cast<const kernel::EpollFile*>(thread.process->files->get(sys.fd(0)));
    if (!epoll) return ready;
    for (const traces::Field& one : traces::elements(event.args[1].text)) {
      const std::string_view data = field(field(one.value, "data"), "u64");
      if (const auto value = traces::integer(data))
        add(epoll->watched_as(static_cast<std::uint64_t>(*value)), awaited(field(one.value, "events")));
    }
  }
  return ready;
}

}  // namespace

void outlast_timeout(const Event& event, kernel::Sys& sys) {
  if (event.return_kind != traces::ReturnKind::value) return;
  const Timeout timeout = timeout_of(event);
  if (timeout.milliseconds >= 0) sys.arg[static_cast<std::size_t>(timeout.milliseconds)] = ~std::uint64_t{0};
  if (timeout.span < 0) return;
  sys.at[static_cast<std::size_t>(timeout.span)] = {};
  sys.arg[static_cast<std::size_t>(timeout.span)] = 0;
}

std::int64_t CallAgain::poll(const kernel::PollFd& wanted, std::uint64_t milliseconds) const {
  kernel::Sys wait;
  wait.nr = nr::poll;
  wait.arg = {scratch, 1, milliseconds};
  wait.at[0] = std::span(&wanted, 1);
  const sim::Time before = thread.now();
  const std::int64_t ready = target.syscall(thread, wait);
  start += thread.now() - before;
  return ready;
}

std::int64_t finish_wait(const CallAgain& call, std::int64_t found, const FdMap& fds) {
  constexpr std::uint64_t kLongest = 10;  // ms; a few turns of the scheduler
  if (call.forced || found <= 0 || found >= call.event.result) return found;
  const std::vector<kernel::PollFd> ready = ready_together(call.thread, call.event, call.sys, fds);
  if (ready.empty()) return found;
  for (const kernel::PollFd& one : ready)
    if (call.poll(one, kLongest) <= 0) return found;
  const std::vector<kernel::EpollEvent> first = call.sys.out.events;
  std::int64_t together = call.target.syscall(call.thread, call.sys);
  for (const kernel::EpollEvent& earlier : first)  // of edges, only the first call tells
    together += std::none_of(call.sys.out.events.begin(), call.sys.out.events.end(),
                             [&](const kernel::EpollEvent& now) { return now.data == earlier.data; });
  return std::max(found, together);
}

}  // namespace isosim::workloads
