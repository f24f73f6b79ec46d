// runsc create.
#include <algorithm>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/file.h"
#include "kernel-model/fs/mount.h"
#include "kernel-model/process/namespaces.h"
#include "models/container/go_program.h"
#include "models/gofer/gofer.h"
#include "models/sentry/runsc_files.h"
#include "models/sentry/sandbox_life_cycle.h"

namespace isosim::models {

namespace nr = kernel::nr;
namespace flag = kernel::clone_flag;

void SandboxLifeCycle::run_create(RuntimeCalls& shim) {
  constexpr int kThreads = 4;  // sysmon, and Ms for the collector's goroutines; inference
  donate(shim, {pipes_[0][0], pipes_[1][1], pipes_[2][1]}, 0);
  RuntimeCalls calls = exec_go_program(shim, runsc::kBinary, kThreads);
  read_specification(calls);
  lock(calls);
  calls.attempt(nr::stat, {0, calls.buffer()}, {{0, state_ + "/meta.json"}});
  set_up_mounts(calls);
  write_file(calls, bundle_ + "/config.clean.json", 8000);
  groups_.make(calls);
  for (const char* file : {"cpuset/cpuset.cpus", "cpuset/cpuset.mems"}) {  // fillFromAncestor
    read_file(calls, groups_.path(file));
    write_file(calls, groups_.path(file), 6);
  }
  // runInCgroup(): runsc itself joins, so that what it starts is in; afterwards it leaves the first hierarchy
  // again, and ends soon.
  read_file(calls, "/proc/self/cgroup");
  groups_.join(calls, calls.thread().process->pid);
  Descriptors gofer_ends, sandbox_ends;
  ThreadCalls host(calls.thread());
  for (const SandboxMount& mount : spec_.mounts) {
    if (mount.kind != SandboxMount::Kind::gofer) continue;
    const auto pair = gofer::make_socket_pair(host, calls.buffer());
    sandbox_ends.push_back(pair[0]);
    gofer_ends.push_back(pair[1]);
  }
  gofer_pid_ = start_gofer(calls, gofer_ends);
  for (const std::int32_t fd : gofer_ends) calls.close(fd);
  const auto sync = calls.pipe();
  sandbox_pid_ = start_sandbox(calls, sandbox_ends, sync[1]);
  for (const std::int32_t fd : sandbox_ends) calls.close(fd);
  calls.close(sync[1]);
  if (calls.read(sync[0], 1) != 1) throw std::runtime_error("sandbox " + id_ + " ended before it was up");
  write_file(calls, groups_.directory("memory") + "/cgroup.procs", 1);
  save(calls);
  write_file(calls, bundle_ + "/init.pid", 5);
  calls.attempt(nr::exit_group, {0});
}

void SandboxLifeCycle::read_specification(RuntimeCalls& calls) { read_file(calls, bundle_ + "/config.json"); }

// setupFS (container/fs.go): bind mounts on the host, below the root that the Gofer will serve. Symbolic
// links of their targets are looked for one component after the other.
void SandboxLifeCycle::set_up_mounts(RuntimeCalls& calls) {
  for (const SandboxMount& mount : spec_.mounts) {
    if (mount.kind != SandboxMount::Kind::gofer || mount.target == "/") continue;
    const std::string target = image_.merged() + mount.target;
    for (std::size_t at = image_.merged().size(); at != std::string::npos;) {
      at = target.find('/', at + 1);
      calls.attempt(nr::lstat, {0, calls.buffer()}, {{0, target.substr(0, at)}});
    }
    calls.call(nr::stat, {0, calls.buffer()}, {{0, mount.source}});
    calls.make_directories(target);
    calls.mount(mount.source, target, "bind", kernel::mount_flag::bind);
    calls.mount("", target, "", kernel::mount_flag::slave | kernel::mount_flag::rec);
  }
}

// createGoferProcess. Go starts a child that gets no user name space with vfork; a pipe that closes with
// execve tells whether that came to be.
std::int32_t SandboxLifeCycle::start_gofer(RuntimeCalls& calls, const Descriptors& ends) {
  Descriptors donated{calls.open(bundle_ + "/config.clean.json", 0)};
  donated.insert(donated.end(), ends.begin(), ends.end());
  const auto executed = calls.pipe();
  const std::int32_t pid = calls.clone(
      flag::vfork | flag::vm | flag::newipc | flag::newns | flag::newnet | flag::newpid | flag::newuts,
      [this, donated, buffer = calls.buffer()](kernel::Thread& child) {
        RuntimeCalls own(child, buffer);
        gofer(own, donated);
      });
  calls.close(executed[1]);
  calls.read(executed[0], 8);
  calls.close(executed[0]);
  calls.close(donated.front());
  return pid;
}

// createSandboxProcess. Docker leaves the network name space to the runtime and moves its interface in by a
// hook, so all are new (specutils.StartInNS). With a user name space the child is forked, and waits for its
// mappings.
std::int32_t SandboxLifeCycle::start_sandbox(RuntimeCalls& calls, const Descriptors& ends,
                                             std::int32_t sync) {
  ThreadCalls host(calls.thread());
  Descriptors donated{sandbox_.control().make_socket(host), calls.open(bundle_ + "/config.clean.json", 0),
                      sync};
  donated.insert(donated.end(), ends.begin(), ends.end());
  const bool kvm = spec_.platform == SentryPlatform::kvm;
  if (kvm) donated.push_back(calls.open("/dev/kvm", kernel::open_flag::rdwr));
  const std::size_t own = donated.size();
  donated.insert(donated.end(), {0, 1, 2});  // runsc's are the container's: --stdio-fds
  Descriptors null;
  for (int i = 0; i < 3; ++i) null.push_back(calls.open("/dev/null", i == 0 ? 0 : kernel::open_flag::wronly));
  read_file(calls, groups_.path("cpuset/cpuset.cpus"));            // NumCPU
  read_file(calls, groups_.path("memory/memory.limit_in_bytes"));  // MemoryLimit
  const auto executed = calls.pipe(), mapped = calls.pipe();
  const std::int32_t pid = calls.clone(
      flag::newipc | flag::newns | flag::newuts | flag::newnet | flag::newuser | (kvm ? flag::newpid : 0),
      [this, donated, null, mapped, buffer = calls.buffer()](kernel::Thread& child) {
        RuntimeCalls theirs(child, buffer);
        theirs.close(mapped[1]);
        boot(theirs, donated, null, mapped[0]);
      });
  calls.close(mapped[0]);
  for (const char* map : {"/uid_map", "/setgroups", "/gid_map"}) {
    const std::int32_t fd = calls.open("/proc/" + std::to_string(pid) + map, kernel::open_flag::rdwr);
    calls.write(fd, 24);
    calls.close(fd);
  }
  calls.write(mapped[1], 4);
  calls.close(mapped[1]);
  calls.close(executed[1]);
  calls.read(executed[0], 8);
  calls.close(executed[0]);
  for (const std::int32_t fd : null) calls.close(fd);
  for (std::size_t i = 0; i < own; ++i)
    if (i < 2 || (kvm && i + 1 == own)) calls.close(donated[i]);
  return pid;
}

}  // namespace isosim::models
