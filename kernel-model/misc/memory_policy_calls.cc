// set_mempolicy, get_mempolicy (mm/mempolicy.c): a thread's policy is kept, checked and inherited. Which node
// a page comes from is not modelled: memory is one.
#include <bit>

#include "kernel-model/kernel.h"
#include "kernel-model/misc/calls.h"
#include "kernel-model/misc/misc_state.h"

namespace isosim::kernel {

namespace {

enum Mode : int { preferred = 1, bind = 2, interleave = 3, modes = 5 };
constexpr std::uint64_t kStaticNodes = 1 << 15, kRelativeNodes = 1 << 14;
constexpr std::uint64_t kOfAddress = 2, kNode = 1, kAllowed = 4;  // MPOL_F_*

std::uint64_t nodes_of(const Kernel& k) {
  return (std::uint64_t{1} << std::max(k.cpu.spec().sockets, 1)) - 1;
}

// mpol_new() and mpol_set_nodemask(). Nodes that no record tells are taken for all there are.
std::int64_t sys_set_mempolicy(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.field);
  const std::uint64_t flags = s.u64(0) & (kStaticNodes | kRelativeNodes);
  const auto mode = static_cast<int>(s.u64(0) & ~(kStaticNodes | kRelativeNodes) & 0xFFFFFFFF);
  if (mode < 0 || mode >= modes || flags == (kStaticNodes | kRelativeNodes)) return -EINVAL_;
  const auto* given = s.get<SignalSet>(1);
  const std::uint64_t nodes = s.u64(1) == 0 || s.u64(2) == 0 ? 0 : given ? given->mask : nodes_of(k);
  if (mode == 0 && nodes != 0) return -EINVAL_;
  if ((mode == bind || mode == interleave) && nodes == 0) return -EINVAL_;
  if (mode == preferred && nodes == 0 && flags != 0) return -EINVAL_;
  if (nodes != 0 && (nodes & nodes_of(k)) == 0) return -EINVAL_;
  t.attributes.memory_policy = static_cast<std::uint32_t>(mode | static_cast<int>(flags));
  t.attributes.memory_nodes = nodes & nodes_of(k);
  return 0;
}

std::int64_t sys_get_mempolicy(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.field);
  const std::uint64_t flags = s.u64(4);
  if (flags & ~(kOfAddress | kNode | kAllowed)) return -EINVAL_;
  if (s.u64(1) != 0 && s.u64(2) < static_cast<std::uint64_t>(std::bit_width(nodes_of(k)))) return -EINVAL_;
  if (flags & kAllowed) {
    if (flags & (kOfAddress | kNode)) return -EINVAL_;
    s.out.value = nodes_of(k);
    return 0;
  }
  if ((flags & kOfAddress) == 0 && s.u64(3) != 0) return -EINVAL_;
  if ((flags & kNode) && (flags & kOfAddress) == 0 && (t.attributes.memory_policy & 0xFF) != interleave)
    return -EINVAL_;
  s.out.value = flags & kNode ? 0 : t.attributes.memory_policy;
  return 0;
}

}  // namespace

void register_memory_policy_calls(SyscallTable& table) {
  table.set(nr::set_mempolicy, sys_set_mempolicy);
  table.set(nr::get_mempolicy, sys_get_mempolicy);
}

}  // namespace isosim::kernel
