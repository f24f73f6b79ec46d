#include "models/container/fleet.h"

#include <string>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/sched/wait_queue.h"
#include "models/container/image.h"

namespace isosim::models {

using kernel::Thread;

namespace {

ContainerSpec named(ContainerSpec spec, std::size_t number) {
  spec.id += "-" + std::to_string(number);
  return spec;
}

// A step that a client waits for. What the client costs (the docker command and dockerd's sockets) is not
// modelled.
class Step {
 public:
  Step(kernel::Kernel& host, Thread& client) : host_(host), client_(client) {}

  void operator()(const std::function<void(LifeCycle::Done)>& begin) {
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

void leave(Thread& thread) {
  kernel::Sys sys;
  sys.nr = kernel::nr::exit_group;
  thread.kernel.syscall(thread, sys);
}

}  // namespace

struct Fleet::Member {
  Member(kernel::Kernel& host, ContainerSpec of, const std::shared_ptr<kernel::FsContext>& host_files)
      : spec(std::move(of)),
        image(*host.vfs, host_files, spec.id, spec.image_layers),
        cycle(host, spec, image, host_files, {}) {}

  ContainerSpec spec;
  Image image;
  LifeCycle cycle;
};

Fleet::Fleet(kernel::Kernel& host, const ContainerSpec& spec, std::shared_ptr<kernel::FsContext> host_files,
             std::function<void()> run)
    : host_(host), spec_(spec), host_files_(std::move(host_files)), run_(std::move(run)) {}

Fleet::~Fleet() = default;

void Fleet::live(Thread& client, Member& member) {
  Step step(host_, client);
  step([&](LifeCycle::Done done) { member.cycle.begin_create(std::move(done)); });
  step([&](LifeCycle::Done done) { member.cycle.begin_start("program", leave, std::move(done)); });
  step([&](LifeCycle::Done done) { member.cycle.begin_delete(std::move(done)); });
}

void Fleet::run(unsigned clients, std::uint64_t count, const std::function<void(sim::Time)>& cycle) {
  for (unsigned i = 0; i < clients; ++i) {
    kernel::Process& process = host_.create_process("docker");
    process.fs = host_files_;
    Thread& thread = host_.create_thread(process, "docker", [this, count, &cycle](Thread& client) {
      while (members_.size() < count) {
        members_.push_back(std::make_unique<Member>(host_, named(spec_, members_.size()), host_files_));
        const sim::Time begin = client.now();
        live(client, *members_.back());
        cycle(client.now() - begin);
      }
      leave(client);
    });
    host_.sched->start(thread, nullptr);
  }
  run_();
}

}  // namespace isosim::models
