// The steps of containerd's shim and of runc (1.0-rc6, which Docker 18.09 brings) around a container's
// program.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernel-model/kernel.h"
#include "kernel-model/sched/wait_queue.h"
#include "models/container/container_life.h"
#include "models/container/control_groups.h"
#include "models/container/image.h"
#include "models/container/runtime_calls.h"
#include "models/container/shim.h"
#include "models/container/spec.h"

namespace isosim::models {

class LifeCycle final : public ContainerLife {
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

  // The same steps of containers that live at the same time.
  void begin_create(Done done) override;
  void begin_start(std::string name, std::function<void(kernel::Thread&)> body, Done done) override;
  void begin_delete(Done done) override;
  kernel::SyscallTarget& target() override { return host_; }

  [[nodiscard]] kernel::Process* program() const { return program_ ? program_->process : nullptr; }

  [[nodiscard]] bool started() const { return body_ != nullptr; }

 private:
  void order(const char* name, void (LifeCycle::*run)(RuntimeCalls&), Done done);
  void let_program_go(std::string name, std::function<void(kernel::Thread&)> body);
  void wait_until(kernel::Thread& thread, kernel::WaitQueue& queue, const std::function<bool()>& due);
  void run_create(RuntimeCalls& calls);
  void run_start(RuntimeCalls& calls);
  void run_kill(RuntimeCalls& calls);
  void run_delete(RuntimeCalls& calls);
  // Within runc create.
  void enter_namespaces(kernel::Thread& thread, std::int32_t sync, std::int32_t fifo);  // nsexec.c
  void init(kernel::Thread& thread, std::int32_t ready, std::int32_t fifo);  // standard_init_linux.go

  RuntimeCalls calls_of(kernel::Thread& thread) const { return {thread, shim_.buffer()}; }

  kernel::Kernel& host_;
  const ContainerSpec& spec_;
  const Image& image_;
  const std::function<void()> run_;  // the machine, until nothing is pending
  const std::vector<kernel::BpfInstruction> filter_;
  const std::string state_;  // runc's directory of the container
  ControlGroups groups_;
  Shim shim_;
  kernel::WaitQueue gate_;             // init waits for the program
  kernel::Thread* program_ = nullptr;  // init's main thread; the program's once it started
  std::int32_t pid_ = 0;
  std::string name_;
  std::function<void(kernel::Thread&)> body_;
};

}  // namespace isosim::models
