// shmget, shmat, shmdt, shmctl. The mapping itself is memory management's.
#include "kernel-model/misc/calls.h"
#include "kernel-model/misc/misc_state.h"
#include "kernel-model/mm/memory_manager.h"
#include "kernel-model/mm/vma.h"
#include "kernel-model/process/namespaces.h"

namespace isosim::kernel {

namespace {

ShmTable& segments_of(const Thread& t) {
  ShmTable& table = t.process->namespaces->ipc->shm;
  table.purge();
  return table;
}

constexpr std::uint64_t kReadOnly = 010000, kRound = 020000, kRemap = 040000, kExec = 0100000;  // SHM_*
constexpr std::uint64_t kHugeTlb = 04000, kNoReserve = 010000;                                  // of shmget
constexpr std::uint64_t kLargest = ~0ull - (1ull << 24);  // kernel.shmmax, and kernel.shmall in pages
constexpr std::size_t kSegmentLimit = 4096;               // kernel.shmmni

// newseg()
std::int64_t new_segment(Kernel& k, Thread& t, std::int32_t key, std::uint64_t bytes, std::uint64_t flags) {
  if (bytes == 0 || bytes > kLargest) return -EINVAL_;
  if (flags & kHugeTlb) {  // hugetlb_file_setup(): no pages are reserved, vm.nr_hugepages is 0
    constexpr std::uint64_t kSizeShift = 26, kSizeMask = 0x3F, kTwoMegabytes = 21;
    const std::uint64_t size = flags >> kSizeShift & kSizeMask;
    if (size != 0 && size != kTwoMegabytes) return -EINVAL_;
    if ((flags & kNoReserve) == 0) return -ENOMEM_;
  }
  if (bytes > static_cast<std::uint64_t>(k.cpu.spec().memory_bytes)) return -ENOMEM_;
  ShmTable& table = segments_of(t);
  if (table.size() >= kSegmentLimit) return -ENOSPC_;
  const auto segment = table.add(*t.process, key, flags);
  segment->bytes = bytes;
  const Ref<SharedMemory> pages = k.memory->make_shared_memory(bytes);
  pages->system_v = true;
  segment->pages = pages;
  return segment->id;
}

std::int64_t sys_shmget(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.shmget);
  const auto key = static_cast<std::int32_t>(s.u64(0));
  const std::uint64_t bytes = s.u64(1), flags = s.u64(2);
  return ipc_get(
      *t.process, segments_of(t), key, flags,
      [&](const ShmSegment& segment) { return bytes <= segment.bytes; },
      [&] { return new_segment(k, t, key, bytes, flags); });
}

std::int64_t sys_shmat(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.shmat);
  const auto id = static_cast<std::int32_t>(s.u64(0));
  const std::uint64_t flags = s.u64(2);
  Address address = s.u64(1);
  if (address % kPage != 0) {
    if ((flags & kRound) == 0) return -EINVAL_;
    address = page_down(address);
  }
  if (address == 0 && (flags & kRemap) != 0) return -EINVAL_;
  const auto segment = segments_of(t).by_id(id);
  if (!segment) return -EINVAL_;
  if (!ipc_allowed(*t.process, *segment, (flags & kReadOnly) != 0 ? 4 : 6)) return -EACCES_;
  MapRequest request;
  request.address = address;
  request.length = page_up(segment->bytes);
  request.flags = vm::shared | vm::read | ((flags & kReadOnly) != 0 ? 0u : vm::write) |
                  ((flags & kExec) != 0 ? vm::exec : 0u);
  request.fixed = address != 0;
  request.replaces = (flags & kRemap) != 0;  // find_vma_intersection()
  request.file = segment->pages;
  return k.memory->map(t, k.memory->of(*t.process), std::move(request));
}

std::int64_t sys_shmdt(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.shmdt);
  const Address address = s.u64(0);
  if (address % kPage != 0) return -EINVAL_;
  Mm& mm = k.memory->of(*t.process);
  // The mapping that was made at the address, whose front may be gone.
  const auto attached_here = [address](const Vma& area) {
    const auto* pages = dynamic_cast<const SharedMemory*>(area.file.get());
    return pages && pages->system_v && (area.start - address) / kPage == area.page_offset;
  };
  const Vma* area = mm.vmas.find(address);
  while (area && !attached_here(*area)) area = mm.vmas.find(area->end);
  if (!area) return -EINVAL_;
  const Ref<File> pages = area->file;
  const Address end = address + page_up(static_cast<const SharedMemory&>(*pages).bytes);
  while (area && area->end <= end) {
    const Address start = area->start, next = area->end;
    if (area->file == pages && attached_here(*area)) k.memory->unmap(t, mm, start, next - start);
    area = mm.vmas.find(next);
  }
  return 0;
}

std::int64_t sys_shmctl(Kernel& k, Thread& t, Sys& s) {
  constexpr std::uint64_t kRemove = 0, kSet = 1, kStat = 2, kInfo = 3, kLock = 11, kUnlock = 12,
                          kSlotStat = 13, kUsage = 14;
  t.charge(k.misc->paths.shmctl);
  const auto id = static_cast<std::int32_t>(s.u64(0));
  if (id < 0) return -EINVAL_;
  const auto segment = segments_of(t).by_id(id);
  switch (s.u64(1)) {
    case kInfo:
    case kUsage:
      return s.u64(2) == 0 ? -EFAULT_ : segments_of(t).highest_slot();
    case kStat:
    case kSlotStat: {  // which takes a slot and tells the identifier
      const bool by_slot = s.u64(1) == kSlotStat;
      const auto found = by_slot ? segments_of(t).by_slot(id % kIpcSequenceStep) : segment;
      if (!found) return -EINVAL_;
      s.out.value = found->bytes;
      if (!ipc_allowed(*t.process, *found, 4)) return -EACCES_;
      return by_slot ? found->id : 0;
    }
    case kRemove:
    case kSet:
    case kLock:
    case kUnlock: {
      if (s.u64(1) == kSet && s.u64(2) == 0) return -EFAULT_;  // copied before the segment is looked up
      if (!segment) return -EINVAL_;
      if (!ipc_owned(*t.process, *segment)) return -EPERM_;
      if (s.u64(1) == kRemove) segments_of(t).remove(*segment);
      return 0;
    }
    default:
      return -EINVAL_;
  }
}

}  // namespace

void register_shm_calls(SyscallTable& table) {
  table.set(nr::shmget, sys_shmget);
  table.set(nr::shmat, sys_shmat);
  table.set(nr::shmdt, sys_shmdt);
  table.set(nr::shmctl, sys_shmctl);
}

}  // namespace isosim::kernel
