#include "models/container/fleet.h"

#include <string>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/sched/wait_queue.h"

namespace isosim::models {

using kernel::Thread;

namespace {

void leave(kernel::SyscallTarget& kernel, Thread& thread) {
  kernel::Sys sys;
  sys.nr = kernel::nr::exit_group;
  kernel.syscall(thread, sys);
}

}  // namespace

Fleet::Fleet(kernel::Kernel& host, std::shared_ptr<kernel::FsContext> host_files, std::function<void()> run,
             Make make)
    : host_(host),
      host_files_(std::move(host_files)),
      run_(std::move(run)),
      make_(std::move(make)),
      docker_(host, host_files_) {}

void Fleet::run(unsigned clients, std::uint64_t count, const std::function<void(sim::Time)>& cycle) {
  docker_.start(clients);
  for (unsigned number = 0; number < clients; ++number) {
    kernel::Process& process = host_.create_process("sh");
    process.fs = host_files_;
    Thread& thread = host_.create_thread(process, "sh", [this, number, count, &cycle](Thread& client) {
      RuntimeCalls shell(client, map_buffer(client, 4096));
      docker_.await(client, number);
      while (members_.size() < count) {
        members_.push_back(make_(members_.size()));
        const Member member = members_.back();
        // By reference: the life keeps its program, and would keep itself.
        const auto program = [&life = *member.life](Thread& t) { leave(life.target(), t); };
        const sim::Time begin = client.now();
        docker_.run(shell, number, member.id, *member.image, *member.life, program);
        cycle(client.now() - begin);
      }
      leave(host_, client);
    });
    host_.sched->start(thread, nullptr);
  }
  run_();
}

}  // namespace isosim::models
