#include "kvm-model/kvm.h"

#include <span>

#include "kernel-model/catalogue/footprint.h"
#include "kernel-model/catalogue/load.h"
#include "kernel-model/fs/vfs.h"
#include "kvm-model/files.h"
#include "sim/data_file.h"
#include "sim/params.h"

namespace isosim::data {
std::span<const sim::DataFile> kvm_catalogue_files();
std::span<const sim::DataFile> kvm_footprint_files();
}  // namespace isosim::data

namespace isosim::kvm {

namespace {

constexpr std::uint64_t kDevice = 10 * 256 + 232;  // MISC_MAJOR, KVM_MINOR

const sim::Param ept_accessed_bits{
    "kvm.ept_accessed_bits",
    "bool",
    0,
    1,
    1,
    "EPT entries have accessed bits; KVM prefetches entries only then",
    "processors from Haswell on; arch/x86/kvm/mmu.c direct_pte_prefetch (Linux 4.4)"};

const sim::Param most_vcpus{"kvm.max_vcpus",
                            "1",
                            1,
                            255,
                            255,
                            "virtual CPUs that a VM may have",
                            "arch/x86/include/asm/kvm_host.h KVM_MAX_VCPUS, Linux 4.4"};

const sim::Param count_completed_instructions{
    "kvm.pmu_events",
    "bool",
    0,
    1,
    0,
    "KVM counts the instructions that it completes for the guest in the guest's counters",
    "arch/x86/kvm/pmu.c kvm_pmu_trigger_event, Linux 5.17; not in 4.4 or 5.4"};

const bool has_footprints = (kernel::add_footprints(data::kvm_footprint_files()), true);

}  // namespace

void load_catalogue(sim::Catalogue& catalogue, std::string_view prefix) {
  for (const auto& file : data::kvm_catalogue_files())
    kernel::load_catalogue_text(catalogue, prefix, file.name, file.text);
}

Kvm::Kvm(kernel::Kernel& its_kernel)
    : kernel(its_kernel),
      paths(its_kernel),
      prefetch(its_kernel.settings.flag(ept_accessed_bits)),
      pmu_events(its_kernel.settings.flag(count_completed_instructions)),
      max_vcpus(static_cast<std::uint32_t>(its_kernel.settings.integer(most_vcpus))),
      current(static_cast<std::size_t>(its_kernel.cpu.logical_cpus()), nullptr) {}

kernel::Ref<Kvm> Kvm::load(kernel::Kernel& kernel) {
  struct Open {
    kernel::Ref<Kvm> module;
    std::int64_t operator()(kernel::Thread& t, const kernel::Path& path, std::uint32_t,
                            kernel::Ref<kernel::File>& out) const {
      t.charge(module->paths.open);
      out = new KvmFile(*module, path);
      return 0;
    }
  };
  kernel::Vfs::OpenDevice& device = kernel.vfs->devices[kDevice];
  if (const Open* loaded = device.target<Open>()) return loaded->module;
  kernel::Ref<Kvm> module(new Kvm(kernel));
  device = Open{module};
  return module;
}

void Kvm::make_device_node(kernel::FsContext& context, const std::string& path) {
  kernel.vfs->populate(context,
                       {.path = path, .mode = kernel::file_mode::character | 0660u, .rdev = kDevice});
}

Vm* Kvm::vm_of(const kernel::Thread& t, std::int32_t fd) {
  const auto* file = dynamic_cast<const VmFile*>(t.process->files->get(fd));
  return file ? file->vm.get() : nullptr;
}

Vcpu* Kvm::vcpu_of(const kernel::Thread& t, std::int32_t fd) {
  const auto* file = dynamic_cast<const VcpuFile*>(t.process->files->get(fd));
  return file ? file->vcpu.get() : nullptr;
}

}  // namespace isosim::kvm
