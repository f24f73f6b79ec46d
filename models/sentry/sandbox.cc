#include "models/sentry/sandbox.h"

#include <stdexcept>
#include <utility>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/device_file.h"
#include "kernel-model/fs/namei.h"
#include "models/container/runtime_calls.h"
#include "models/sentry/filter/filter.h"
#include "models/sentry/fs/tmpfs.h"
#include "models/sentry/kvm_platform.h"
#include "models/sentry/ptrace_platform.h"

namespace isosim::models {

namespace nr = kernel::nr;
using kernel::Address;
using kernel::Sys;
using kernel::Thread;

namespace {

const sim::Param start_delay{"sentry.start_delay",
                             "s",
                             0.2,
                             0.8,
                             0.5,
                             "from the end of runsc create to runsc start",
                             "Docker and containerd set up the network and record the container in between; inference"};

constexpr std::uint64_t kNotes = 8192;         // futex words of the Sentry's Ms
constexpr std::uint64_t kClientBuffer = 4096;  // of a 9P client
constexpr std::uint64_t kMemory = 1 << 20;

// LimitNOFILE of docker.service, which runsc inherits.
void raise_open_files(kernel::Process& process) {
  constexpr std::size_t kNoFile = 7;  // RLIMIT_NOFILE
  constexpr std::uint64_t kLimit = 1048576;
  process.limits[kNoFile] = {kLimit, kLimit};
  process.files->limit = kLimit;
}

void set_affinity(Thread& t, std::uint64_t mask) {
  if (mask == ~0ull) return;
  Sys s;
  s.nr = nr::sched_setaffinity;
  s.arg = {0, 8};
  s.at[2] = kernel::SignalSet{mask};
  t.kernel.syscall(t, s);
}

}  // namespace

Sandbox::Sandbox(kernel::Kernel& host, SandboxSpec spec, std::function<void()> run)
    : host_(host), spec_(std::move(spec)), run_(std::move(run)) {
  sentry_ = std::make_unique<Sentry>(host_, spec_.release, [this](Sentry& sentry) {
    std::unique_ptr<Platform> platform;
    if (spec_.platform == SentryPlatform::ptrace) {
      platform = std::make_unique<PtracePlatform>(sentry, host_);
    } else {
      platform = std::make_unique<KvmPlatform>(sentry, host_);
    }
    return platform;
  });
}

Sandbox::~Sandbox() = default;

void Sandbox::boot() {
  process_ = &host_.create_process("runsc-sandbox");
  process_->fs = host_.vfs->initial_context();
  raise_open_files(*process_);
  Thread& first = host_.create_thread(*process_, "runsc-sandbox", [this](Thread& t) {
    set_affinity(t, spec_.sentry_cpus);
    memory_ = map_buffer(t, kMemory);
    control_ = RuntimeCalls(t, memory_).pipe();
    sentry_->runtime().run(t, memory_, [this](go::G& g) { main(g); });
  });
  host_.sched->start(first, nullptr);
  run_();
  if (!booted_) throw std::runtime_error("the sandbox did not come to wait for its program");
}

// boot.New and Loader.run.
void Sandbox::main(go::G& g) {
  sentry_->memory_file().create(g);
  sentry_->platform().boot(g);
  sentry_->clock().start(g);
  sentry_->scheduler().start_timers(g);
  start_gofer(g);
  connect(g);
  install_filter(g);
  mount_all(g);
  sentry_->heap().after_collection = [this](go::G& finalizer) {
    for (GoferFs* files : gofer_files_) files->collect(finalizer);
  };
  sentry_->ask_gofer = [this](go::G& own) { 
    clients_.front()->get_attr(own, static_cast<GoferInode&>(*gofer_files_.front()->root->inode).fid);
  };
  booted_ = true;
  serve_commands(g);
}

// createGoferProcess: a socket pair for each mount; the Gofer's root is the container's.
void Sandbox::start_gofer(go::G& g) {
  kernel::Process& process = host_.create_process("runsc-gofer");
  process.fs = host_.vfs->initial_context();
  process.fs->unshare_mounts();
  raise_open_files(process);
  const auto inherit = [&](std::int32_t fd) {
    const auto inherited = process.files->install(g.thread().process->files->get(fd), false);
    Sys s;
    s.nr = nr::close;
    s.arg[0] = static_cast<std::uint64_t>(fd);
    g.call(s);
    return static_cast<std::int32_t>(inherited);
  };
  gofer::Gofer::Options options;
  options.release = spec_.release;
  for (const SandboxMount& mount : spec_.mounts) {
    if (mount.kind != SandboxMount::Kind::gofer) continue;
    const auto pair = gofer::make_socket_pair(g, memory_ + kNotes);
    gofer::Connection& connection = connections_.emplace_back();
    sockets_.push_back(pair[0]);
    options.exports.push_back({mount.target, false, &connection, inherit(pair[1])});
  }
  // What of setupRootFS (runsc/cmd/gofer.go) decides the paths that it opens: its root is the container's.
  options.confine = [this](go::G& gofer) {
    RuntimeCalls calls(gofer.thread(), map_buffer(gofer.thread(), 8192));
    const std::string root = spec_.mounts.front().source;
    for (const SandboxMount& mount : spec_.mounts)
      if (mount.kind == SandboxMount::Kind::gofer && mount.target != "/")
        calls.mount(mount.source, root + mount.target, "", kernel::mount_flag::bind);
    calls.call(nr::chroot, {0}, {{0, root}});
    calls.call(nr::chdir, {0}, {{0, "/"}});
  };
  options.filter = [this](go::G& gofer) {
    Sys s;
    s.nr = nr::seccomp;
    s.arg = {1, 1, memory_};  // SECCOMP_SET_MODE_FILTER for all threads
    s.at[2] = kernel::SeccompProgram{
        gofer_filter(spec_.release, false, static_cast<std::uint32_t>(gofer.thread().process->pid))};
    gofer.raw_call(s);
  };
  gofer_ = std::make_unique<gofer::Gofer>(host_, std::move(options));
  gofer_process_ = &process;
  Thread& first = host_.create_thread(process, "runsc-gofer", [this](Thread& t) {
    set_affinity(t, spec_.gofer_cpus);
    gofer_->run(t);
  });
  host_.sched->start(first, &g.thread());
}

void Sandbox::connect(go::G& g) {
  gofer::Client::Options options;
  options.message_size = spec_.message_size;
  options.newest_version = spec_.newest_9p;
  Address buffer = memory_ + kNotes + kClientBuffer;
  for (std::size_t i = 0; i < sockets_.size(); ++i, buffer += kClientBuffer) {
    clients_.push_back(std::make_unique<gofer::Client>(spec_.release, host_.catalogue, connections_[i], buffer, options));
    if (clients_.back()->start(g, sockets_[i]) < 0) throw std::runtime_error("the Gofer does not answer");
  }
}

void Sandbox::install_filter(go::G& g) {
  SentryFilterOptions options;
  options.platform = spec_.platform;
  options.pid = static_cast<std::uint32_t>(process_->pid);
  Sys s;
  s.nr = nr::seccomp;
  s.arg = {1, 1, memory_};
  s.at[2] = kernel::SeccompProgram{
      sentry_filter(spec_.release, options, false, static_cast<std::uint32_t>(host_.settings.integer(seccomp_padding)))};
  if (g.raw_call(s) != 0) throw std::runtime_error("the sandbox could not install its filter");
}

// setupContainerFS: the root, then each mount on a directory that is looked up in what is there already.
void Sandbox::mount_all(go::G& g) {
  kernel::Kernel& k = sentry_->kernel();
  kernel::Vfs& vfs = *k.vfs;
  kernel::Process& loader = k.create_process("loader");
  Thread& t = k.create_thread(loader, "loader", {});
  SentryTask task{&t, &g, nullptr};
  t.owner = &task;
  t.state = kernel::RunState::running;
  t.task = g.task;
  std::size_t next_client = 0;
  for (const SandboxMount& mount : spec_.mounts) {
    kernel::SuperBlock* sb = nullptr;
    switch (mount.kind) {
      case SandboxMount::Kind::gofer: {
        auto files = std::make_unique<GoferFs>(vfs, *sentry_, *clients_.at(next_client++), mount.access);
        if (files->attach(g) < 0) throw std::runtime_error("the Gofer refused the mount of " + mount.target);
        if (!files_) {
          files->in_overlay = true;  // of mount points that the image lacks
          for (const SandboxMount& other : spec_.mounts)
            if (other.target != "/") files->add_submount(other.target);
        }
        gofer_files_.push_back(files.get());
        sb = &vfs.adopt(std::move(files));
        break;
      }
      case SandboxMount::Kind::tmpfs:
        sb = &vfs.adopt(std::make_unique<SentryTmpfs>(vfs, *sentry_));
        break;
      case SandboxMount::Kind::proc:
        sb = &vfs.make_procfs();
        break;
      case SandboxMount::Kind::sysfs:
        sb = &vfs.make_sysfs();
        break;
      case SandboxMount::Kind::dev:
        sb = &vfs.make_tmpfs(0755);
        break;
    }
    if (!files_) {
      vfs.set_root(*sb, "9p");
      files_ = vfs.initial_context();
      loader.fs = files_;
    
      continue;
    }
    kernel::Path place;
    if (kernel::path_lookup(t, kernel::kAtFdCwd, mount.target, kernel::lookup_flag::directory, place) < 0)
      throw std::runtime_error("the image has no directory " + mount.target + " to mount on");
    files_->mounts->attach(vfs.new_mount(*sb, sb->root, 0, "none"), place);
    if (mount.kind != SandboxMount::Kind::dev) continue;
    kernel::make_device_nodes(vfs, *files_, mount.target);
    for (const char* name : {"/shm", "/pts"})  // pkg/sentry/fs/dev/dev.go
      vfs.populate(*files_, {.path = mount.target + name, .mode = kernel::file_mode::directory | 01777});
  }
  kernel::Path cwd;
  if (kernel::path_lookup(t, kernel::kAtFdCwd, working_directory, kernel::lookup_flag::directory, cwd) == 0)
    files_->cwd = cwd;
  loader.fs = nullptr;
  t.owner = nullptr;
}

// The control server: a command of runsc start lets a program go.
void Sandbox::serve_commands(go::G& g) {
  for (;;) {
    Sys s;
    s.nr = nr::read;
    s.arg = {static_cast<std::uint64_t>(control_[0]), memory_ + kNotes, 1};
    if (g.call(s) <= 0) return;
    if (!std::exchange(started_, true))
      sentry_->runtime().start(g, "calibration", [this](go::G& own) { sentry_->clock().calibrate(own); });
    Thread& thread = *to_start_.front();
    to_start_.pop_front();
    sentry_->scheduler().start_root(g, thread);
  }
}

void Sandbox::start(Thread& thread) {
  to_start_.push_back(&thread);
  kernel::Process& runsc = host_.create_process("runsc");
  runsc.fs = host_.vfs->initial_context();
  const auto pipe = runsc.files->install(process_->files->get(control_[1]), true);
  const bool first = !started_ && to_start_.size() == 1;
  Thread& t = host_.create_thread(runsc, "runsc start", [this, pipe, first](Thread& own) {
    if (first) {
      const sim::Time until = own.now() + sim::Time{static_cast<std::int64_t>(host_.settings.get(start_delay) * 1e12)};
      own.state = kernel::RunState::uninterruptible;
      host_.sched->block_until(own, until);
    }
    RuntimeCalls calls(own, map_buffer(own, 4096));
    calls.write(static_cast<std::int32_t>(pipe), 1);
  });
  host_.sched->start(t, nullptr);
}

}  // namespace isosim::models
