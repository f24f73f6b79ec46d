#include "kvm-model/kvm_paths.h"

#include "kernel-model/kernel.h"

namespace isosim::kvm {

KvmPaths::KvmPaths(const kernel::Kernel& k)
    : open(k.path("kvm.open")),
      device_ioctl(k.path("kvm.device_ioctl")),
      create_vm(k.path("kvm.create_vm")),
      enable_vmx(k.path("kvm.enable_vmx")),
      vm_ioctl(k.path("kvm.vm_ioctl")),
      set_memory_region(k.path("kvm.set_memory_region")),
      create_vcpu(k.path("kvm.create_vcpu")),
      destroy_vm(k.path("kvm.destroy_vm")),
      vcpu_ioctl(k.path("kvm.vcpu_ioctl")),
      vcpu_load(k.path("kvm.vcpu_load")),
      vcpu_put(k.path("kvm.vcpu_put")),
      signal_mask(k.path("kvm.signal_mask")),
      run_begin(k.path("kvm.run_begin")),
      run_end(k.path("kvm.run_end")),
      requests(k.path("kvm.requests")),
      fpu_swap(k.path("kvm.fpu_swap")),
      msr_switch(k.path("kvm.msr_switch")),
      vmcs_load(k.path("kvm.vmcs_load")),
      vmcs_clear(k.path("kvm.vmcs_clear")),
      grace_period(k.path("kvm.grace_period")),
      enter_guest(k.path("kvm.enter_guest")),
      handle_exit(k.path("kvm.handle_exit")),
      pmu_event(k.path("kvm.pmu_event")),
      exit_hlt(k.path("kvm.exit.hlt")),
      exit_io(k.path("kvm.exit.io")),
      exit_mmio(k.path("kvm.exit.mmio")),
      exit_msr(k.path("kvm.exit.msr")),
      exit_cpuid(k.path("kvm.exit.cpuid")),
      exit_interrupt(k.path("kvm.exit.interrupt")),
      ept_violation(k.path("kvm.ept.violation")),
      ept_table(k.path("kvm.ept.table")),
      ept_prefetch(k.path("kvm.ept.prefetch")),
      ept_zap(k.path("kvm.ept.zap")),
      flush_remote_tlbs(k.path("kvm.flush_remote_tlbs")) {}

}  // namespace isosim::kvm
