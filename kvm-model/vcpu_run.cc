// KVM_RUN: from the ioctl into the guest and back (virt/kvm/kvm_main.c, arch/x86/kvm/x86.c, vmx.c of 4.4).
#include <utility>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/mm/memory_manager.h"
#include "kernel-model/signal/signal.h"
#include "kvm-model/files.h"

namespace isosim::kvm {

namespace {

// WRMSRs of one load or put: KERNEL_GS_BASE at once, LSTAR, STAR and SYSCALL_MASK by the user-return notifier
// (vmx_save_host_state, kvm_set_shared_msr, kvm_on_user_return).
constexpr std::uint64_t kSwitchedMsrs = 4;

std::uint64_t switches(const kernel::Thread& t) {
  return t.se.voluntary_switches + t.se.involuntary_switches;
}

std::uint32_t run_exit_of(ExitReason reason) {
  switch (reason) {
    case ExitReason::hlt:
      return run_exit::hlt;
    case ExitReason::io_instruction:
      return run_exit::io;
    case ExitReason::ept_violation:
    case ExitReason::ept_misconfiguration:
      return run_exit::mmio;
    case ExitReason::interrupt_window:
      return run_exit::irq_window_open;
    case ExitReason::external_interrupt:
      return run_exit::intr;
    default:
      return run_exit::internal_error;
  }
}

}  // namespace

// vmx_vcpu_load(): a VMCS is active on one CPU only. Another CPU's cached one is written back there first, by
// an interrupt that is waited for.
void Vcpu::load_vmcs(kernel::Thread& t) {
  Kvm& kvm = vm.kvm;
  const int cpu = t.cpu;
  auto& current = kvm.current[static_cast<std::size_t>(cpu)];
  if (loaded_on_ != cpu && loaded_on_ >= 0) {
    kvm.kernel.cpu.send_ipi(*t.task);
    t.task->spend(kvm.paths.vmcs_clear, kvm.kernel.cpu.ipi_latency());
    t.charge(kvm.paths.vmcs_clear);
    auto& old = kvm.current[static_cast<std::size_t>(loaded_on_)];
    if (old == this) old = nullptr;
    tlb_flush_ = true;
  }
  if (current != this) t.charge(kvm.paths.vmcs_load);
  current = this;
  loaded_on_ = cpu;
  switches_ = switches(t);
}

void Vcpu::load(kernel::Thread& t) {
  Kvm& kvm = vm.kvm;
  // "The thread running this VCPU changed": vcpu_load() of 4.4 waits for an RCU grace period before it drops
  // the old one's pid.
  if (const std::int32_t old = std::exchange(last_tid_, t.tid); old != 0 && old != t.tid) {
    t.charge(kvm.paths.grace_period);
    // The grace-period thread looks for quiescent CPUs a tick after the start (jiffies_till_first_fqs 1), and
    // the callback runs at the tick after that.
    const std::int64_t tick = kvm.kernel.sched->tick().ps;
    const sim::Time end{(t.now().ps / tick + 2) * tick};
    while (t.now() < end) {
      t.state = kernel::RunState::uninterruptible;
      kvm.kernel.sched->block_until(t, end, sim::Time{});
    }
  }
  t.charge(kvm.paths.vcpu_load);
  load_vmcs(t);
}

void Vcpu::put(kernel::Thread& t) { t.charge(vm.kvm.paths.vcpu_put); }

std::int64_t Vcpu::enter(kernel::Thread& t, std::int32_t fd) {
  Kvm& kvm = vm.kvm;
  kernel::Kernel& k = kvm.kernel;
  call_ = {};
  call_.nr = kernel::nr::ioctl;
  call_.arg = {static_cast<std::uint64_t>(fd), request::run, 0};
  std::int64_t refused = 0;
  if (!k.enter_call(t, call_, refused)) return k.leave_call(t, call_, refused);
  t.charge(k.vfs->paths.ioctl);
  if (Kvm::vcpu_of(t, fd) != this) return k.leave_call(t, call_, -kernel::EBADF_);
  if (vm.mm.lock() != t.process->mm) return k.leave_call(t, call_, -kernel::EIO_);
  if (runner_) return k.leave_call(t, call_, -kernel::EBUSY_);
  t.charge(kvm.paths.vcpu_ioctl);
  runner_ = &t;
  outside_ = true;
  load(t);
  t.charge(kvm.paths.run_begin);
  if (signal_mask) {
    t.charge(kvm.paths.signal_mask);
    saved_mask_ = t.blocked;
    kernel::set_blocked(k, t, *signal_mask);
  }
  t.charge(kvm.paths.fpu_swap);
  t.charge(kvm.paths.msr_switch, kSwitchedMsrs);
  k.sched->preemption_point(t);
  if (kernel::signal_pending(t)) {
    run.exit_reason = run_exit::intr;
    return leave(t, -kernel::EINTR_);
  }
  t.charge(kvm.paths.requests);
  l1d_flush_ = true;  // vcpu_run()
  vm_entry(t);
  if (interrupt_window_due()) return exit_to_user(t, ExitReason::interrupt_window);
  return 0;
}

void Vcpu::vm_entry(kernel::Thread& t) {
  if (switches(t) != switches_) {  // kvm_sched_out(), kvm_sched_in()
    put(t);
    t.charge(vm.kvm.paths.vcpu_load);
    load_vmcs(t);
  }
  outside_ = false;
  t.guest = this;
  t.charge(vm.kvm.paths.enter_guest);
  if (std::exchange(l1d_flush_, false)) vm.kvm.kernel.cpu.flush_l1d(*t.task);
  vm.kvm.kernel.cpu.vm_enter(*t.task);
  // A flush of everything that this VPID and EPT cached: what the guest uses next is walked for again.
  if (std::exchange(tlb_flush_, false)) vm.kvm.kernel.cpu.address_space_switch(*t.task);
}

void Vcpu::vm_exit(kernel::Thread& t, ExitReason reason) {
  outside_ = true;
  // Interrupts that come while the host handles another exit are no exits; after one, the scheduler resumes.
  if (reason != ExitReason::external_interrupt) t.guest = nullptr;
  vm.kvm.kernel.cpu.vm_exit(*t.task);
  ++counts.exits;
  ++counts.by_reason[static_cast<std::size_t>(reason)];
  const KvmPaths& paths = vm.kvm.paths;
  t.charge(paths.handle_exit);
  const bool completes = reason != ExitReason::external_interrupt && reason != ExitReason::interrupt_window &&
                         reason != ExitReason::ept_violation;
  if (vm.kvm.pmu_events && completes) t.charge(paths.pmu_event);
  switch (reason) {
    case ExitReason::external_interrupt:
      l1d_flush_ = true;  // kvm_set_cpu_l1tf_flush_l1d() of the handler
      return t.charge(paths.exit_interrupt);
    case ExitReason::interrupt_window:
      return t.charge(paths.exit_interrupt);
    case ExitReason::hlt:
      return t.charge(paths.exit_hlt);
    case ExitReason::io_instruction:
      l1d_flush_ = true;  // x86_emulate_instruction()
      return t.charge(paths.exit_io);
    case ExitReason::msr_read:
    case ExitReason::msr_write:
    case ExitReason::xsetbv:
    case ExitReason::control_register:
      return t.charge(paths.exit_msr);
    case ExitReason::cpuid:
      return t.charge(paths.exit_cpuid);
    case ExitReason::ept_misconfiguration:
      l1d_flush_ = true;
      return t.charge(paths.exit_mmio);
    case ExitReason::ept_violation:
      ++counts.page_faults;  // its path follows: what it does depends on the slot
      return;
  }
}

// vcpu_run() after an exit that KVM handled: a signal ends KVM_RUN, else the guest goes on.
void Vcpu::go_on(kernel::Thread& t) {
  if (kernel::signal_pending(t)) return;
  ++counts.handled_in_kernel;
  vm_entry(t);
}

// An exit was taken and a signal was pending, but the owner's guest code ran on: the signal came just after.
void Vcpu::back_into_guest(kernel::Thread& t) {
  if (!outside_) return;
  ++counts.handled_in_kernel;
  vm_entry(t);
}

void Vcpu::interrupted(kernel::Thread& t) {
  back_into_guest(t);
  vm_exit(t, ExitReason::external_interrupt);
}

void Vcpu::resume(kernel::Thread& t) {
  if (outside_ && !kernel::signal_pending(t)) back_into_guest(t);
}

bool Vcpu::kick_pending(kernel::Thread& t) {
  vm.kvm.kernel.sched->preemption_point(t);
  return kernel::signal_pending(t);
}

sim::Time Vcpu::compute(kernel::Thread& t, sim::Time span) {
  back_into_guest(t);
  while (span.ps > 0 && !kernel::signal_pending(t)) span = vm.kvm.kernel.sched->compute(t, span);
  return span;
}

void Vcpu::exit_in_kernel(kernel::Thread& t, ExitReason reason) {
  vm.kvm.kernel.sched->preemption_point(t);
  back_into_guest(t);
  vm_exit(t, reason);
  go_on(t);
}

std::int64_t Vcpu::exit_to_user(kernel::Thread& t, ExitReason reason) {
  vm.kvm.kernel.sched->preemption_point(t);
  const bool signal = reason == ExitReason::external_interrupt;
  if (!signal) back_into_guest(t);
  if (!outside_) vm_exit(t, reason);
  run.exit_reason = run_exit_of(reason);
  return leave(t, signal ? -kernel::EINTR_ : 0);
}

std::int64_t Vcpu::leave(kernel::Thread& t, std::int64_t result) {
  Kvm& kvm = vm.kvm;
  t.guest = nullptr;
  runner_ = nullptr;
  outside_ = false;
  ++counts.userspace_exits;
  if (result == -kernel::EINTR_) ++counts.interrupted;
  run.ready_for_interrupt_injection = interrupt_flag && !queued_interrupt_;
  t.charge(kvm.paths.run_end);
  t.charge(kvm.paths.fpu_swap);
  if (signal_mask) {
    t.charge(kvm.paths.signal_mask);
    kernel::set_blocked(kvm.kernel, t, saved_mask_);
  }
  put(t);
  t.charge(kvm.paths.msr_switch, kSwitchedMsrs);
  return kvm.kernel.leave_call(t, call_, result);
}

std::optional<std::uint32_t> Vcpu::take_interrupt() {
  if (!interrupt_flag) return std::nullopt;
  return std::exchange(queued_interrupt_, std::nullopt);
}

}  // namespace isosim::kvm
