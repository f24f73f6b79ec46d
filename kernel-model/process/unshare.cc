// unshare, setns (kernel/fork.c, kernel/nsproxy.c).
#include "kernel-model/fs/fs_context.h"
#include "kernel-model/kernel.h"
#include "kernel-model/process/calls.h"
#include "kernel-model/process/pidfd.h"
#include "kernel-model/process/process_table.h"

namespace isosim::kernel {

namespace {
constexpr int cap_sys_admin = 21;
bool admin(const Thread& t) { return (t.process->credentials.capabilities >> cap_sys_admin & 1) != 0; }
}  // namespace

std::int64_t sys_unshare(Kernel&, Thread& t, Sys& s) {
  using namespace clone_flag;
  const std::uint64_t flags = s.u64(0);
  Process& process = *t.process;
  if (flags & ~(thread | newns | sighand | vm | files | fs | sysvsem | new_any)) return -EINVAL_;
  if ((flags & (thread | sighand | vm)) && process.threads.size() > 1) return -EINVAL_;
  if ((flags & new_any & ~newuser) && !(flags & newuser) && !admin(t)) return -EPERM_;
  if (flags & files && process.files && process.files->use_count() > 1)
    process.files = process.files->clone();
  if ((flags & (fs | newns)) && process.fs && process.fs.use_count() > 1)
    process.fs = std::make_shared<FsContext>(*process.fs);
  if ((flags & newns) && process.fs) process.fs->unshare_mounts();
  auto fresh = std::make_shared<Namespaces>(*process.namespaces);
  fresh->renew(flags, t);
  process.namespaces = std::move(fresh);
  if (flags & newuser) process.credentials.capabilities = ~std::uint64_t{0};
  return 0;
}

// setns with a pidfd (5.8) and with a descriptor of /proc/PID/ns/*; the latter says by its name whose and
// which.
std::int64_t sys_setns(Kernel& k, Thread& t, Sys& s) {
  using namespace clone_flag;
  File* file = t.process->files->get(s.fd(0));
  if (!file) return -EBADF_;
  if (!admin(t)) return -EPERM_;
  std::uint64_t types = s.u64(1);
  Process* owner = process_of_pidfd(t, s.fd(0));
  if (!owner) {
    // "/proc/17/ns/net", as the file describes itself.
    const std::string name = file->describe();
    const std::size_t at = name.find("/ns/");
    if (name.rfind("/proc/", 0) != 0 || at == std::string::npos) return -EINVAL_;
    owner = k.find_process(t.process->namespaces->pid->id(std::atoi(name.c_str() + 6)));
    if (!owner) return -EINVAL_;
    const std::string_view kind = std::string_view(name).substr(at + 4);
    const std::uint64_t type = kind == "net"      ? newnet
                               : kind == "pid"    ? newpid
                               : kind == "uts"    ? newuts
                               : kind == "ipc"    ? newipc
                               : kind == "user"   ? newuser
                               : kind == "mnt"    ? newns
                               : kind == "cgroup" ? newcgroup
                                                  : 0;
    if (type == 0 || (types != 0 && types != type)) return -EINVAL_;
    types = type;
  }
  t.charge(k.procs->paths.namespaces, 1);
  auto joined = std::make_shared<Namespaces>(*t.process->namespaces);
  const Namespaces& from = *owner->namespaces;
  if (types & newpid) joined->pid_for_children = from.pid;
  if (types & newuts) joined->uts = from.uts;
  if (types & newipc) joined->ipc = from.ipc;
  if (types & newnet) joined->net = from.net;
  if (types & newuser) joined->user = from.user;
  if (types & newcgroup) joined->cgroup = from.cgroup;
  t.process->namespaces = std::move(joined);
  if ((types & newns) && owner->fs) t.process->fs = std::make_shared<FsContext>(*owner->fs);
  return 0;
}

}  // namespace isosim::kernel
