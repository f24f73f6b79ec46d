#include "workloads/replay/recorded_difference.h"

#include "kernel-model/abi/errno.h"
#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/pseudo_fs.h"
#include "kernel-model/process/process.h"
#include "kernel-model/sched/thread.h"
#include "traces/structure.h"

namespace isosim::workloads {

namespace nr = kernel::nr;

namespace {

// A process has one tracer at most, and strace was it.
bool asks_to_trace(const kernel::Sys& sys) {
  constexpr std::uint64_t kTraceMe = 0, kAttach = 16, kSeize = 0x4206;  // PTRACE_*
  const std::uint64_t request = sys.u64(0);
  return sys.nr == nr::ptrace && (request == kTraceMe || request == kAttach || request == kSeize);
}

// semctl, shmctl and msgctl with IPC_INFO, *_INFO and *_STAT: what they tell is of all objects there are.
bool asks_for_slots(const kernel::Sys& sys) {
  constexpr std::uint64_t kInfo = 3;
  const std::uint64_t command = sys.u64(sys.nr == nr::semctl ? 2 : 1);
  if (sys.nr == nr::semctl) return command == kInfo || (command >= 18 && command <= 20);
  if (sys.nr == nr::shmctl) return command == kInfo || (command >= 13 && command <= 15);
  return sys.nr == nr::msgctl && (command == kInfo || (command >= 11 && command <= 13));
}

// Files that tell of the kernel or the machine as it is, and differ in length where those differ. A reading
// that the trace shows to its end has its length from there.
std::string_view printed_difference(const kernel::File& file) {
  const kernel::Path* path = file.path();
  if (!path || !path->dentry || !path->inode()) return {};
  const kernel::Inode& inode = *path->inode();
  if (const auto* printed = dynamic_cast<const kernel::PseudoInode*>(&inode); printed && inode.is_regular())
    return printed->pid != 0 ? "what /proc prints of a process depends on the kernel's version, the machine "
                               "and the mappings"
                             : "";
  if (!inode.is_directory()) return {};
  if (inode.sb.type == "proc") return "/proc lists the processes, and what the kernel's version has";
  if (inode.sb.type != "sysfs") return {};
  for (const kernel::Dentry* at = path->dentry.get(); at; at = at->parent.get())
    if (at->name == "system")
      return "/sys/devices/system lists the machine's own processors and memory nodes";
  return {};
}

}  // namespace

std::string_view recorded_difference(const kernel::Thread& thread, const kernel::Sys& sys,
                                     const traces::Event& event, std::int64_t returned, const IdMap& ids,
                                     int pid_space) {
  if (sys.nr == nr::capget && returned == -kernel::ESRCH_ && event.result >= 0)
    if (const auto pid = traces::integer(traces::field(event.args[0].text, "pid"));
        pid && !ids.contains(pid_space, static_cast<std::int32_t>(*pid)))
      return "processes outside the trace are not there";
  if (asks_for_slots(sys)) return "which slots System V objects have depends on those made outside the trace";
  if (asks_to_trace(sys) && event.result == -kernel::EPERM_ && returned >= 0)
    return "EPERM in the record, since strace was tracing the process already";
  if (sys.nr == nr::readlink && event.result > 0 && returned > 0) {
    const auto* path = sys.get<std::string_view>(0);
    if (path && (*path == "/proc/self" || *path == "/proc/thread-self"))
      return "process numbers have as many digits as there were processes before";
  }
  const bool reads = sys.nr == nr::read || sys.nr == nr::pread64 || sys.nr == nr::lseek;
  if ((!reads && sys.nr != nr::getdents64) || event.result < 0 || returned < 0) return {};
  const kernel::File* file = thread.process->files->get(sys.fd(0));
  return file ? printed_difference(*file) : std::string_view{};
}

}  // namespace isosim::workloads
