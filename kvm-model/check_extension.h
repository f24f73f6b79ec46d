#pragma once

#include <cstdint>

namespace isosim::kvm {

class Kvm;

// KVM_CHECK_EXTENSION, the same for the device and a VM: what `which` (extension::*) is worth; 0: not there.
std::int64_t check_extension(const Kvm& kvm, std::uint64_t which);

}  // namespace isosim::kvm
