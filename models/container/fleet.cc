#include "models/container/fleet.h"

#include <string>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/sched/wait_queue.h"

namespace isosim::models {

using kernel::Thread;

namespace {

// A step that a client waits for. What the client costs (the docker command and dockerd's sockets) is not
// modelled.
class Step {
 public:
  Step(kernel::Kernel& host, Thread& client) : host_(host), client_(client) {}

  void operator()(const std::function<void(ContainerLife::Done)>& begin) {
    bool done = false;
    begin([this, &done] {
      done = true;
      queue_.wake(host_, nullptr);
    });
    while (!done) {
      queue_.add(client_);
      client_.state = kernel::RunState::interruptible;
      host_.sched->block(client_);
      queue_.remove(client_);
    }
  }

 private:
  kernel::Kernel& host_;
  Thread& client_;
  kernel::WaitQueue queue_;
};

void leave(kernel::SyscallTarget& kernel, Thread& thread) {
  kernel::Sys sys;
  sys.nr = kernel::nr::exit_group;
  kernel.syscall(thread, sys);
}

}  // namespace

Fleet::Fleet(kernel::Kernel& host, std::shared_ptr<kernel::FsContext> host_files, std::function<void()> run,
             Make make)
    : host_(host), host_files_(std::move(host_files)), run_(std::move(run)), make_(std::move(make)) {}

void Fleet::live(Thread& client, ContainerLife& life) {
  Step step(host_, client);
  const auto program = [&life](Thread& thread) { leave(life.target(), thread); };
  step([&](ContainerLife::Done done) { life.begin_create(std::move(done)); });
  step([&](ContainerLife::Done done) { life.begin_start("program", program, std::move(done)); });
  step([&](ContainerLife::Done done) { life.begin_delete(std::move(done)); });
}

void Fleet::run(unsigned clients, std::uint64_t count, const std::function<void(sim::Time)>& cycle) {
  for (unsigned i = 0; i < clients; ++i) {
    kernel::Process& process = host_.create_process("docker");
    process.fs = host_files_;
    Thread& thread = host_.create_thread(process, "docker", [this, count, &cycle](Thread& client) {
      while (members_.size() < count) {
        members_.push_back(make_(members_.size()));
        const std::shared_ptr<ContainerLife> life = members_.back();
        const sim::Time begin = client.now();
        live(client, *life);
        cycle(client.now() - begin);
      }
      leave(host_, client);
    });
    host_.sched->start(thread, nullptr);
  }
  run_();
}

}  // namespace isosim::models
