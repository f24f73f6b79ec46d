// process_vm_readv, process_vm_writev (mm/process_vm_access.c, Linux 4.4): the pages of another process are
// held, a batch at a time, and copied from or to the caller's memory.
#include <algorithm>

#include "kernel-model/fs/user_copy.h"
#include "kernel-model/kernel.h"
#include "kernel-model/misc/calls.h"
#include "kernel-model/mm/memory_manager.h"
#include "kernel-model/mm/mman.h"
#include "kernel-model/ptrace/ptrace.h"

namespace isosim::kernel {

namespace {

constexpr std::uint64_t kMostSegments = 1024;  // UIO_MAXIOV

std::uint64_t bytes_of(std::span<const IoVec> segments) {
  std::uint64_t sum = 0;
  for (const IoVec& segment : segments) sum += segment.length;
  return sum;
}

// What the cache model calls the memory of an address space.
std::uint64_t memory_object(const Process& process) { return process.space_id | std::uint64_t{1} << 61; }

// process_vm_rw_core(): as far as both sides can be accessed.
std::uint64_t transfer(Kernel& k, Thread& t, Mm& mm, std::uint64_t object, std::span<const IoVec> local,
                       std::span<const IoVec> remote, bool write) {
  const Io io{.buffer = 1, .length = bytes_of(local), .segments = local};
  std::uint64_t done = 0;
  for (const IoVec& segment : remote) {
    for (std::uint64_t at = 0; at < segment.length && done < io.length;) {
      const Address address = segment.base + at;
      const std::uint64_t part = std::min({kPage - address % kPage, segment.length - at, io.length - done});
      if (k.memory->pin(t, mm, address, write).result != 0) return done;
      t.charge(k.memory->paths().process_vm_page);
      const std::uint64_t good = user_access(k, t, io, done, part, !write);
      k.cpu.copy(*t.task, object, address, good, write ? cpu::Copy::to_kernel : cpu::Copy::from_kernel);
      done += good;
      at += good;
      if (good < part) return done;
    }
  }
  return done;
}

template <bool write>
std::int64_t process_vm(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.memory->paths().process_vm);
  if (s.u64(5) != 0 || s.u64(2) > kMostSegments || s.u64(4) > kMostSegments) return -EINVAL_;
  const auto* local = s.get<std::span<const IoVec>>(1);
  const auto* remote = s.get<std::span<const IoVec>>(3);
  if ((!local && s.u64(2) != 0) || (!remote && s.u64(4) != 0)) return -EFAULT_;
  if (!local || !remote || bytes_of(*local) == 0 || bytes_of(*remote) == 0) return 0;
  Thread* target = s.fd(0) > 0 ? thread_argument(k, t, s.u64(0)) : nullptr;
  if (!target) return -ESRCH_;
  // A zombie has no memory any more; one that shares the caller's needs no right.
  if (target->process->zombie) return -ESRCH_;
  if (target->process->mm != t.process->mm)
    if (const auto error = ptrace_may_access(t, *target->process)) return error;
  k.memory->of(*target->process);
  std::shared_ptr<Mm> mm = target->process->mm;  // the process may end meanwhile
  const std::uint64_t done = transfer(k, t, *mm, memory_object(*target->process), *local, *remote, write);
  k.memory->put(t, std::move(mm));
  return done == 0 ? -EFAULT_ : static_cast<std::int64_t>(done);
}

}  // namespace

void register_process_vm_calls(SyscallTable& table) {
  table.set(nr::process_vm_readv, process_vm<false>);
  table.set(nr::process_vm_writev, process_vm<true>);
}

}  // namespace isosim::kernel
