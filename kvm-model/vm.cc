#include "kvm-model/vm.h"

#include <algorithm>

#include "kernel-model/ipc/eventfd.h"
#include "kernel-model/mm/mm.h"
#include "kvm-model/files.h"

namespace isosim::kvm {

Vm::Vm(Kvm& its_kvm, const std::shared_ptr<kernel::Mm>& its_mm) : module(&its_kvm), kvm(its_kvm), mm(its_mm) {
  its_mm->notifiers.push_back(this);
  ++kvm.vms;
}

Vm::~Vm() {
  --kvm.vms;
  if (const auto space = mm.lock()) std::erase(space->notifiers, this);
}

ExitCounts Vm::counts() const {
  ExitCounts sum;
  for (const auto& vcpu : vcpus) {
    const ExitCounts& c = vcpu->counts;
    sum.exits += c.exits;
    sum.handled_in_kernel += c.handled_in_kernel;
    sum.userspace_exits += c.userspace_exits;
    sum.page_faults += c.page_faults;
    sum.prefetched += c.prefetched;
    sum.interrupted += c.interrupted;
    for (std::size_t i = 0; i < kExitReasons; ++i) sum.by_reason[i] += c.by_reason[i];
  }
  return sum;
}

std::optional<std::uint64_t> Vm::gpa_of(kernel::Address hva) const {
  for (const Memslot& slot : slots.all())
    if (hva >= slot.hva && hva - slot.hva < slot.bytes) return slot.gpa + (hva - slot.hva);
  return std::nullopt;
}

// kvm_mmu_notifier_invalidate_range_start(): kvm_handle_hva_range() over the slots that show the range.
void Vm::invalidate(kernel::Thread& t, kernel::Address start, kernel::Address end) {
  std::uint64_t zapped = 0;
  for (const Memslot& slot : slots.all()) {
    const kernel::Address from = std::max(start, slot.hva), to = std::min(end, slot.hva + slot.bytes);
    if (from < to) zapped += ept.zap(slot.gpa + (from - slot.hva), slot.gpa + (to - slot.hva));
  }
  if (zapped == 0) return;
  t.charge(kvm.paths.ept_zap, zapped);
  flush_remote_tlbs(t);
}

// kvm_mmu_invalidate_zap_all_pages(): 4.4 drops everything when a slot goes or moves.
void Vm::zap_all(kernel::Thread& t) {
  if (ept.pages() == 0) return;
  t.charge(kvm.paths.ept_zap, ept.pages());
  ept.clear();
  flush_remote_tlbs(t);
}

// kvm_flush_remote_tlbs(): vCPUs in guest mode are interrupted, and waited for; the others flush when they
// next enter.
void Vm::flush_remote_tlbs(kernel::Thread& t) {
  t.charge(kvm.paths.flush_remote_tlbs);
  bool waits = false;
  for (const auto& vcpu : std::vector<kernel::Ref<Vcpu>>(vcpus)) {
    vcpu->tlb_flush_ = true;
    kernel::Thread* runner = vcpu->runner_;
    if (!runner || vcpu->outside_ || !runner->se.on_cpu || runner == &t) continue;
    kvm.kernel.cpu.send_ipi(*t.task);
    if (vcpu->runner_ != runner) continue;  // time went by: it has left by itself
    kvm.kernel.sched->kick(*runner);
    waits = true;
  }
  if (waits) t.task->spend(kvm.paths.flush_remote_tlbs, kvm.kernel.cpu.ipi_latency());
}

}  // namespace isosim::kvm
