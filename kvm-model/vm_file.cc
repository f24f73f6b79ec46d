// The ioctls of a VM's descriptor, and of a vCPU's.
#include <algorithm>

#include "kernel-model/fs/fd_table.h"
#include "kernel-model/ipc/eventfd.h"
#include "kernel-model/mm/memory_manager.h"
#include "kernel-model/mm/shared_memory.h"
#include "kvm-model/check_extension.h"
#include "kvm-model/files.h"

namespace isosim::kvm {

namespace {

// kvm_put_kvm(): the last descriptor ends the VM.
void end_if_last(kernel::Thread& t, Vm& vm) {
  if (vm.use_count() != 1) return;
  t.charge(vm.kvm.paths.destroy_vm);
  vm.zap_all(t);
}

}  // namespace

std::int64_t VmFile::device_ioctl(kernel::Kernel& /*k*/, kernel::Thread& t, std::uint64_t nr,
                                  std::uint64_t argument, kernel::IoctlArgument* data, kernel::Out& /*out*/) {
  t.charge(vm->kvm.paths.vm_ioctl);
  if (vm->mm.lock() != t.process->mm) return -kernel::EIO_;
  switch (nr) {
    case request::check_extension:
      return check_extension(vm->kvm, argument);
    case request::set_user_memory_region:
      return set_memory_region(t, data);
    case request::create_vcpu:
      return create_vcpu(t, argument);
    case request::set_tss_addr:  // three pages below 4 GB for real mode
      return argument > (std::uint64_t{1} << 32) - 3 * kPage ? -kernel::EINVAL_ : 0;
    case request::set_identity_map_addr:
      return 0;
    case request::create_irqchip:
      if (vm->irqchip) return -kernel::EEXIST_;
      if (!vm->vcpus.empty()) return -kernel::EINVAL_;
      vm->irqchip = true;
      return 0;
    case request::create_pit2:
      return vm->irqchip ? 0 : -kernel::ENXIO_;
    case request::irqfd:
      return irqfd(t, data);
    case request::ioeventfd:
      return ioeventfd(t, data);
    default:
      return -kernel::ENOTTY_;
  }
}

void VmFile::release(kernel::Kernel& /*k*/, kernel::Thread& t) { end_if_last(t, *vm); }

std::int64_t VmFile::set_memory_region(kernel::Thread& t, kernel::IoctlArgument* data) {
  const auto* region = dynamic_cast<const UserMemoryRegion*>(data);
  if (!region) return -kernel::EFAULT_;
  t.charge(vm->kvm.paths.set_memory_region);
  Memslots::Change change{};
  if (const auto error = vm->slots.set(*region, change); error < 0) return error;
  // kvm_arch_create_memslot(): a reverse map of 8 bytes a page and lpage_info of 4 bytes a 2 MB and 1 GB.
  if (change == Memslots::Change::create)
    vm->kvm.kernel.cpu.zero(*t.task, region->memory_size / kPage * 8 + region->memory_size / (2u << 20) * 4);
  if (change == Memslots::Change::remove || change == Memslots::Change::move) vm->zap_all(t);
  return 0;
}

std::int64_t VmFile::create_vcpu(kernel::Thread& t, std::uint64_t id) {
  if (id >= vm->kvm.max_vcpus) return -kernel::EINVAL_;
  t.charge(vm->kvm.paths.create_vcpu);
  for (const auto& other : vm->vcpus)
    if (other->id == id) return -kernel::EEXIST_;
  const kernel::Ref<Vcpu> vcpu(new Vcpu(*vm, static_cast<std::uint32_t>(id)));
  vm->vcpus.push_back(vcpu);
  return t.process->files->install(new VcpuFile(vcpu), true);
}

std::int64_t VmFile::irqfd(kernel::Thread& t, kernel::IoctlArgument* data) {
  constexpr std::uint32_t kDeassign = 1;
  const auto* wanted = dynamic_cast<const IrqFd*>(data);
  if (!wanted) return -kernel::EFAULT_;
  if (wanted->flags & ~kDeassign) return -kernel::EINVAL_;
  kernel::File* found = t.process->files->get(wanted->fd);
  if (!found) return -kernel::EBADF_;
  auto* file = dynamic_cast<kernel::EventFile*>(found);
  if (!file) return -kernel::EINVAL_;
  if (wanted->flags & kDeassign) {
    std::erase_if(vm->irqfds,
                  [&](const Vm::Irqfd& i) { return i.file.get() == file && i.gsi == wanted->gsi; });
    return 0;
  }
  for (const Vm::Irqfd& other : vm->irqfds)
    if (other.file.get() == file) return -kernel::EBUSY_;
  vm->irqfds.push_back({file, wanted->gsi});
  return 0;
}

std::int64_t VmFile::ioeventfd(kernel::Thread& t, kernel::IoctlArgument* data) {
  constexpr std::uint32_t kDatamatch = 1, kPio = 2, kDeassign = 4;
  const auto* wanted = dynamic_cast<const IoEventFd*>(data);
  if (!wanted) return -kernel::EFAULT_;
  const std::uint32_t length = wanted->length;
  if (length > 8 || (length & (length - 1)) != 0) return -kernel::EINVAL_;
  if (wanted->address + length < wanted->address) return -kernel::EINVAL_;
  if (wanted->flags & ~(kDatamatch | kPio | kDeassign)) return -kernel::EINVAL_;
  if (length == 0 && (wanted->flags & kDatamatch)) return -kernel::EINVAL_;
  kernel::File* found = t.process->files->get(wanted->fd);
  if (!found) return -kernel::EBADF_;
  auto* file = dynamic_cast<kernel::EventFile*>(found);
  if (!file) return -kernel::EINVAL_;
  const auto same = [&](const Vm::Ioeventfd& other) {
    const IoEventFd& match = other.match;
    return match.address == wanted->address && ((match.flags ^ wanted->flags) & kPio) == 0 &&
           (length == 0 || match.length == 0 ||
            (match.length == length && (!(match.flags & kDatamatch) || !(wanted->flags & kDatamatch) ||
                                        match.datamatch == wanted->datamatch)));
  };
  const auto known = std::find_if(vm->ioeventfds.begin(), vm->ioeventfds.end(), same);
  if (wanted->flags & kDeassign) {
    if (known == vm->ioeventfds.end() || known->file.get() != file) return -kernel::ENOENT_;
    vm->ioeventfds.erase(known);
    return 0;
  }
  if (known != vm->ioeventfds.end()) return -kernel::EEXIST_;
  vm->ioeventfds.push_back({file, *wanted});
  return 0;
}

std::int64_t VcpuFile::device_ioctl(kernel::Kernel& /*k*/, kernel::Thread& t, std::uint64_t nr,
                                    std::uint64_t argument, kernel::IoctlArgument* data,
                                    kernel::Out& /*out*/) {
  t.charge(vm_->kvm.paths.vcpu_ioctl);
  if (vm_->mm.lock() != t.process->mm) return -kernel::EIO_;
  return vcpu->ioctl(t, nr, argument, data);
}

void VcpuFile::release(kernel::Kernel& /*k*/, kernel::Thread& t) { end_if_last(t, *vm_); }

kernel::Ref<kernel::File> VcpuFile::mapped_memory() const { return vcpu->run_pages(); }

}  // namespace isosim::kvm
