#include "kvm-model/memslots.h"

#include <algorithm>

#include "kernel-model/abi/errno.h"

namespace isosim::kvm {

namespace {

constexpr std::uint64_t kMaxPages = (std::uint64_t{1} << 31) - 1;  // KVM_MEM_MAX_NR_PAGES
constexpr std::uint64_t kTaskSize = (std::uint64_t{1} << 47) - kPage;

}  // namespace

std::int64_t Memslots::set(const UserMemoryRegion& r, Change& change) {
  change = Change::none;
  if (r.flags & ~(slot_log_dirty_pages | slot_readonly)) return -kernel::EINVAL_;
  if (r.memory_size % kPage != 0 || r.guest_phys_addr % kPage != 0) return -kernel::EINVAL_;
  if (r.slot >= kUserSlots || r.userspace_addr % kPage != 0) return -kernel::EINVAL_;
  if (r.userspace_addr > kTaskSize || r.memory_size > kTaskSize - r.userspace_addr) return -kernel::EINVAL_;
  if (r.guest_phys_addr + r.memory_size < r.guest_phys_addr) return -kernel::EINVAL_;
  if (r.memory_size / kPage > kMaxPages) return -kernel::EINVAL_;
  const auto old =
      std::find_if(slots_.begin(), slots_.end(), [&](const Memslot& s) { return s.id == r.slot; });
  if (r.memory_size == 0) {
    if (old == slots_.end()) return -kernel::EINVAL_;
    slots_.erase(old);
    change = Change::remove;
    return 0;
  }
  Change kind = Change::create;
  if (old != slots_.end()) {
    if (old->hva != r.userspace_addr || old->bytes != r.memory_size ||
        ((old->flags ^ r.flags) & slot_readonly))
      return -kernel::EINVAL_;
    if (old->gpa != r.guest_phys_addr) {
      kind = Change::move;
    } else if (old->flags != r.flags) {
      kind = Change::flags;
    } else {
      return 0;
    }
  }
  const std::uint64_t end = r.guest_phys_addr + r.memory_size;
  if (kind != Change::flags)
    for (const Memslot& other : slots_)
      if (other.id != r.slot && r.guest_phys_addr < other.end() && other.gpa < end) return -kernel::EEXIST_;
  const Memslot fresh{r.slot, r.flags, r.guest_phys_addr, r.memory_size, r.userspace_addr};
  if (old != slots_.end()) slots_.erase(old);
  slots_.insert(std::upper_bound(slots_.begin(), slots_.end(), fresh.gpa,
                                 [](std::uint64_t gpa, const Memslot& slot) { return gpa < slot.gpa; }),
                fresh);
  change = kind;
  return 0;
}

const Memslot* Memslots::find(std::uint64_t gpa) const {
  if (last_ < slots_.size() && slots_[last_].contains(gpa)) return &slots_[last_];
  auto after =
      std::upper_bound(slots_.begin(), slots_.end(), gpa,
                       [](std::uint64_t address, const Memslot& slot) { return address < slot.gpa; });
  if (after == slots_.begin() || !(--after)->contains(gpa)) return nullptr;
  last_ = static_cast<std::size_t>(after - slots_.begin());
  return &*after;
}

}  // namespace isosim::kvm
