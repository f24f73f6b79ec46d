#include "models/container/life_cycle.h"

#include <stdexcept>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/fs_context.h"
#include "kernel-model/fs/inode.h"
#include "kernel-model/process/namespaces.h"
#include "kernel-model/process/process_table.h"
#include "models/container/seccomp_filter.h"

namespace isosim::models {

using kernel::Thread;
namespace nr = kernel::nr;

namespace {

constexpr std::uint64_t kSetChildSubreaper = 36;  // PR_*
constexpr std::uint64_t kSigKill = 9;
constexpr const char* kCgroups = "/sys/fs/cgroup/";

}  // namespace

LifeCycle::LifeCycle(kernel::Kernel& host, const ContainerSpec& spec, const Image& image,
                     std::shared_ptr<kernel::FsContext> host_files, std::function<void()> run)
    : host_(host),
      spec_(spec),
      image_(image),
      host_files_(std::move(host_files)),
      run_(std::move(run)),
      filter_(seccomp_filter(spec)),
      state_("/run/runc/" + spec.id) {}

void LifeCycle::create() {
  begin_create({});
  run_();
  if (!program_) throw std::logic_error("runc create did not come to its end");
}

void LifeCycle::begin_create(Done done) {
  if (shim_) throw std::logic_error("the container exists already");
  kernel::Process& process = host_.create_process("containerd-shim");
  process.fs = host_files_;
  shim_ = &host_.create_thread(process, "containerd-shim", [this](Thread& thread) { shim(thread); });
  command_ = {"runc create", &LifeCycle::run_create, std::move(done)};
  host_.sched->start(*shim_, nullptr);
}

Thread& LifeCycle::start(std::string name, std::function<void(Thread&)> body) {
  if (!program_ || body_) throw std::logic_error("a container starts once, after it was created");
  order({"runc start", &LifeCycle::run_start, {}});
  run_();
  let_program_go(std::move(name), std::move(body));
  return *program_;
}

void LifeCycle::begin_start(std::string name, std::function<void(Thread&)> body, Done done) {
  order({"runc start", &LifeCycle::run_start,
         [this, name = std::move(name), body = std::move(body), done = std::move(done)] {
           let_program_go(name, body);
           done();
         }});
}

void LifeCycle::let_program_go(std::string name, std::function<void(Thread&)> body) {
  name_ = std::move(name);
  body_ = std::move(body);
  gate_.wake(host_, nullptr);
}

void LifeCycle::remove() {
  if (!program_) throw std::logic_error("there is no container");
  if (!program()->zombie) {
    order({"runc kill", &LifeCycle::run_kill, {}});
    run_();
  }
  begin_delete({});
  run_();
  program_ = nullptr;
  shim_ = nullptr;
}

void LifeCycle::begin_delete(Done done) { order({"runc delete", &LifeCycle::run_delete, std::move(done)}); }

void LifeCycle::order(Command command) {
  command_ = std::move(command);
  orders_.wake(host_, nullptr);
}

void LifeCycle::wait_until(Thread& thread, kernel::WaitQueue& queue, const std::function<bool()>& due) {
  while (!due()) {
    queue.add(thread);
    thread.state = kernel::RunState::uninterruptible;
    host_.sched->block(thread);
    queue.remove(thread);
  }
}

// Commands come from containerd over a socket, whose cost is containerd's and not here.
void LifeCycle::shim(Thread& thread) {
  buffer_ = map_buffer(thread, kBufferBytes);
  RuntimeCalls calls = calls_of(thread);
  calls.call(nr::prctl, {kSetChildSubreaper, 1});
  mount_image(calls);
  Command command;
  for (bool last = false; !last;) {
    if (command.done) command.done();
    wait_until(thread, orders_, [this] { return command_.run != nullptr; });
    command = std::exchange(command_, {});
    last = command.run == &LifeCycle::run_delete;
    // Init, and what its name space left, are the shim's children; their control group is in use until they
    // are reaped.
    while (last && calls.attempt(nr::wait4, {~std::uint64_t{0}}) > 0) {
    }
    const std::int32_t runc = calls.clone(0, [this, name = command.name, run = command.run](Thread& child) {
      const sim::Frame frame(*child.task, name);
      RuntimeCalls own = calls_of(child);
      (this->*run)(own);
    });
    calls.wait_for(runc);
  }
  unmount_image(calls);
  if (command.done) command.done();
}

// dockerd does it, before it asks for the container.
void LifeCycle::mount_image(RuntimeCalls& calls) {
  const sim::Frame frame(*calls.thread().task, "mount image");
  calls.mount("overlay", image_.merged(), "overlay", 0, image_.options());
}

// dockerd too, after the container is gone.
void LifeCycle::unmount_image(RuntimeCalls& calls) {
  const sim::Frame frame(*calls.thread().task, "unmount image");
  calls.call(nr::umount2, {0, 0}, {{0, image_.merged()}});
}

void LifeCycle::run_create(RuntimeCalls& calls) {
  calls.make_directories(state_);
  const std::string fifo_path = state_ + "/exec.fifo";
  calls.call(nr::mknod, {0, kernel::file_mode::fifo | 0622, 0}, {{0, fifo_path}});
  const auto fifo = static_cast<std::int32_t>(calls.call(
      nr::openat, {static_cast<std::uint64_t>(-100), 0, kernel::open_flag::path, 0}, {{1, fifo_path}}));
  const auto bootstrap = calls.pipe(), ready = calls.pipe();
  make_cgroup(calls);
  const std::int32_t child = calls.clone(0, [this, bootstrap, ready, fifo](Thread& thread) {
    RuntimeCalls own = calls_of(thread);
    own.read(bootstrap[0], 1024);
    enter_namespaces(thread, ready[1], fifo);
  });
  join_cgroup(calls, child);
  calls.write(bootstrap[1], 1024);
  calls.wait_for(child);
  calls.wait_for(-1);  // its child, which has no more to do either; init goes on
  calls.read(ready[0], 64);
  for (const std::int32_t fd : {bootstrap[0], bootstrap[1], ready[0], ready[1], fifo}) calls.close(fd);
}

// nsexec.c: the first child unshares, its child is the first process in the new pid name space. Both become
// children of runc create, and init one of the shim when that ends.
void LifeCycle::enter_namespaces(Thread& thread, std::int32_t ready, std::int32_t fifo) {
  RuntimeCalls calls = calls_of(thread);
  calls.clone(kernel::clone_flag::parent, [this, ready, fifo](Thread& second) {
    RuntimeCalls own = calls_of(second);
    own.call(nr::unshare, {spec_.namespaces});
    own.clone(kernel::clone_flag::parent, [this, ready, fifo](Thread& third) { init(third, ready, fifo); });
  });
}

void LifeCycle::make_cgroup(RuntimeCalls& calls) {
  kernel::ProcessTable& table = *host_.procs;
  auto docker = std::make_shared<kernel::Cgroup>("/docker", table.root_cgroup);
  cgroup_ = std::make_shared<kernel::Cgroup>("/docker/" + spec_.id, std::move(docker));
  for (const std::string& controller : spec_.controllers)
    calls.make_directories(kCgroups + controller + "/docker/" + spec_.id);
}

// The pid goes into each hierarchy's cgroup.procs.
void LifeCycle::join_cgroup(RuntimeCalls& calls, std::int32_t pid) {
  constexpr std::uint64_t kWriteCreate = kernel::open_flag::wronly | kernel::open_flag::creat;
  kernel::Process& process = *host_.find_process(pid);
  for (const std::string& controller : spec_.controllers) {
    const std::int32_t fd =
        calls.open(kCgroups + controller + "/docker/" + spec_.id + "/cgroup.procs", kWriteCreate);
    calls.write(fd, 5);
    kernel::attach_to_cgroup(host_, calls.thread(), process, cgroup_);
    calls.close(fd);
  }
}

// The open ends init's wait; the fifo goes, so that nobody starts it again.
void LifeCycle::run_start(RuntimeCalls& calls) {
  const std::int32_t fifo = calls.open(state_ + "/exec.fifo", 0);
  calls.read(fifo, 64);
  calls.close(fifo);
  calls.call(nr::unlink, {}, {{0, state_ + "/exec.fifo"}});
}

void LifeCycle::run_kill(RuntimeCalls& calls) {
  calls.call(nr::kill, {static_cast<std::uint64_t>(pid_), kSigKill});
}

void LifeCycle::run_delete(RuntimeCalls& calls) {
  for (const std::string& controller : spec_.controllers) {
    const std::string directory = kCgroups + controller + "/docker/" + spec_.id;
    calls.call(nr::unlink, {}, {{0, directory + "/cgroup.procs"}});
    calls.call(nr::rmdir, {}, {{0, directory}});
  }
  cgroup_ = nullptr;
  calls.attempt(nr::unlink, {}, {{0, state_ + "/exec.fifo"}});
  calls.call(nr::rmdir, {}, {{0, state_}});
}

}  // namespace isosim::models
