// shmget, shmat, shmdt, shmctl. The mapping itself is memory management's.
#include "kernel-model/misc/calls.h"
#include "kernel-model/misc/credentials.h"
#include "kernel-model/misc/misc_state.h"
#include "kernel-model/mm/memory_manager.h"
#include "kernel-model/mm/vma.h"

namespace isosim::kernel {

namespace {

constexpr std::uint64_t kCreate = 01000, kExclusive = 02000;  // IPC_CREAT, IPC_EXCL
constexpr std::uint64_t kReadOnly = 010000, kRound = 020000, kRemap = 040000, kExec = 0100000;  // SHM_*
constexpr std::size_t kSegmentLimit = 4096;  // kernel.shmmni

// ipcperms: `wanted` in the low three bits.
bool allowed(const Process& p, const ShmSegment& segment, std::uint32_t wanted) {
  const Credentials& c = p.credentials;
  std::uint32_t granted = segment.mode;
  if (c.euid == segment.creator_uid || c.euid == segment.uid)
    granted >>= 6;
  else if (c.egid == segment.creator_gid || c.egid == segment.gid)
    granted >>= 3;
  return (wanted & ~granted & 7) == 0 || capable(c, Cap::ipc_owner);
}

std::int64_t sys_shmget(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.shmget);
  ShmTable& table = k.misc->shm;
  const auto key = static_cast<std::int32_t>(s.u64(0));
  const std::uint64_t bytes = s.u64(1), flags = s.u64(2);
  if (ShmSegment* found = table.by_key(key)) {
    if ((flags & kCreate) != 0 && (flags & kExclusive) != 0) return -EEXIST_;
    if (bytes > found->bytes) return -EINVAL_;
    const auto wanted = static_cast<std::uint32_t>((flags >> 6 | flags >> 3 | flags) & 7);
    return allowed(*t.process, *found, wanted) ? found->id : -EACCES_;
  }
  if (key != 0 && (flags & kCreate) == 0) return -ENOENT_;
  if (bytes == 0 || bytes > static_cast<std::uint64_t>(k.cpu.spec().memory_bytes))
    return bytes == 0 ? -EINVAL_ : -ENOMEM_;
  if (table.size() >= kSegmentLimit) return -ENOSPC_;
  ShmSegment& segment = table.create(key, bytes);
  const Credentials& c = t.process->credentials;
  segment.mode = static_cast<std::uint32_t>(flags & 0777);
  segment.uid = segment.creator_uid = c.euid;
  segment.gid = segment.creator_gid = c.egid;
  segment.pages = k.memory->make_shared_memory(bytes);
  return segment.id;
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
  ShmSegment* segment = k.misc->shm.by_id(id);
  if (!segment) return -EINVAL_;
  if (!allowed(*t.process, *segment, (flags & kReadOnly) != 0 ? 4 : 6)) return -EACCES_;
  MapRequest request;
  request.address = address;
  request.length = page_up(segment->bytes);
  request.flags = vm::shared | vm::read |
                  ((flags & kReadOnly) != 0 ? 0u : vm::write) |
                  ((flags & kExec) != 0 ? vm::exec : 0u);
  request.fixed = address != 0;
  request.file = segment->pages;
  const std::uint64_t bytes = segment->bytes;
  ++segment->attached;  // holds it while mapping gives way
  const std::int64_t mapped = k.memory->map(t, k.memory->of(*t.process), std::move(request));
  if (mapped < 0) return k.misc->shm.detach(id), mapped;
  k.misc->shm.attachments[{t.process->pid, static_cast<Address>(mapped)}] = {id, bytes};
  return mapped;
}

std::int64_t sys_shmdt(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.shmdt);
  auto& attachments = k.misc->shm.attachments;
  const auto found = attachments.find({t.process->pid, s.u64(0)});
  if (found == attachments.end()) return -EINVAL_;
  const auto [id, bytes] = found->second;
  attachments.erase(found);
  k.memory->unmap(t, k.memory->of(*t.process), s.u64(0), page_up(bytes));
  k.misc->shm.detach(id);
  return 0;
}

std::int64_t sys_shmctl(Kernel& k, Thread& t, Sys& s) {
  constexpr std::uint64_t kRemove = 0, kSet = 1, kStat = 2, kLock = 11, kUnlock = 12;
  t.charge(k.misc->paths.shmctl);
  ShmSegment* segment = k.misc->shm.by_id(static_cast<std::int32_t>(s.u64(0)));
  const Credentials& c = t.process->credentials;
  switch (s.u64(1)) {
    case kStat:
      if (!segment) return -EINVAL_;
      s.out.value = segment->bytes;
      return allowed(*t.process, *segment, 4) ? 0 : -EACCES_;
    case kRemove:
    case kSet:
    case kLock:
    case kUnlock: {
      if (!segment) return -EINVAL_;
      const bool owner =
          c.euid == segment->uid || c.euid == segment->creator_uid || capable(c, Cap::sys_admin);
      if (!owner) return -EPERM_;
      if (s.u64(1) == kRemove) k.misc->shm.remove(*segment);
      return 0;
    }
    default:
      return s.u64(1) > 15 ? -EINVAL_ : k.default_path(t, s);  // IPC_INFO, SHM_INFO, SHM_STAT
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
