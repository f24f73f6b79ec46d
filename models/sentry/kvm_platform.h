// The KVM platform (pkg/sentry/platform/kvm): the Sentry runs in guest ring 0, the application in guest ring
// 3 of the same virtual CPU. For a call to the host the thread leaves the guest and goes on in host ring 3,
// until it must enter the application again.
#pragma once

#include <deque>
#include <set>

#include "kvm-model/kvm.h"
#include "kvm-model/vcpu.h"
#include "kvm-model/vm.h"
#include "models/sentry/platform.h"

namespace isosim::models {

class KvmPlatform final : public Platform {
 public:
  KvmPlatform(Sentry& sentry, kernel::Kernel& host);

  void boot(go::G& g) override;  // opens /dev/kvm and makes the VM
  void run(SentryTask& task) override;
  std::int64_t application_call(kernel::Thread& thread, kernel::Sys& sys) override;
  sim::Time compute(SentryTask& task, sim::Time span) override;
  std::int64_t touch(SentryTask& task, kernel::Address address, std::uint64_t length, bool write) override;
  void fault_begin(SentryTask& task) override;
  void fault_end(SentryTask& task) override;
  void first_touch(SentryTask& task, kernel::Address application, kernel::Address sentry,
                   std::uint64_t length, bool write) override;
  void map(SentryTask& task, kernel::Address address, std::uint64_t length, kernel::Address sentry) override;
  void unmap(SentryTask& task, kernel::Address address, std::uint64_t length, std::uint64_t pages) override;
  void bounce(SentryTask& task, go::G& by) override;
  void leave_guest(go::M& m) override;
  void touch_own(go::G& g, kernel::Address address, std::uint64_t length, bool write) override;

  [[nodiscard]] const kvm::Vm* vm() const { return vm_; }

 private:
  struct VirtualCpu {  // vCPU of platform/kvm/machine.go
    kvm::Vcpu* vcpu = nullptr;
    std::int32_t fd = -1;
    go::M* owner = nullptr;
    bool running_application = false;
  };
  struct Paths {
    explicit Paths(const sim::Catalogue& catalogue);
    sim::PathId sysenter, switch_to_user, switch_to_user_iret, exception, halt, handler, resume, gp, map_page,
        unmap_page, new_address_space, release_address_space;
  };

  VirtualCpu& get(go::G& g);
  void use_address_space(SentryTask& task);
  VirtualCpu* create(go::G& g);
  void enter_guest(go::G& g);
  void run_vcpu(go::M& m, VirtualCpu& cpu);
  void take_bounce(go::M& m, VirtualCpu& cpu);
  void take_bounce_signal(kernel::Thread& t);
  void access(go::M& m, VirtualCpu& cpu, kernel::Address address, std::uint64_t length, bool write);
  void add_slot(go::M& m, kernel::Address address);
  std::int64_t vm_ioctl(kernel::Thread& t, std::int32_t fd, std::uint64_t request,
                        kernel::IoctlArgument* data, std::uint64_t argument = 0);

  Sentry& sentry_;
  kernel::Kernel& host_;
  kernel::Ref<kvm::Kvm> module_;
  const Paths paths_;
  std::int32_t vm_fd_ = -1;
  kvm::Vm* vm_ = nullptr;
  std::deque<VirtualCpu> cpus_;
  std::set<std::uint64_t> spaces_;  // with page tables, by Process::space_id
  std::uint32_t next_slot_ = 0;
};

}  // namespace isosim::models
