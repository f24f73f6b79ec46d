// The paths of kvm-model/catalogue/kvm.json.
#pragma once

#include "sim/path.h"

namespace isosim::kernel {
class Kernel;
}

namespace isosim::kvm {

struct KvmPaths {
  explicit KvmPaths(const kernel::Kernel& k);
  sim::PathId open, device_ioctl, create_vm, enable_vmx, vm_ioctl, set_memory_region, create_vcpu, destroy_vm;
  sim::PathId vcpu_ioctl, vcpu_load, vcpu_put, signal_mask, run_begin, run_end, requests, fpu_swap,
      msr_switch;
  sim::PathId vmcs_load, vmcs_clear, grace_period;
  sim::PathId enter_guest, handle_exit, pmu_event, exit_hlt, exit_io, exit_mmio, exit_msr, exit_cpuid,
      exit_interrupt;
  sim::PathId ept_violation, ept_table, ept_prefetch, ept_zap, flush_remote_tlbs;
};

}  // namespace isosim::kvm
