#include "workloads/replay/recorded_wait.h"

#include "kernel-model/abi/syscall_names.h"

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

}  // namespace

void outlast_timeout(const Event& event, kernel::Sys& sys) {
  if (event.return_kind != traces::ReturnKind::value) return;
  const Timeout timeout = timeout_of(event);
  if (timeout.milliseconds >= 0) sys.arg[static_cast<std::size_t>(timeout.milliseconds)] = ~std::uint64_t{0};
  if (timeout.span < 0) return;
  sys.at[static_cast<std::size_t>(timeout.span)] = {};
  sys.arg[static_cast<std::size_t>(timeout.span)] = 0;
}

}  // namespace isosim::workloads
