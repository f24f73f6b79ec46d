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

constexpr std::uint64_t kSigKill = 9;

}  // namespace

LifeCycle::LifeCycle(kernel::Kernel& host, const ContainerSpec& spec, const Image& image,
                     std::shared_ptr<kernel::FsContext> host_files, std::function<void()> run)
    : host_(host),
      spec_(spec),
      image_(image),
      run_(std::move(run)),
      filter_(seccomp_filter(spec)),
      state_("/run/runc/" + spec.id),
      groups_(spec.controllers, spec.id),
      shim_(host, image, std::move(host_files)) {}

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
  let_program_go(std::move(name), std::move(body));
  return *program_;
}

void LifeCycle::begin_start(std::string name, std::function<void(Thread&)> body, Done done) {
  order("runc start", &LifeCycle::run_start,
        [this, name = std::move(name), body = std::move(body), done = std::move(done)] {
          let_program_go(name, body);
          done();
        });
}

void LifeCycle::let_program_go(std::string name, std::function<void(Thread&)> body) {
  name_ = std::move(name);
  body_ = std::move(body);
  gate_.wake(host_, nullptr);
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

void LifeCycle::wait_until(Thread& thread, kernel::WaitQueue& queue, const std::function<bool()>& due) {
  while (!due()) {
    queue.add(thread);
    thread.state = kernel::RunState::uninterruptible;
    host_.sched->block(thread);
    queue.remove(thread);
  }
}

void LifeCycle::run_create(RuntimeCalls& calls) {
  calls.make_directories(state_);
  const std::string fifo_path = state_ + "/exec.fifo";
  calls.call(nr::mknod, {0, kernel::file_mode::fifo | 0622, 0}, {{0, fifo_path}});
  const auto fifo = static_cast<std::int32_t>(calls.call(
      nr::openat, {static_cast<std::uint64_t>(-100), 0, kernel::open_flag::path, 0}, {{1, fifo_path}}));
  const auto bootstrap = calls.pipe(), ready = calls.pipe();
  groups_.make(calls);
  const std::int32_t child = calls.clone(0, [this, bootstrap, ready, fifo](Thread& thread) {
    RuntimeCalls own = calls_of(thread);
    own.read(bootstrap[0], 1024);
    enter_namespaces(thread, ready[1], fifo);
  });
  groups_.join(calls, child);
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
  groups_.remove(calls);
  calls.attempt(nr::unlink, {}, {{0, state_ + "/exec.fifo"}});
  calls.call(nr::rmdir, {}, {{0, state_}});
}

}  // namespace isosim::models
