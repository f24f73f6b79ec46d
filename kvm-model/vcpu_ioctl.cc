// A vCPU's state as user space sets and reads it.
#include <algorithm>

#include "kernel-model/mm/memory_manager.h"
#include "kvm-model/files.h"

namespace isosim::kvm {

namespace {

template <class T>
std::int64_t take(kernel::IoctlArgument* from, T& to) {
  const auto* value = dynamic_cast<T*>(from);
  if (!value) return -kernel::EFAULT_;
  to = *value;
  return 0;
}

template <class T>
std::int64_t give(const T& from, kernel::IoctlArgument* to) {
  auto* value = dynamic_cast<T*>(to);
  if (!value) return -kernel::EFAULT_;
  *value = from;
  return 0;
}

}  // namespace

Vcpu::Vcpu(Vm& its_vm, std::uint32_t its_id)
    : vm(its_vm), id(its_id), run_pages_(its_vm.kvm.kernel.memory->make_shared_memory(kRunBytes)) {}

Vcpu::~Vcpu() {
  for (Vcpu*& current : vm.kvm.current)
    if (current == this) current = nullptr;
}

std::int64_t Vcpu::ioctl(kernel::Thread& t, std::uint64_t nr, std::uint64_t argument,
                         kernel::IoctlArgument* data) {
  if ((nr >> 8 & 0xFF) != 0xAE) return -kernel::EINVAL_;
  if (runner_) return -kernel::EBUSY_;  // its owner would wait for vcpu->mutex, held by KVM_RUN
  load(t);
  std::int64_t result = -kernel::EINVAL_;
  switch (nr) {
    case request::run:  // nobody brought guest code (enter()): the reset vector holds no instruction
      if (argument != 0) break;
      run.exit_reason = run_exit::internal_error;
      ++counts.userspace_exits;
      result = 0;
      break;
    case request::get_regs:
      result = give(regs, data);
      break;
    case request::set_regs:
      result = take(data, regs);
      break;
    case request::get_sregs:
      result = give(sregs, data);
      break;
    case request::set_sregs:
      result = take(data, sregs);
      break;
    case request::get_fpu:
      result = give(fpu, data);
      break;
    case request::set_fpu:
      result = take(data, fpu);
      break;
    case request::set_cpuid2:
      result = take(data, cpuid);
      break;
    case request::set_signal_mask:
      signal_mask.reset();
      if (data) {
        SignalMask wanted;
        result = take(data, wanted);
        constexpr std::uint64_t unblockable = 1ull << 8 | 1ull << 18;  // SIGKILL, SIGSTOP
        if (result == 0) signal_mask = wanted.mask & ~unblockable;
      } else {
        result = 0;
      }
      break;
    case request::interrupt: {
      Interrupt wanted;
      result = take(data, wanted);
      if (result < 0) break;
      if (wanted.irq >= 256) {
        result = -kernel::EINVAL_;
      } else if (vm.irqchip) {
        result = -kernel::ENXIO_;
      } else {
        queued_interrupt_ = wanted.irq;
      }
      break;
    }
    case request::set_msrs:
    case request::get_msrs: {  // the number of entries that were processed
      auto* wanted = dynamic_cast<Msrs*>(data);
      if (!wanted) {
        result = -kernel::EFAULT_;
        break;
      }
      for (Msr& entry : wanted->entries) {
        t.charge(vm.kvm.paths.exit_msr);
        const auto known =
            std::find_if(msrs.begin(), msrs.end(), [&](const Msr& m) { return m.index == entry.index; });
        if (nr == request::get_msrs) {
          entry.data = known == msrs.end() ? 0 : known->data;
        } else if (known == msrs.end()) {
          msrs.push_back(entry);
        } else {
          known->data = entry.data;
        }
      }
      result = static_cast<std::int64_t>(wanted->entries.size());
      break;
    }
    case request::get_tsc_khz:
      result = vm.kvm.kernel.cpu.spec().base_khz;
      break;
    default:
      break;
  }
  put(t);
  return result;
}

}  // namespace isosim::kvm
