// A virtual machine (struct kvm): memory slots, EPT, vCPUs.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "kernel-model/fs/file.h"
#include "kernel-model/mm/mmu_notifier.h"
#include "kvm-model/ept.h"
#include "kvm-model/exit_reason.h"
#include "kvm-model/memslots.h"

namespace isosim::kernel {
class Mm;
class Thread;
class EventFile;
}  // namespace isosim::kernel

namespace isosim::kvm {

class Kvm;
class Vcpu;

class Vm final : public kernel::Counted<Vm>, public kernel::MmuNotifier {
 public:
  Vm(Kvm& its_kvm, const std::shared_ptr<kernel::Mm>& its_mm);
  ~Vm();

  const kernel::Ref<Kvm> module;  // the tables of processes may outlive who loaded it
  Kvm& kvm;
  const std::weak_ptr<kernel::Mm> mm;  // of the process that made it: only its threads may use the VM
  Memslots slots;
  Ept ept;
  bool irqchip = false;
  std::vector<kernel::Ref<Vcpu>> vcpus;  // in the order of creation

  struct Irqfd {
    kernel::Ref<kernel::EventFile> file;
    std::uint32_t gsi;
  };
  struct Ioeventfd {
    kernel::Ref<kernel::EventFile> file;
    IoEventFd match;
  };
  std::vector<Irqfd> irqfds;
  std::vector<Ioeventfd> ioeventfds;

  // The sum over its vCPUs.
  [[nodiscard]] ExitCounts counts() const;

  // The guest physical address that a slot gives to a host address.
  [[nodiscard]] std::optional<std::uint64_t> gpa_of(kernel::Address hva) const;

  // The host changes its mappings: EPT entries of these addresses go, vCPUs in guest mode are interrupted.
  void invalidate(kernel::Thread& t, kernel::Address start, kernel::Address end) override;
  void zap_all(kernel::Thread& t);

 private:
  void flush_remote_tlbs(kernel::Thread& t);
};

}  // namespace isosim::kvm
