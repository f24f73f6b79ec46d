// Who keeps translations of an address space besides its page tables (include/linux/mmu_notifier.h): KVM.
#pragma once

#include "kernel-model/abi/payload.h"

namespace isosim::kernel {

class MmuNotifier {
 public:
  // Pages of [start, end) leave the page tables or lose rights; `thread` pays.
  virtual void invalidate(Thread& thread, Address start, Address end) = 0;

 protected:
  ~MmuNotifier() = default;
};

}  // namespace isosim::kernel
