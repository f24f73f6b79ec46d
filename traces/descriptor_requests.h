// ioctl requests that return a new descriptor.
#pragma once

#include <linux/kvm.h>
#include <linux/nsfs.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <cstdint>

namespace isosim::traces {

inline bool makes_descriptor(std::uint64_t request) {
  switch (request & 0xFFFFFFFF) {
    case SIOCGSKNS:
    case TIOCGPTPEER:
    case NS_GET_USERNS:
    case NS_GET_PARENT:
    case KVM_CREATE_VM:
    case KVM_CREATE_VCPU:
    case KVM_CREATE_DEVICE:
    case KVM_GET_STATS_FD:
      return true;
    default:
      return false;
  }
}

}  // namespace isosim::traces
