#include "models/container/netlink.h"

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/file.h"

namespace isosim::models {

namespace nr = kernel::nr;

void netlink_request(RuntimeCalls& calls, std::uint64_t bytes) {
  constexpr std::uint64_t kNetlink = 16, kRaw = 3;
  const auto fd =
      static_cast<std::uint64_t>(calls.call(nr::socket, {kNetlink, kRaw | kernel::open_flag::cloexec, 0}));
  kernel::Sys bind;
  bind.nr = nr::bind;
  bind.arg = {fd, calls.buffer(), 12};
  bind.at[1].emplace<kernel::SocketAddress>().family = kNetlink;
  calls.call(bind);
  calls.call(nr::sendto, {fd, calls.buffer(), bytes, 0, 0, 0});
  calls.call(nr::getsockname, {fd, calls.buffer(), calls.buffer()});
  calls.close(static_cast<std::int32_t>(fd));
}

}  // namespace isosim::models
