// A sandbox: the process that is the Sentry, the one that is its Gofer, and what runsc does to get them going
// (runsc/boot/loader.go, runsc/container/container.go).
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "kernel-model/fs/vfs.h"
#include "models/gofer/client.h"
#include "models/gofer/gofer.h"
#include "models/sentry/sandbox_spec.h"
#include "models/sentry/sentry.h"

namespace isosim::models {

class Sandbox {
 public:
  // `run` runs the machine until nothing is pending.
  Sandbox(kernel::Kernel& host, SandboxSpec spec, std::function<void()> run);
  ~Sandbox();

  // runsc create and what of runsc start comes before the program; runs the engine.
  void boot();
  [[nodiscard]] bool booted() const { return booted_; }

  // Starts a thread of the Sentry's kernel: a command of runsc, which the control server takes.
  void start(kernel::Thread& thread);

  // The view of files that programs start with; after boot().
  [[nodiscard]] const std::shared_ptr<kernel::FsContext>& files() const { return files_; }

  // Of the program, looked up while booting; the root if there is no such directory.
  std::string working_directory = "/";

  Sentry& sentry() { return *sentry_; }
  [[nodiscard]] const SandboxSpec& spec() const { return spec_; }
  [[nodiscard]] const std::deque<std::unique_ptr<gofer::Client>>& clients() const { return clients_; }
  [[nodiscard]] kernel::Process& gofer_process() { return *gofer_process_; }

 private:
  void main(go::G& g);
  void start_gofer(go::G& g);
  void connect(go::G& g);
  void install_filter(go::G& g);
  void mount_all(go::G& g);
  void serve_commands(go::G& g);

  kernel::Kernel& host_;
  SandboxSpec spec_;
  std::function<void()> run_;
  kernel::Process* process_ = nullptr;        // the Sentry's
  kernel::Process* gofer_process_ = nullptr;  // set by start_gofer()
  std::unique_ptr<Sentry> sentry_;
  std::unique_ptr<gofer::Gofer> gofer_;
  std::deque<gofer::Connection> connections_;  // of the mounts through the Gofer, in order
  std::deque<std::unique_ptr<gofer::Client>> clients_;
  std::vector<std::int32_t> sockets_;  // the Sentry's ends
  std::vector<GoferFs*> gofer_files_;  // the kernel's
  std::shared_ptr<kernel::FsContext> files_;
  kernel::Address memory_ = 0;
  std::array<std::int32_t, 2> control_{-1, -1};
  std::deque<kernel::Thread*> to_start_;
  bool booted_ = false, started_ = false;
};

}  // namespace isosim::models
