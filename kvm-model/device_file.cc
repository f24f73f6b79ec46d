// The ioctls of /dev/kvm itself.
#include <algorithm>

#include "kernel-model/fs/fd_table.h"
#include "kernel-model/mm/memory_manager.h"
#include "kvm-model/check_extension.h"
#include "kvm-model/files.h"

namespace isosim::kvm {

namespace {

// KVM_GET_SUPPORTED_CPUID: the leaves that a Haswell or Broadwell server gives its guests. What they hold is
// nothing that this model's guests read.
constexpr std::array<std::uint32_t, 22> kLeaves{
    0,          1,          2,          4,          5,          6,          7,          9,
    0xA,        0xB,        0xD,        0x40000000, 0x40000001, 0x80000000, 0x80000001, 0x80000002,
    0x80000003, 0x80000004, 0x80000005, 0x80000006, 0x80000007, 0x80000008};

std::int64_t supported_cpuid(kernel::IoctlArgument* data) {
  auto* cpuid = dynamic_cast<Cpuid*>(data);
  if (!cpuid) return -kernel::EFAULT_;
  if (cpuid->capacity < kLeaves.size()) return -kernel::E2BIG_;
  cpuid->entries.clear();
  for (const std::uint32_t leaf : kLeaves) cpuid->entries.push_back({.function = leaf});
  return 0;
}

}  // namespace

// kvm_vm_ioctl_check_extension(), shared by the device and VMs.
std::int64_t check_extension(const Kvm& kvm, std::uint64_t which) {
  switch (which) {
    case extension::irqchip:
    case extension::hlt:
    case extension::user_memory:
    case extension::set_tss_addr:
    case extension::ext_cpuid:
    case extension::mp_state:
    case extension::sync_mmu:
    case extension::irqfd:
    case extension::ioeventfd:
    case extension::xsave:
    case extension::get_tsc_khz:
    case extension::readonly_mem:
      return 1;
    case extension::nr_vcpus:
      return std::min(160u, kvm.max_vcpus);  // KVM_SOFT_MAX_VCPUS
    case extension::max_vcpus:
      return kvm.max_vcpus;
    case extension::nr_memslots:
      return kUserSlots;
    default:
      return 0;
  }
}

std::int64_t KvmFile::device_ioctl(kernel::Kernel& /*k*/, kernel::Thread& t, std::uint64_t nr,
                                   std::uint64_t argument, kernel::IoctlArgument* data,
                                   kernel::Out& /*out*/) {
  t.charge(kvm_.paths.device_ioctl);
  switch (nr) {
    case request::get_api_version:
      return argument != 0 ? -kernel::EINVAL_ : kApiVersion;
    case request::check_extension:
      return check_extension(kvm_, argument);
    case request::get_vcpu_mmap_size:
      return argument != 0 ? -kernel::EINVAL_ : static_cast<std::int64_t>(kRunBytes);
    case request::get_supported_cpuid:
      return supported_cpuid(data);
    case request::create_vm:
      return argument != 0 ? -kernel::EINVAL_ : create_vm(t);
    default:
      return -kernel::EINVAL_;
  }
}

std::int64_t KvmFile::create_vm(kernel::Thread& t) {
  kernel::Kernel& k = kvm_.kernel;
  t.charge(kvm_.paths.create_vm);
  if (kvm_.vms == 0) {  // hardware_enable_all(): VMXON on every CPU
    t.charge(kvm_.paths.enable_vmx);
    for (int cpu = 1; cpu < k.cpu.logical_cpus(); ++cpu) k.cpu.send_ipi(*t.task);
    if (k.cpu.logical_cpus() > 1) t.task->spend(kvm_.paths.enable_vmx, k.cpu.ipi_latency());
  }
  k.memory->of(*t.process);
  const kernel::Ref<Vm> vm(new Vm(kvm_, t.process->mm));
  return t.process->files->install(new VmFile(vm), true);
}

}  // namespace isosim::kvm
