// EPT violations (vmx.c handle_ept_violation, mmu.c tdp_page_fault of 4.4).
#include <algorithm>

#include "kernel-model/mm/memory_manager.h"
#include "kernel-model/signal/signal.h"
#include "kvm-model/files.h"

namespace isosim::kvm {

namespace {
constexpr std::uint64_t kHugePage = 2u << 20;
}

Access Vcpu::access(kernel::Thread& t, std::uint64_t gpa, std::uint64_t bytes, bool write) {
  const std::uint64_t end = gpa + bytes;
  for (std::uint64_t page = gpa / kPage * kPage; page < end; page += kPage) {
    if (vm.ept.allows(page, write)) [[likely]]
      continue;
    const Access result = ept_violation(t, page, write);
    if (result != Access::done) return result;
  }
  return Access::done;
}

Access Vcpu::ept_violation(kernel::Thread& t, std::uint64_t gpa, bool write) {
  const sim::Frame frame(*t.task, "ept_violation");
  Kvm& kvm = vm.kvm;
  kvm.kernel.sched->preemption_point(t);
  back_into_guest(t);
  vm_exit(t, ExitReason::ept_violation);
  const Memslot* slot = vm.slots.find(gpa);
  if (!slot || (write && (slot->flags & slot_readonly))) {
    t.charge(kvm.paths.exit_mmio);
    run.exit_reason = run_exit::mmio;
    leave(t, 0);
    return Access::mmio;
  }
  t.charge(kvm.paths.ept_violation, 1);
  const Memslot place = *slot;  // the fault takes time, in which slots may change
  const kernel::Address hva = place.hva + (gpa - place.gpa);
  const auto pinned = kvm.kernel.memory->pin(t, hva, write);
  if (pinned.result < 0) {
    run.exit_reason = run_exit::unknown;
    leave(t, -kernel::EFAULT_);
    return Access::bad;
  }
  const bool writable = pinned.writable && !(place.flags & slot_readonly);
  // transparent_hugepage_adjust(): one entry for 2 MB, if the slot holds all of it at the same alignment.
  const std::uint64_t huge = gpa / kHugePage * kHugePage;
  if (pinned.huge && place.gpa % kHugePage == place.hva % kHugePage && huge >= place.gpa &&
      huge + kHugePage <= place.end()) {
    for (std::uint64_t at = huge; at < huge + kHugePage; at += kPage) vm.ept.map(at, writable);
  } else {
    vm.ept.map(gpa, writable);
    if (kvm.prefetch) prefetch(t, gpa);
  }
  if (const std::uint64_t tables = vm.ept.take_new_tables()) {
    t.charge(kvm.paths.ept_table, tables);
    kvm.kernel.cpu.zero(*t.task, tables * kPage);
  }
  go_on(t);
  return Access::done;
}

// direct_pte_prefetch(): of the 8 entries around, runs of absent ones whose host pages are mapped for writing
// already. A run is taken when a present entry follows it (__direct_pte_prefetch leaves the last one until
// Linux 5.15), up to the first page that is not mapped (gfn_to_page_many_atomic); so who goes upwards finds
// nothing prefetched.
void Vcpu::prefetch(kernel::Thread& t, std::uint64_t gpa) {
  constexpr std::uint64_t kGroup = 8 * kPage;  // PTE_PREFETCH_NUM
  const std::uint64_t first = gpa / kGroup * kGroup;
  const auto take = [&](std::uint64_t at) {
    const Memslot* slot = vm.slots.find(at);
    if (!slot || (slot->flags & (slot_readonly | slot_log_dirty_pages)) ||
        !vm.kvm.kernel.memory->mapped_writable(*t.process, slot->hva + (at - slot->gpa)))
      return false;
    vm.ept.map(at, true);
    return true;
  };
  std::uint64_t mapped = 0;
  for (std::uint64_t at = first, start = first; at < first + kGroup; at += kPage) {
    if (!vm.ept.present(at)) continue;
    const std::uint64_t before = mapped;
    for (std::uint64_t absent = start; absent < at && take(absent); absent += kPage) ++mapped;
    if (start != at && mapped == before) break;
    start = at + kPage;
  }
  counts.prefetched += mapped;
  if (mapped != 0) t.charge(vm.kvm.paths.ept_prefetch, mapped);
}

}  // namespace isosim::kvm
