// The KVM platform (pkg/sentry/platform/kvm): the Sentry runs in guest ring 0, the application in guest ring
// 3 of the same virtual CPU. For a call to the host the thread leaves the guest and goes on in host ring 3,
// until it must enter the application again.
#pragma once

#include <bitset>
#include <map>

#include "models/sentry/kvm_machine.h"
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
  void enter_sentry(SentryTask& task) override { leave_application(*task.g); }
  void in_sentry(SentryTask& task, const std::function<void()>& what) override;
  void rights_lost(SentryTask& task) override;
  void bounce(SentryTask& task, go::G& by) override;
  void settle(go::G& by) override { machine_.settle(by); }
  void leave_guest(go::M& m) override;
  void touch_own(go::G& g, kernel::Address address, std::uint64_t length, bool write) override;

  [[nodiscard]] const KvmMachine& machine() const { return machine_; }

 private:
  // addressSpace, with the virtual CPUs whose translations may be older than its page tables (dirtySet).
  struct AddressSpace {
    std::bitset<256> dirty;
  };
  struct Paths {
    explicit Paths(const sim::Catalogue& catalogue);
    sim::PathId sysenter, switch_to_user, switch_to_user_iret, exception, halt, handler, resume, gp, map_page,
        unmap_page, new_address_space, release_address_space;
  };

  AddressSpace& address_space(SentryTask& task);
  void enter_application(SentryTask& task);
  void leave_application(go::G& g);
  void bounced(SentryTask& task);
  VirtualCpu& enter_guest(go::G& g);
  void run_vcpu(go::M& m, VirtualCpu& cpu);
  void take_bounce(go::M& m, VirtualCpu& cpu);
  void take_bounce_signal(kernel::Thread& t);
  void access(go::M& m, VirtualCpu& cpu, kernel::Address address, std::uint64_t length, bool write);
  void add_slot(go::M& m, kernel::Address address);
  void invalidate(AddressSpace& space, go::G& by);

  Sentry& sentry_;
  kernel::Kernel& host_;
  kernel::Ref<kvm::Kvm> module_;
  const Paths paths_;
  KvmMachine machine_;
  std::map<std::uint64_t, AddressSpace> spaces_;  // with page tables, by Process::space_id
  std::uint32_t next_slot_ = 0;
};

}  // namespace isosim::models
