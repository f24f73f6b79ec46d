#include "models/sentry/sandbox.h"

#include <stdexcept>
#include <utility>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/device_file.h"
#include "kernel-model/fs/namei.h"
#include "kernel-model/process/namespaces.h"
#include "models/container/runtime_calls.h"
#include "models/process_ended.h"
#include "models/sentry/filter/filter.h"
#include "models/sentry/fs/host_file.h"
#include "models/sentry/fs/overlay_fs.h"
#include "models/sentry/kvm_platform.h"
#include "models/sentry/ptrace_platform.h"

namespace isosim::models {

namespace nr = kernel::nr;
using kernel::Address;
using kernel::Sys;
using kernel::Thread;

namespace {

const sim::Param start_delay{
    "sentry.start_delay",
    "s",
    0.2,
    0.8,
    0.5,
    "from the end of runsc create to runsc start",
    "Docker and containerd set up the network and record the container in between; inference"};

constexpr std::uint64_t kNotes = 8192;          // futex words of the Sentry's Ms
constexpr std::uint64_t kPlatformWords = 1024;  // at their end, of the platform
constexpr std::uint64_t kClientBuffer = 4096;   // of a 9P client
constexpr std::uint64_t kMemory = 1 << 20;

// LimitNOFILE of docker.service, which runsc inherits.
void raise_open_files(kernel::Process& process) {
  constexpr std::size_t kNoFile = 7;  // RLIMIT_NOFILE
  constexpr std::uint64_t kLimit = 1048576;
  process.limits[kNoFile] = {kLimit, kLimit};
  process.files->limit = kLimit;
}

// As the process itself sees it.
std::uint32_t own_number(const kernel::Process& process) {
  return static_cast<std::uint32_t>(process.namespaces->pid->number(process.pid));
}

// SetFilter (pkg/seccomp/seccomp_unsafe.go).
bool install(go::G& g, Address program, std::vector<kernel::BpfInstruction> filter) {
  constexpr std::uint64_t kSetNoNewPrivileges = 38, kModeFilter = 1, kAllThreads = 1;
  Sys privileges;
  privileges.nr = nr::prctl;
  privileges.arg = {kSetNoNewPrivileges, 1};
  if (g.raw_call(privileges) != 0) return false;
  Sys s;
  s.nr = nr::seccomp;
  s.arg = {kModeFilter, kAllThreads, program};
  s.at[2] = kernel::SeccompProgram{std::move(filter)};
  return g.raw_call(s) == 0;
}

// As the sandbox's process has it from who started it.
std::int32_t inherit_stream(Thread& t, const Donation& donation) {
  if (donation.file) return static_cast<std::int32_t>(t.process->files->install(donation.file, false));
  Sys sys;
  sys.nr = nr::open;
  sys.arg[1] = donation.flags;
  sys.at[0] = std::string_view("/dev/null");
  return static_cast<std::int32_t>(t.kernel.syscall(t, sys));
}

// Go's runtime has a handler for every signal (initsig, runtime/signal_unix.go); this one comes of a write to
// a donated pipe that nobody reads, and must not end the sandbox.
void handle_broken_pipes(go::G& g) {
  constexpr std::uint64_t kSigpipe = 13;
  Sys action;
  action.nr = nr::rt_sigaction;
  action.arg = {kSigpipe, 1, 0, 8};
  action.at[1] = kernel::SignalAction{kernel::SignalAction::Kind::handler, 0, 0x0C000004};
  g.raw_call(action);
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

Sandbox::Sandbox(kernel::Kernel& host, SandboxSpec spec, std::function<void()> run, std::string id)
    : host_(host), spec_(std::move(spec)), run_(std::move(run)), control_(spec_.release, std::move(id)) {
  sentry_ = std::make_unique<Sentry>(host_, spec_.release, [this](Sentry& sentry) {
    std::unique_ptr<Platform> platform;
    if (spec_.platform == SentryPlatform::ptrace) {
      platform = std::make_unique<PtracePlatform>(sentry, host_);
    } else {
      platform = std::make_unique<KvmPlatform>(sentry, host_);
    }
    return platform;
  });
  for (const SandboxMount& mount : spec_.mounts)
    if (mount.kind == SandboxMount::Kind::gofer) connections_.emplace_back();
}

Sandbox::~Sandbox() = default;

void Sandbox::boot() {
  kernel::Process& process = host_.create_process("runsc-sandbox");
  process.fs = host_.vfs->initial_context();
  Thread& first = host_.create_thread(process, "runsc-sandbox", [this](Thread& t) {
    ThreadCalls calls(t);
    Descriptors descriptors;
    descriptors.control = control_.make_socket(calls);
    for (const Donation& donation : donations_) descriptors.streams.push_back(inherit_stream(t, donation));
    run_boot(t, std::move(descriptors));
  });
  host_.sched->start(first, nullptr);
  run_();
  if (!booted_) throw std::runtime_error("the sandbox did not come to wait for its program");
}

void Sandbox::run_boot(Thread& first, Descriptors descriptors) {
  process_ = first.process;
  descriptors_ = std::move(descriptors);
  of_runsc_ = descriptors_.sync >= 0;
  raise_open_files(*process_);
  set_affinity(first, spec_.sentry_cpus);
  memory_ = map_buffer(first, kMemory);
  sentry_->scratch = memory_ + kNotes;
  sentry_->platform().words = memory_ + kNotes - kPlatformWords;
  sentry_->notifier().set_buffer(sentry_->scratch);
  sentry_->runtime().run(first, memory_, [this](go::G& g) { main(g); });
}

// boot.New and Loader.run.
void Sandbox::main(go::G& g) {
  main_ = &g;
  handle_broken_pipes(g);
  sentry_->memory_file().create(g);
  sentry_->platform().device = descriptors_.device;
  sentry_->platform().boot(g);
  sentry_->clock().start(g);
  sentry_->scheduler().start_timers(g);
  control_.start(g, descriptors_.control, memory_ + kMemory - ControlServer::kBuffersBytes);
  if (of_runsc_) {
    for (const kernel::SysNr number : {nr::write, nr::close}) {
      Sys sys;
      sys.nr = number;
      sys.arg = {static_cast<std::uint64_t>(descriptors_.sync), memory_ + kNotes, 1};
      g.call(sys);
    }
    sentry_->scheduler().task_ended = [this](go::G& own, Thread& thread) {
      if (thread.process != program_ || !program_->threads.empty()) return;
      program_ended_ = true;
      own.runtime.ready(own, *main_);
    };
  } else {
    start_gofer(g);
    load(g);
  }
  booted_ = true;
  while (!program_ended_) {
    if (starts_.empty()) {
      g.park();
      continue;
    }
    Start& start = *starts_.front();
    starts_.pop_front();
    serve_start(g, start);
  }
  leave(g);
}

// Loader.run, up to the program.
void Sandbox::load(go::G& g) {
  connect(g);
  install_filter(g);
  import_streams(g);
  mount_all(g);
  sentry_->heap().after_collection = [this](go::G& finalizer) {
    for (GoferFs* files : gofer_files_) files->collect(finalizer);
  };
  sentry_->ask_gofer = [this](go::G& own) {
    clients_.front()->get_attr(own, static_cast<GoferInode&>(*gofer_files_.front()->root->inode).fid);
  };
}

// Loader.WaitExit has returned: Destroy, os.Exit.
void Sandbox::leave(go::G& g) {
  control_.stop(g);
  Sys sys;
  sys.nr = nr::exit_group;
  g.raw_call(sys);
  throw ProcessEnded{};
}

// createGoferProcess: a socket pair for each mount; the Gofer's root is the container's.
void Sandbox::start_gofer(go::G& g) {
  kernel::Process& process = host_.create_process("runsc-gofer");
  process.fs = host_.vfs->initial_context();
  process.fs->unshare_mounts();
  const auto inherit = [&](std::int32_t fd) {
    const auto inherited = process.files->install(g.thread().process->files->get(fd), false);
    Sys s;
    s.nr = nr::close;
    s.arg[0] = static_cast<std::uint64_t>(fd);
    g.call(s);
    return static_cast<std::int32_t>(inherited);
  };
  std::vector<std::int32_t> sockets;
  for (const SandboxMount& mount : spec_.mounts) {
    if (mount.kind != SandboxMount::Kind::gofer) continue;
    const auto pair = gofer::make_socket_pair(g, memory_ + kNotes);
    descriptors_.sockets.push_back(pair[0]);
    sockets.push_back(inherit(pair[1]));
  }
  Thread& first = host_.create_thread(process, "runsc-gofer", [this, sockets](Thread& t) {
    run_gofer(t, sockets, [this](go::G& gofer) { confine_gofer(gofer); });
  });
  host_.sched->start(first, &g.thread());
}

// What of setupRootFS (runsc/cmd/gofer.go) decides the paths that it opens: its root is the container's.
void Sandbox::confine_gofer(go::G& gofer) {
  RuntimeCalls calls(gofer.thread(), map_buffer(gofer.thread(), 8192));
  const std::string root = spec_.mounts.front().source;
  for (const SandboxMount& mount : spec_.mounts)
    if (mount.kind == SandboxMount::Kind::gofer && mount.target != "/")
      calls.mount(mount.source, root + mount.target, "", kernel::mount_flag::bind);
  calls.call(nr::chroot, {0}, {{0, root}});
  calls.call(nr::chdir, {0}, {{0, "/"}});
}

void Sandbox::run_gofer(Thread& first, const std::vector<std::int32_t>& sockets,
                        std::function<void(go::G&)> confine) {
  raise_open_files(*first.process);
  set_affinity(first, spec_.gofer_cpus);
  gofer::Gofer::Options options;
  options.release = spec_.release;
  std::size_t next = 0;
  for (const SandboxMount& mount : spec_.mounts)
    if (mount.kind == SandboxMount::Kind::gofer) {
      options.exports.push_back({mount.target, false, &connections_.at(next), sockets.at(next)});
      ++next;
    }
  options.confine = std::move(confine);
  options.filter = [this](go::G& gofer) {
    const Address program = map_buffer(gofer.thread(), 4096);
    install(gofer, program, gofer_filter(spec_.release, false, own_number(*gofer.thread().process)));
  };
  gofer_ = std::make_unique<gofer::Gofer>(host_, std::move(options));
  gofer_->run(first);
}

void Sandbox::connect(go::G& g) {
  gofer::Client::Options options;
  options.message_size = spec_.message_size;
  options.newest_version = spec_.newest_9p;
  Address buffer = memory_ + kNotes + kClientBuffer;
  for (std::size_t i = 0; i < descriptors_.sockets.size(); ++i, buffer += kClientBuffer) {
    clients_.push_back(
        std::make_unique<gofer::Client>(spec_.release, host_.catalogue, connections_[i], buffer, options));
    if (clients_.back()->start(g, descriptors_.sockets[i]) < 0)
      throw std::runtime_error("the Gofer does not answer");
  }
}

void Sandbox::install_filter(go::G& g) {
  SentryFilterOptions options;
  options.platform = spec_.platform;
  options.pid = own_number(*process_);
  options.control_fd = static_cast<std::uint32_t>(descriptors_.control);
  const auto padding = static_cast<std::uint32_t>(host_.settings.integer(seccomp_padding));
  if (!install(g, memory_, sentry_filter(spec_.release, options, false, padding)))
    throw std::runtime_error("the sandbox could not install its filter");
}

// createFDMap (runsc/boot/fds.go).
void Sandbox::import_streams(go::G& g) {
  for (std::size_t i = 0; i < descriptors_.streams.size(); ++i) {
    streams_.push_back(HostFile::import(g, *sentry_, sentry_->kernel(), descriptors_.streams[i],
                                        i < donations_.size() && donations_[i].terminal));
    if (!streams_.back()) throw std::runtime_error("the sandbox was started without its standard streams");
  }
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
        if (spec_.overlay) sb = &add_overlay(*gofer_files_.back());
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

// addOverlay. The lower mount is read-only then, the image's not in every release.
kernel::SuperBlock& Sandbox::add_overlay(GoferFs& lower) {
  kernel::Vfs& vfs = *sentry_->kernel().vfs;
  const ReleaseFacts& release = facts(spec_.release);
  const bool image = &lower == gofer_files_.front();
  lower.read_only = !image || release.overlay_image_read_only;
  kernel::Inode& below = *lower.root->inode;
  if (release.overlay_root_as_below) lower.refresh(nullptr, below);
  constexpr std::uint32_t kAnybody = 0777;  // defaultMode, pkg/sentry/fs/tmpfs/fs.go
  auto upper = std::make_unique<SentryTmpfs>(
      vfs, *sentry_, release.overlay_root_as_below ? below.mode & kernel::file_mode::permissions : kAnybody);
  if (release.overlay_root_as_below) {
    upper->root->inode->uid = below.uid;
    upper->root->inode->gid = below.gid;
  }
  auto overlay = std::make_unique<OverlayFs>(vfs, *sentry_, *upper, lower);
  vfs.adopt(std::move(upper));
  return vfs.adopt(std::move(overlay));
}

// The program's process comes to be once there are files for it.
void Sandbox::serve_start(go::G& g, Start& start) {
  if (!files_) load(g);
  if (!std::exchange(started_, true)) {
    sentry_->runtime().start(g, "calibration", [this](go::G& own) { sentry_->clock().calibrate(own); });
    program_ = start.thread->process;
    for (std::size_t i = 0; i < streams_.size(); ++i)
      program_->files->install_at(static_cast<std::int32_t>(i), std::move(streams_[i]),
                                  donations_[i].close_on_exec);
    streams_.clear();
  }
  if (!start.thread->process->fs) start.thread->process->fs = files_;
  sentry_->scheduler().start_root(g, *start.thread);
  if (!sentry_->scheduler().cpu_clock())
    sentry_->scheduler().start_cpu_clock(g, sentry_->clock(), facts(spec_.release).ticker_stops_when_idle);
  start.done = true;
  g.runtime.ready(g, *start.waiting);
}

ControlCall Sandbox::start_call(Thread& thread) {
  return [this, &thread](go::G& connection) {
    Start start{&thread, &connection};
    starts_.push_back(&start);
    connection.runtime.ready(connection, *main_);
    while (!start.done) connection.park();
  };
}

void Sandbox::start(Thread& thread) {
  kernel::Process& runsc = host_.create_process("runsc");
  runsc.fs = host_.vfs->initial_context();
  const bool first = !std::exchange(ordered_, true);
  Thread& t = host_.create_thread(runsc, "runsc start", [this, &thread, first](Thread& own) {
    if (first) {
      const sim::Time until =
          own.now() + sim::Time{static_cast<std::int64_t>(host_.settings.get(start_delay) * 1e12)};
      own.state = kernel::RunState::uninterruptible;
      host_.sched->block_until(own, until);
    }
    ThreadCalls calls(own);
    control_.connect_and_call(calls, map_buffer(own, 4096), {start_call(thread)});
  });
  host_.sched->start(t, nullptr);
}

}  // namespace isosim::models
