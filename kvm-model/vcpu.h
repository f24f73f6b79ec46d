// A virtual CPU. Guest code is the VMM's owner's straight-line code, so KVM_RUN is split where the guest
// runs: enter() returns in guest mode, and the guest says how it leaves. Between them the owner charges the
// guest's own time to the same thread.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "kernel-model/abi/syscall.h"
#include "kernel-model/fs/file.h"
#include "kernel-model/sched/guest_mode.h"
#include "kvm-model/abi.h"
#include "kvm-model/exit_reason.h"
#include "sim/time.h"

namespace isosim::kernel {
class SharedMemory;
}

namespace isosim::kvm {

class Vm;

// How an access of the guest to physical memory ended.
enum class Access : std::uint8_t {
  done,  // in guest mode, the page is mapped
  mmio,  // no slot: KVM_RUN has returned 0 with KVM_EXIT_MMIO
  bad,   // the host cannot provide the page: KVM_RUN has returned -EFAULT
};

// The part of struct kvm_run that KVM and user space share and that this model uses.
struct RunPage {
  bool request_interrupt_window = false;          // in: return as soon as an interrupt can be injected
  bool ready_for_interrupt_injection = false;     // out
  std::uint32_t exit_reason = run_exit::unknown;  // out
};

class Vcpu final : public kernel::Counted<Vcpu>, public kernel::GuestMode {
 public:
  Vcpu(Vm& its_vm, std::uint32_t its_id);
  ~Vcpu();

  Vm& vm;
  const std::uint32_t id;
  ExitCounts counts;
  RunPage run;

  // State that user space sets.
  Regs regs;
  Sregs sregs;
  Fpu fpu;
  Cpuid cpuid;
  std::vector<Msr> msrs;
  std::optional<std::uint64_t> signal_mask;

  // ioctl(fd, KVM_RUN, 0); the descriptor stays open until the guest is left. 0: look at in_guest(): true, or
  // an interrupt window was open at once (run.exit_reason). Else a negative errno, with the thread in user
  // mode: -EINTR (a signal was pending), what seccomp answers, -EIO (another process's VM), -EBADF, -EINVAL.
  std::int64_t enter(kernel::Thread& t, std::int32_t fd);

  // The guest is left for good; returns what KVM_RUN returns: 0, or -EINTR for external_interrupt, which is
  // how a pending signal ends KVM_RUN. run.exit_reason follows from `reason`.
  std::int64_t exit_to_user(kernel::Thread& t, ExitReason reason);

  // An exit that KVM handles and after which the guest goes on.
  void exit_in_kernel(kernel::Thread& t, ExitReason reason);

  // The guest touches physical memory: an EPT violation for each page that is not mapped (with `write`: not
  // writable). After `mmio` or `bad` the thread is in user mode.
  Access access(kernel::Thread& t, std::uint64_t gpa, std::uint64_t bytes, bool write);

  // The guest computes for `span` at base frequency. Returns what is left if a signal came.
  sim::Time compute(kernel::Thread& t, sim::Time span);

  // Lets the interrupts that the host got meanwhile happen (an exit each), and tells whether a signal now
  // ends KVM_RUN: the owner is to call exit_to_user(external_interrupt). Call it about once a guest
  // operation.
  bool kick_pending(kernel::Thread& t);

  // RFLAGS.IF of the guest (KVM_RUN enters with what was set last; false at first), and the vector that
  // KVM_INTERRUPT queued and that the guest takes now, if its IF allows. Opening the window while user space
  // waits for it makes interrupt_window_due(): the owner then calls exit_to_user(interrupt_window).
  bool interrupt_flag = false;
  [[nodiscard]] std::optional<std::uint32_t> take_interrupt();
  [[nodiscard]] bool interrupt_window_due() const {
    return run.request_interrupt_window && interrupt_flag && !queued_interrupt_;
  }

  [[nodiscard]] bool in_guest() const { return runner_ != nullptr; }
  [[nodiscard]] kernel::Thread* runner() const { return runner_; }  // whose KVM_RUN is open
  [[nodiscard]] const kernel::Ref<kernel::SharedMemory>& run_pages() const { return run_pages_; }

  // The ioctls of the vCPU's descriptor other than KVM_RUN; 0 or a negative errno.
  std::int64_t ioctl(kernel::Thread& t, std::uint64_t request, std::uint64_t argument,
                     kernel::IoctlArgument* data);

  void interrupted(kernel::Thread& t) override;
  void resume(kernel::Thread& t) override;

 private:
  void load(kernel::Thread& t);
  void put(kernel::Thread& t);
  void load_vmcs(kernel::Thread& t);
  void vm_entry(kernel::Thread& t);
  void vm_exit(kernel::Thread& t, ExitReason reason);
  void go_on(kernel::Thread& t);
  void back_into_guest(kernel::Thread& t);
  std::int64_t leave(kernel::Thread& t, std::int64_t result);
  Access ept_violation(kernel::Thread& t, std::uint64_t gpa, bool write);
  void prefetch(kernel::Thread& t, std::uint64_t gpa);

  kernel::Ref<kernel::SharedMemory> run_pages_;
  kernel::Sys call_;                  // the open KVM_RUN
  kernel::Thread* runner_ = nullptr;  // in guest mode, or outside for an interrupt
  bool outside_ = false;              // an exit was taken and the guest not entered again
  std::uint64_t saved_mask_ = 0;      // of the runner
  std::uint64_t switches_ = 0;        // of the runner, when the vCPU was last loaded
  std::optional<std::uint32_t> queued_interrupt_;
  std::int32_t last_tid_ = 0;  // vcpu->pid
  int loaded_on_ = -1;         // the CPU whose current VMCS may be cached
  bool tlb_flush_ = false;     // KVM_REQ_TLB_FLUSH
  bool l1d_flush_ = false;     // l1tf_flush_l1d: the host ran what a guest must not read
  friend class Vm;
};

}  // namespace isosim::kvm
