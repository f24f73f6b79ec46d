#include "kernel-model/net/net_state.h"

namespace isosim::kernel {

std::uint16_t NetState::ephemeral_port(int type) {
  constexpr std::uint16_t kFirst = 32768, kLast = 60999;
  for (int tries = 0; tries <= kLast - kFirst; ++tries) {
    const std::uint16_t port = next_port_;
    next_port_ = port == kLast ? kFirst : static_cast<std::uint16_t>(port + 1);
    if (!ports.contains({type, port})) return port;
  }
  return 0;
}

}  // namespace isosim::kernel
