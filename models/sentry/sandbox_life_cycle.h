// A sandbox from runsc create to runsc delete, each step by processes of the host: runsc's commands, the
// Gofer, the Sentry (runsc/container/container.go, runsc/sandbox/sandbox.go of release-20190304.1; what
// Docker 18.09 asks for). What they compute between their calls (JSON, flags, logs) is not modelled, nor are
// the network's links and routes.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "models/container/container_life.h"
#include "models/container/control_groups.h"
#include "models/container/image.h"
#include "models/container/shim.h"
#include "models/sentry/sandbox.h"

namespace isosim::models {

// What a host has before the first runsc: its binary, the control groups' directories, sources of bind
// mounts. Costs no time.
void prepare_host_of_sandboxes(kernel::Vfs& vfs, kernel::FsContext& files, const SandboxSpec& spec);

class SandboxLifeCycle final : public ContainerLife {
 public:
  // On a prepared host. All arguments must outlive it.
  SandboxLifeCycle(kernel::Kernel& host, const SandboxSpec& spec, std::string id, const Image& image,
                   std::shared_ptr<kernel::FsContext> host_files);

  // A call that fails within a step throws std::runtime_error from the engine's run. Observers see the steps
  // as frames: "runsc create", "runsc gofer", "runsc boot", "runsc start", "runsc delete".
  void begin_create(Done done) override;
  void begin_start(std::string name, std::function<void(kernel::Thread&)> body, Done done) override;
  // Of a sandbox that was never started: delete --force, which kills it.
  void begin_delete(Done done) override;
  void before_start(std::function<void(RuntimeCalls&, std::int32_t)> hooks) override {
    prestart_ = std::move(hooks);
  }
  kernel::SyscallTarget& target() override { return sandbox_.sentry(); }

  Sandbox& sandbox() { return sandbox_; }
  [[nodiscard]] unsigned back_offs() const { return back_offs_; }  // of 100 ms, that runsc delete slept

 private:
  using Descriptors = std::vector<std::int32_t>;
  // sandbox_create.cc
  void run_create(RuntimeCalls& shim);
  void read_specification(RuntimeCalls& calls);
  void set_up_mounts(RuntimeCalls& calls);
  std::int32_t start_gofer(RuntimeCalls& calls, const Descriptors& ends);
  std::int32_t start_sandbox(RuntimeCalls& calls, const Descriptors& ends, std::int32_t sync);
  // sandbox_processes.cc
  void gofer(RuntimeCalls& child, Descriptors donated);
  // `null`: what the sandbox's own standard streams are.
  void boot(RuntimeCalls& child, const Descriptors& donated, const Descriptors& null, std::int32_t mapped);
  // sandbox_life_cycle.cc
  void run_start(RuntimeCalls& shim);
  void set_up_network(RuntimeCalls& calls);
  void run_delete(RuntimeCalls& shim);
  void wait_for_stopped(RuntimeCalls& calls, std::int32_t pid);
  void load(RuntimeCalls& calls);
  void lock(RuntimeCalls& calls);
  void save(RuntimeCalls& calls);
  [[nodiscard]] bool running(RuntimeCalls& calls, std::int32_t pid) const;

  const SandboxSpec& spec_;
  const std::string id_;
  const Image& image_;
  const std::string bundle_, state_;  // containerd's directory of the container, and runsc's
  ControlGroups groups_;
  Shim shim_;
  Sandbox sandbox_;
  std::function<void(RuntimeCalls&, std::int32_t pid)> prestart_;  // Container.Start runs them; empty: none
  kernel::Thread* program_ = nullptr;                              // in the Sentry's kernel
  std::array<std::array<std::int32_t, 2>, 3> pipes_{};  // the shim's, of the container's standard streams
  std::int32_t sandbox_pid_ = 0, gofer_pid_ = 0;
  std::int32_t lock_ = -1;  // descriptor of the runsc that holds the state directory's lock
  unsigned back_offs_ = 0;
};

}  // namespace isosim::models
