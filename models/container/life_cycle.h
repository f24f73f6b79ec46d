// The steps of containerd's shim and of runc (1.0-rc6, which Docker 18.09 brings) around a container's
// program.
#pragma once

#include <array>
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

inline constexpr const char* kRunc = "/usr/bin/runc";
inline constexpr const char* kProgram = "/bin/program";  // of containers that come and go

// What a host has before the first container: runc, its directories, the control groups, sources of bind
// mounts. Costs no time.
void prepare_host_of_containers(kernel::Vfs& vfs, kernel::FsContext& files, const ContainerSpec& spec);

class LifeCycle final : public ContainerLife {
 public:
  // On a prepared host. All arguments must outlive it.
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
  // The program is kProgram of the image, which then goes on as `body`.
  void begin_start(std::string name, std::function<void(kernel::Thread&)> body, Done done) override;
  void begin_delete(Done done) override;
  void before_start(std::function<void(RuntimeCalls&, std::int32_t)> hooks) override {
    prestart_ = std::move(hooks);
  }
  kernel::SyscallTarget& target() override { return host_; }

  [[nodiscard]] kernel::Process* program() const { return program_ ? program_->process : nullptr; }

  [[nodiscard]] bool started() const { return body_ != nullptr; }

 private:
  // What runc create shares with its init.
  struct InitEnds {
    std::int32_t pipe = 3, fifo = 4;  // where runc init finds them (container_linux.go: ExtraFiles)
  };

  void order(const char* name, void (LifeCycle::*run)(RuntimeCalls&), Done done);
  // Each is a process of runc, from its execve on.
  void run_create(RuntimeCalls& shim);
  void run_start(RuntimeCalls& shim);
  void run_kill(RuntimeCalls& shim);
  void run_delete(RuntimeCalls& shim);
  void load(RuntimeCalls& calls);
  void save(RuntimeCalls& calls, std::int32_t pid);
  void make_fifo(RuntimeCalls& calls);
  void serve_init(RuntimeCalls& calls, std::int32_t pipe, std::int32_t pid);
  // nsexec.cc: what the init does before its Go runtime starts.
  void nsexec(kernel::Thread& thread);
  void unshare(kernel::Thread& thread, std::array<std::int32_t, 2> to_parent,
               std::array<std::int32_t, 2> to_grandchild);
  // init.cc
  void init(kernel::Thread& thread);
  void become_program(kernel::Thread& thread);

  kernel::Kernel& host_;
  const ContainerSpec& spec_;
  const Image& image_;
  const std::function<void()> run_;                                // the machine, until nothing is pending
  std::function<void(RuntimeCalls&, std::int32_t pid)> prestart_;  // hooks; empty: none
  const std::vector<kernel::BpfInstruction> filter_;
  const std::string bundle_, state_;  // containerd's directory of the container, and runc's
  ControlGroups groups_;
  Shim shim_;
  kernel::WaitQueue gate_;             // init waits for the program
  kernel::Thread* program_ = nullptr;  // init's main thread; the program's once it started
  std::int32_t pid_ = 0;               // init's
  bool own_program_ = false;           // the image has it, init executes it
  std::string name_;
  std::function<void(kernel::Thread&)> body_;
};

}  // namespace isosim::models
