// The descriptors of KVM: the device, a VM, a vCPU.
#pragma once

#include <string>

#include "kernel-model/fs/mount.h"
#include "kvm-model/kvm.h"
#include "kvm-model/vcpu.h"
#include "kvm-model/vm.h"

namespace isosim::kvm {

class KvmFile final : public kernel::File {
 public:
  KvmFile(Kvm& kvm, kernel::Path path) : kvm_(kvm), path_(std::move(path)) {}
  std::int64_t device_ioctl(kernel::Kernel& k, kernel::Thread& t, std::uint64_t request,
                            std::uint64_t argument, kernel::IoctlArgument* data, kernel::Out& out) override;
  void status(kernel::FileStatus& out) const override { path_.inode()->fill(out); }
  [[nodiscard]] kernel::Inode* inode() const override { return path_.inode(); }
  [[nodiscard]] const kernel::Path* path() const override { return &path_; }
  [[nodiscard]] std::string describe() const override { return "/dev/kvm"; }

 private:
  std::int64_t create_vm(kernel::Thread& t);

  Kvm& kvm_;
  kernel::Path path_;
};

class VmFile final : public kernel::File {
 public:
  explicit VmFile(const kernel::Ref<Vm>& its_vm) : vm(its_vm) { flags = kernel::open_flag::rdwr; }
  std::int64_t device_ioctl(kernel::Kernel& k, kernel::Thread& t, std::uint64_t request,
                            std::uint64_t argument, kernel::IoctlArgument* data, kernel::Out& out) override;
  void release(kernel::Kernel& k, kernel::Thread& t) override;
  [[nodiscard]] std::string describe() const override { return "anon_inode:kvm-vm"; }

  const kernel::Ref<Vm> vm;

 private:
  std::int64_t set_memory_region(kernel::Thread& t, kernel::IoctlArgument* data);
  std::int64_t create_vcpu(kernel::Thread& t, std::uint64_t id);
  std::int64_t irqfd(kernel::Thread& t, kernel::IoctlArgument* data);
  std::int64_t ioeventfd(kernel::Thread& t, kernel::IoctlArgument* data);
};

class VcpuFile final : public kernel::File {
  const kernel::Ref<Vm> vm_;  // goes after the vCPU

 public:
  explicit VcpuFile(const kernel::Ref<Vcpu>& its_vcpu) : vm_(&its_vcpu->vm), vcpu(its_vcpu) {
    flags = kernel::open_flag::rdwr;
  }
  std::int64_t device_ioctl(kernel::Kernel& k, kernel::Thread& t, std::uint64_t request,
                            std::uint64_t argument, kernel::IoctlArgument* data, kernel::Out& out) override;
  void release(kernel::Kernel& k, kernel::Thread& t) override;
  [[nodiscard]] kernel::Ref<kernel::File> mapped_memory() const override;
  [[nodiscard]] std::string describe() const override { return "anon_inode:kvm-vcpu"; }

  const kernel::Ref<Vcpu> vcpu;
};

}  // namespace isosim::kvm
