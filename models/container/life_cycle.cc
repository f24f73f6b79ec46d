#include "models/container/life_cycle.h"

#include <fmt/format.h>

#include <stdexcept>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/fs_context.h"
#include "kernel-model/fs/inode.h"
#include "kernel-model/process/namespaces.h"
#include "kernel-model/process/process_table.h"
#include "models/container/go_files.h"
#include "models/container/go_program.h"
#include "models/container/seccomp_filter.h"
#include "sim/params.h"

namespace isosim::models {

using kernel::Thread;
namespace nr = kernel::nr;

namespace {

constexpr const char* kRuncRoot = "/run/docker/runtime-runc/moby";
constexpr const char* kBundles = "/run/containerd/io.containerd.runtime.v1.linux/moby/";
constexpr std::uint64_t kSigKill = 9;
constexpr int kRuncThreads = 4;  // sysmon, and Ms for the collector's goroutines; inference
// Bytes of JSON and netlink messages that Docker's configuration comes to.
constexpr std::uint64_t kBootstrapBytes = 100, kConfigBytes = 20000, kStateBytes = 20000, kSyncBytes = 32;

const sim::Param runc_bytes{"runc.binary_bytes",
                            "bytes",
                            1e6,
                            1e8,
                            10e6,
                            "size of runc's binary",
                            "runc of 2019 with libseccomp, as the memfd copy's commit message has it"};

}  // namespace

void prepare_host_of_containers(kernel::Vfs& vfs, kernel::FsContext& files, const ContainerSpec& spec) {
  prepare_control_groups(vfs, files, spec.controllers);
  const auto directory = [&](const std::string& path) {
    vfs.populate(files, {.path = path, .mode = kernel::file_mode::directory | 0755});
  };
  directory(kRuncRoot);
  for (const ContainerMount& mount : spec.mounts)
    if (mount.type == "bind") directory(mount.source);
  install_shim(vfs, files);
  install_go_program(vfs, files, kRunc, static_cast<std::uint64_t>(vfs.kernel.settings.integer(runc_bytes)));
}

LifeCycle::LifeCycle(kernel::Kernel& host, const ContainerSpec& spec, const Image& image,
                     std::shared_ptr<kernel::FsContext> host_files, std::function<void()> run)
    : host_(host),
      spec_(spec),
      image_(image),
      run_(std::move(run)),
      filter_(seccomp_filter(spec)),
      bundle_(kBundles + spec.id),
      state_(fmt::format("{}/{}", kRuncRoot, spec.id)),
      groups_(spec.controllers, spec.id,
              {"cpuset/cpuset.cpus", "cpuset/cpuset.mems", "devices/devices.allow", "devices/devices.deny"}),
      shim_(host, image, host_files) {
  // containerd made the bundle before it asks for the container.
  host.vfs->populate(*host_files, {.path = bundle_ + "/config.json", .size = kConfigBytes});
}

void LifeCycle::create() {
  begin_create({});
  run_();
  if (!program_) throw std::logic_error("runc create did not come to its end");
}

void LifeCycle::begin_create(Done done) {
  shim_.start(
      {"runc create", [this](RuntimeCalls& calls) { run_create(calls); }, {}, false, std::move(done)});
}

Thread& LifeCycle::start(std::string name, std::function<void(Thread&)> body) {
  if (!program_ || body_) throw std::logic_error("a container starts once, after it was created");
  order("runc start", &LifeCycle::run_start, {});
  run_();
  name_ = std::move(name);
  body_ = std::move(body);
  gate_.wake(host_, nullptr);
  return *program_;
}

void LifeCycle::begin_start(std::string name, std::function<void(Thread&)> body, Done done) {
  name_ = std::move(name);
  body_ = std::move(body);
  own_program_ = true;
  order("runc start", &LifeCycle::run_start, std::move(done));
}

void LifeCycle::remove() {
  if (!program_) throw std::logic_error("there is no container");
  if (!program()->zombie) {
    order("runc kill", &LifeCycle::run_kill, {});
    run_();
  }
  begin_delete({});
  run_();
  program_ = nullptr;
}

// Init, and what its name space left, are the shim's children; their control group is in use until they are
// reaped.
void LifeCycle::begin_delete(Done done) {
  const auto reap = [](RuntimeCalls& calls) {
    while (calls.attempt(nr::wait4, {~std::uint64_t{0}}) > 0) {
    }
  };
  shim_.order(
      {"runc delete", [this](RuntimeCalls& calls) { run_delete(calls); }, reap, true, std::move(done)});
}

void LifeCycle::order(const char* name, void (LifeCycle::*run)(RuntimeCalls&), Done done) {
  shim_.order({name, [this, run](RuntimeCalls& calls) { (this->*run)(calls); }, {}, false, std::move(done)});
}

void LifeCycle::make_fifo(RuntimeCalls& calls) {
  const std::string path = state_ + "/exec.fifo";
  calls.attempt(nr::stat, {0, calls.buffer()}, {{0, path}});
  const auto mask = static_cast<std::uint64_t>(calls.call(nr::umask, {0}));
  calls.call(nr::mknod, {0, kernel::file_mode::fifo | 0622, 0}, {{0, path}});
  calls.call(nr::umask, {mask});
  calls.call(nr::chown, {0, 0, 0}, {{0, path}});
}

// runc create: factory_linux.go, container_linux.go, initProcess.start() in process_linux.go.
void LifeCycle::run_create(RuntimeCalls& shim) {
  RuntimeCalls calls = exec_go_program(shim, kRunc, kRuncThreads);
  read_file(calls, bundle_ + "/config.json");
  calls.make_directories(state_);
  calls.call(nr::chown, {0, 0, 0}, {{0, state_}});
  make_fifo(calls);
  const auto pipe = calls.socket_pair();
  const auto fifo = static_cast<std::int32_t>(calls.call(
      nr::openat,
      {static_cast<std::uint64_t>(-100), 0, kernel::open_flag::path | kernel::open_flag::cloexec, 0},
      {{1, state_ + "/exec.fifo"}}));
  const std::int32_t child = start_process(calls, [this, pipe, fifo](RuntimeCalls& own) {
    own.call(nr::chdir, {}, {{0, image_.merged()}});
    donate(own, {pipe[1], fifo});
    exec_program(own, kOwnProgram);
    nsexec(own.thread());
  });
  calls.close(pipe[1]);
  // "Do this before syncing with child so that no children can escape the cgroup"; and again for the final
  // one.
  groups_.apply(calls, child);
  calls.write(pipe[0], kBootstrapBytes);
  calls.read(pipe[0], 64);
  const std::int32_t init = pid_;  // which that says
  for (const char* fd : {"/fd/0", "/fd/1", "/fd/2"})
    calls.attempt(nr::readlink, {0, calls.buffer(), 64}, {{0, "/proc/" + std::to_string(init) + fd}});
  groups_.apply(calls, init);
  calls.wait_for(child);
  calls.write(pipe[0], kConfigBytes);
  serve_init(calls, pipe[0], init);
  save(calls, init);
  for (const std::int32_t fd : {pipe[0], fifo}) calls.close(fd);
  // createPidFile
  write_file(calls, bundle_ + "/.init.pid", 5);
  calls.call(nr::rename, {}, {{0, bundle_ + "/.init.pid"}, {1, bundle_ + "/init.pid"}});
  calls.attempt(nr::exit_group, {0});
}

// parseSync: the init asks for the hooks, then says that it is ready, then closes its end.
void LifeCycle::serve_init(RuntimeCalls& calls, std::int32_t pipe, std::int32_t pid) {
  calls.read(pipe, kSyncBytes);
  groups_.set_devices(calls);
  if (prestart_) prestart_(calls, pid);
  calls.write(pipe, kSyncBytes);
  calls.read(pipe, kSyncBytes);
  calls.attempt(nr::prlimit64, {static_cast<std::uint64_t>(pid), 7, 0, 0});
  calls.write(pipe, kSyncBytes);
  while (calls.read(pipe, kSyncBytes) > 0) {
  }
}

// updateState: when the init began is part of it.
void LifeCycle::save(RuntimeCalls& calls, std::int32_t pid) {
  read_file(calls, "/proc/" + std::to_string(pid) + "/stat");
  write_file(calls, state_ + "/state.json", kStateBytes);
}

// getContainer, and Status(): is the init there, and the same one.
void LifeCycle::load(RuntimeCalls& calls) {
  read_file(calls, state_ + "/state.json");
  const std::string stat = "/proc/" + std::to_string(pid_) + "/stat";
  if (calls.attempt(nr::access, {0, 0}, {{0, stat}}) == 0) read_file(calls, stat);
  calls.attempt(nr::stat, {0, calls.buffer()}, {{0, state_ + "/exec.fifo"}});
}

// The open ends init's wait; the fifo goes, so that nobody starts it again.
void LifeCycle::run_start(RuntimeCalls& shim) {
  RuntimeCalls calls = exec_go_program(shim, kRunc, kRuncThreads);
  load(calls);
  const std::int32_t fifo = calls.open(state_ + "/exec.fifo", 0);
  while (calls.read(fifo, 512) > 0) {
  }
  calls.close(fifo);
  calls.call(nr::unlink, {}, {{0, state_ + "/exec.fifo"}});
  calls.attempt(nr::exit_group, {0});
}

void LifeCycle::run_kill(RuntimeCalls& shim) {
  RuntimeCalls calls = exec_go_program(shim, kRunc, kRuncThreads);
  load(calls);
  calls.call(nr::kill, {static_cast<std::uint64_t>(pid_), kSigKill});
  calls.attempt(nr::exit_group, {0});
}

// delete.go, destroy() in state_linux.go; of a container that was never started the fifo is still there.
void LifeCycle::run_delete(RuntimeCalls& shim) {
  RuntimeCalls calls = exec_go_program(shim, kRunc, kRuncThreads);
  load(calls);
  groups_.remove(calls);
  calls.attempt(nr::unlink, {}, {{0, state_ + "/exec.fifo"}});
  calls.call(nr::unlink, {}, {{0, state_ + "/state.json"}});
  calls.call(nr::rmdir, {}, {{0, state_}});
  calls.attempt(nr::exit_group, {0});
}

}  // namespace isosim::models
