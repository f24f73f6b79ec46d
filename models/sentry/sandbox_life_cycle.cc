#include "models/sentry/sandbox_life_cycle.h"

#include <stdexcept>
#include <utility>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/file.h"
#include "kernel-model/fs/inode.h"
#include "kernel-model/fs/mount.h"
#include "kernel-model/process/namespaces.h"
#include "models/container/go_program.h"
#include "models/container/netlink.h"
#include "models/sentry/runsc_files.h"

namespace isosim::models {

using kernel::Thread;
namespace nr = kernel::nr;

namespace {

const sim::Param binary_bytes{"runsc.binary_bytes",
                              "bytes",
                              1e6,
                              1e8,
                              20e6,
                              "size of runsc's binary",
                              "a static Go binary with netstack and protocol buffers; inference"};

// Of runsc/cgroup/cgroup.go.
const std::vector<std::string> kControllers{"blkio",      "cpu",      "cpuset",  "memory",
                                            "net_cls",    "net_prio", "devices", "freezer",
                                            "perf_event", "pids",     "systemd"};

SandboxSpec served(SandboxSpec spec, const Image& image) {
  spec.mounts.front().source = image.merged();
  return spec;
}

std::uint64_t number(std::int32_t pid) { return static_cast<std::uint64_t>(pid); }

}  // namespace

void prepare_host_of_sandboxes(kernel::Vfs& vfs, kernel::FsContext& files, const SandboxSpec& spec) {
  prepare_control_groups(vfs, files, kControllers);
  for (const char* directory : {"/tmp", "/run/docker/runtime-runsc/moby"})
    vfs.populate(files, {.path = directory, .mode = kernel::file_mode::directory | 0755});
  for (const SandboxMount& mount : spec.mounts)
    if (mount.kind == SandboxMount::Kind::gofer && mount.target != "/")
      vfs.populate(files, {.path = mount.source, .mode = kernel::file_mode::directory | 0755});
  install_shim(vfs, files);
  install_go_program(vfs, files, runsc::kBinary,
                     static_cast<std::uint64_t>(vfs.kernel.settings.integer(binary_bytes)));
}

SandboxLifeCycle::SandboxLifeCycle(kernel::Kernel& host, const SandboxSpec& spec, std::string id,
                                   const Image& image, std::shared_ptr<kernel::FsContext> host_files)
    : spec_(spec),
      id_(std::move(id)),
      image_(image),
      bundle_("/run/containerd/io.containerd.runtime.v1.linux/moby/" + id_),
      state_("/run/docker/runtime-runsc/moby/" + id_),
      groups_(kControllers, id_,
              {"cpuset/cpuset.cpus", "cpuset/cpuset.mems", "memory/memory.limit_in_bytes"}),
      shim_(host, image, host_files),
      sandbox_(host, served(spec, image), {}, id_) {
  // containerd made the bundle before it asks for the container.
  constexpr std::uint64_t kSpecification = 8000;  // bytes of Docker's config.json
  host.vfs->populate(*host_files, {.path = bundle_ + "/config.json", .size = kSpecification});
}

void SandboxLifeCycle::begin_create(Done done) {
  // NewPipeIO of go-runc: the container's standard streams. What copies them to containerd's is not modelled.
  const auto make_pipes = [this](RuntimeCalls& shim) {
    for (auto& pipe : pipes_) pipe = shim.pipe();
  };
  shim_.start({"runsc create", [this](RuntimeCalls& calls) { run_create(calls); }, make_pipes, false,
               std::move(done)});
}

void SandboxLifeCycle::begin_start(std::string name, std::function<void(Thread&)> body, Done done) {
  kernel::Kernel& sentry = sandbox_.sentry().kernel();
  program_ = &sentry.create_thread(sentry.create_process(name), name, std::move(body));
  const auto close_theirs = [this](RuntimeCalls& shim) {
    for (const std::int32_t fd : {pipes_[0][0], pipes_[1][1], pipes_[2][1]}) shim.close(fd);
  };
  shim_.order({"runsc start", [this](RuntimeCalls& calls) { run_start(calls); }, close_theirs, false,
               std::move(done)});
}

// The shim hears of the sandbox's end, which is the container's, by waiting for it; its reaper may have done
// so when the runtime before ended.
void SandboxLifeCycle::begin_delete(Done done) {
  const auto reap = [this](RuntimeCalls& calls) {
    if (program_) calls.attempt(nr::wait4, {number(sandbox_pid_)});
  };
  shim_.order(
      {"runsc delete", [this](RuntimeCalls& calls) { run_delete(calls); }, reap, true, std::move(done)});
}

// lockContainerMetadata.
void SandboxLifeCycle::lock(RuntimeCalls& calls) {
  constexpr std::uint64_t kExclusive = 2;
  calls.make_directories(state_);
  lock_ = calls.open(state_ + "/meta.lock", std::uint64_t{kernel::open_flag::creat});
  calls.call(nr::flock, {number(lock_), kExclusive});
}

void SandboxLifeCycle::save(RuntimeCalls& calls) { write_file(calls, state_ + "/meta.json", 10000); }

bool SandboxLifeCycle::running(RuntimeCalls& calls, std::int32_t pid) const {
  return calls.attempt(nr::kill, {number(pid), 0}) == 0;
}

// container.Load: the state, and whether it is still true.
void SandboxLifeCycle::load(RuntimeCalls& calls) {
  calls.call(nr::stat, {0, calls.buffer()}, {{0, state_}});
  lock(calls);
  read_file(calls, state_ + "/meta.json");
  static_cast<void>(running(calls, sandbox_pid_));
  calls.close(lock_);
}

void SandboxLifeCycle::run_start(RuntimeCalls& shim) {
  constexpr int kThreads = 4;
  RuntimeCalls calls = exec_go_program(shim, runsc::kBinary, kThreads);
  load(calls);
  lock(calls);
  if (prestart_) prestart_(calls, sandbox_pid_);
  set_up_network(calls);
  ThreadCalls host(calls.thread());
  const ControlCall links = [](go::G&) {};  // NetworkCreateLinksAndRoutes
  sandbox_.control().connect_and_call(host, calls.buffer(), {links, sandbox_.start_call(*program_)});
  save(calls);
  calls.attempt(nr::exit_group, {0});
}

// createInterfacesAndRoutesFromNS (runsc/sandbox/network.go): into the sandbox's name space, what there is of
// links, addresses and routes, and back. One transaction each for: links; addresses of lo and of eth0; eth0's
// link twice, its routes; its address taken away. Answers, the packet socket and what netstack makes of it
// are not modelled.
void SandboxLifeCycle::set_up_network(RuntimeCalls& calls) {
  constexpr int kTransactions = 7;
  constexpr std::uint64_t kRequest = 32;
  const std::int32_t theirs = calls.open("/proc/" + std::to_string(sandbox_pid_) + "/ns/net", 0);
  const std::int32_t own = calls.open("/proc/self/ns/net", 0);
  calls.call(nr::setns, {number(theirs), kernel::clone_flag::newnet});
  for (int i = 0; i < kTransactions; ++i) netlink_request(calls, kRequest);
  calls.call(nr::setns, {number(own), kernel::clone_flag::newnet});
  calls.close(theirs);
  calls.close(own);
}

// Container.Destroy.
void SandboxLifeCycle::run_delete(RuntimeCalls& shim) {
  constexpr int kThreads = 4;
  constexpr std::uint64_t kKill = 9, kDetach = 2;
  RuntimeCalls calls = exec_go_program(shim, runsc::kBinary, kThreads);
  load(calls);
  for (const std::int32_t pid : {sandbox_pid_, gofer_pid_}) {
    calls.attempt(nr::kill, {number(pid), kKill});
    wait_for_stopped(calls, pid);
  }
  groups_.remove(calls);
  for (const SandboxMount& mount : spec_.mounts)  // destroyFS
    if (mount.kind == SandboxMount::Kind::gofer && mount.target != "/")
      calls.call(nr::umount2, {0, kDetach}, {{0, image_.merged() + mount.target}});
  for (const char* file : {"/meta.json", "/meta.lock"}) calls.call(nr::unlink, {}, {{0, state_ + file}});
  calls.call(nr::rmdir, {}, {{0, state_}});
  calls.attempt(nr::exit_group, {0});
}

// A look each 100 ms; what is gone at the first one costs no wait. A process that was killed and not yet
// reaped is still there.
void SandboxLifeCycle::wait_for_stopped(RuntimeCalls& calls, std::int32_t pid) {
  constexpr unsigned kMostBackOffs = 50;  // 5 s
  for (unsigned i = 0; running(calls, pid); ++i) {
    if (i == kMostBackOffs) throw std::runtime_error("a process of sandbox " + id_ + " does not end");
    kernel::Sys sleep;
    sleep.nr = nr::nanosleep;
    sleep.at[0] = kernel::Timespec{sim::milliseconds(100)};
    calls.call(sleep);
    ++back_offs_;
  }
}

}  // namespace isosim::models
