#include "kernel-model/net/packet.h"

#include <algorithm>
#include <bit>

namespace isosim::kernel {

std::uint64_t packet_truesize(std::uint64_t data) {
  constexpr std::uint64_t kHead = 256, kSharedInfo = 320, kPage = 4096;
  constexpr std::uint64_t kMaxLinear = 4 * kPage - kSharedInfo;  // SKB_MAX_ALLOC
  const std::uint64_t linear = std::min(data, kMaxLinear);
  const std::uint64_t pages = (data - linear + kPage - 1) / kPage;
  return kHead + std::bit_ceil(linear + kSharedInfo) + pages * kPage;
}

}  // namespace isosim::kernel
