// The steps of containerd's shim and of runc (1.0-rc6, which Docker 18.09 brings) around a container's
// program.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernel-model/kernel.h"
#include "kernel-model/process/cgroup.h"
#include "kernel-model/sched/wait_queue.h"
#include "models/container/image.h"
#include "models/container/runtime_calls.h"
#include "models/container/spec.h"

namespace isosim::models {

class LifeCycle {
 public:
  // All arguments must outlive it.
  LifeCycle(kernel::Kernel& host, const ContainerSpec& spec, const Image& image,
            std::shared_ptr<kernel::FsContext> host_files, std::function<void()> run);

  // Each runs the machine until its step is done; the program itself is due then, and goes on with the next
  // run. Each comes once, in this order, start() not at all if nobody wants the program; std::logic_error
  // else. A call that fails within throws std::runtime_error. Observers see the steps as frames: "runc
  // create" ...
  void create();
  kernel::Thread& start(std::string name, std::function<void(kernel::Thread&)> body);
  void remove();

  // The same steps of containers that live at the same time: each returns at once and calls `done` when its
  // step is, from a task of the runtime. The delete waits for the program to end.
  using Done = std::function<void()>;
  void begin_create(Done done);
  void begin_start(std::string name, std::function<void(kernel::Thread&)> body, Done done);
  void begin_delete(Done done);

  [[nodiscard]] kernel::Process* program() const { return program_ ? program_->process : nullptr; }

  [[nodiscard]] bool started() const { return body_ != nullptr; }

 private:
  // What the shim, which lives as long as the container, has one runc process after the other do.
  struct Command {
    const char* name = nullptr;
    void (LifeCycle::*run)(RuntimeCalls&) = nullptr;
    Done done;
  };
  void shim(kernel::Thread& thread);
  void order(Command command);
  void let_program_go(std::string name, std::function<void(kernel::Thread&)> body);
  void wait_until(kernel::Thread& thread, kernel::WaitQueue& queue, const std::function<bool()>& due);
  void mount_image(RuntimeCalls& calls);
  void unmount_image(RuntimeCalls& calls);
  void run_create(RuntimeCalls& calls);
  void run_start(RuntimeCalls& calls);
  void run_kill(RuntimeCalls& calls);
  void run_delete(RuntimeCalls& calls);
  // Within runc create.
  void make_cgroup(RuntimeCalls& calls);
  void join_cgroup(RuntimeCalls& calls, std::int32_t pid);
  void enter_namespaces(kernel::Thread& thread, std::int32_t sync, std::int32_t fifo);  // nsexec.c
  void init(kernel::Thread& thread, std::int32_t ready, std::int32_t fifo);  // standard_init_linux.go

  static constexpr std::uint64_t kBufferBytes = 64 << 10;
  RuntimeCalls calls_of(kernel::Thread& thread) const { return {thread, buffer_}; }

  kernel::Kernel& host_;
  const ContainerSpec& spec_;
  const Image& image_;
  const std::shared_ptr<kernel::FsContext> host_files_;
  const std::function<void()> run_;  // the machine, until nothing is pending
  const std::vector<kernel::BpfInstruction> filter_;
  const std::string state_;  // runc's directory of the container
  std::shared_ptr<kernel::Cgroup> cgroup_;
  kernel::Thread* shim_ = nullptr;
  kernel::WaitQueue orders_;  // the shim waits for a command
  kernel::WaitQueue gate_;    // init waits for the program
  Command command_;
  kernel::Address buffer_ = 0;
  kernel::Thread* program_ = nullptr;  // init's main thread; the program's once it started
  std::int32_t pid_ = 0;
  std::string name_;
  std::function<void(kernel::Thread&)> body_;
};

}  // namespace isosim::models
