// /dev/kvm of a host kernel (Linux 4.4 on a processor with VMX, EPT, VPID).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kernel-model/fs/file.h"
#include "kernel-model/kernel.h"
#include "kvm-model/kvm_paths.h"

namespace isosim::kernel {
struct FsContext;
}

namespace isosim::kvm {

class Vm;
class Vcpu;

// Adds the paths of kvm-model/catalogue/*.json, each under "<prefix>.". Before Cpu::rebuild_costs().
void load_catalogue(sim::Catalogue& catalogue, std::string_view prefix);

class Kvm final : public kernel::Counted<Kvm> {
 public:
  // modprobe: registers the character device 10:232 with `kernel`, which keeps the module from then on.
  // Returns the module that is there if it is loaded already.
  static kernel::Ref<Kvm> load(kernel::Kernel& kernel);

  // Makes the node, mode 0660, as the module's uevent does.
  void make_device_node(kernel::FsContext& context, const std::string& path = "/dev/kvm");

  // What a descriptor stands for; null if it is not a VM or a vCPU.
  [[nodiscard]] static Vm* vm_of(const kernel::Thread& t, std::int32_t fd);
  [[nodiscard]] static Vcpu* vcpu_of(const kernel::Thread& t, std::int32_t fd);

  kernel::Kernel& kernel;
  const KvmPaths paths;
  const bool prefetch;            // direct_pte_prefetch() works: EPT has accessed bits
  const bool pmu_events;          // instructions that KVM completes count in the guest's counters
  const std::uint32_t max_vcpus;  // of a VM
  std::vector<Vcpu*> current;     // current_vmcs, by logical CPU
  int vms = 0;                    // kvm_usage_count: VMX is on while there are any

 private:
  explicit Kvm(kernel::Kernel& its_kernel);
};

}  // namespace isosim::kvm
