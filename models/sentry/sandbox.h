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
#include "models/sentry/control.h"
#include "models/sentry/fs/gofer_fs.h"
#include "models/sentry/sandbox_spec.h"
#include "models/sentry/sentry.h"

namespace isosim::models {

class Sandbox {
 public:
  // `run` runs the machine until nothing is pending; only boot() needs it. `id`: names the sandbox on its
  // host.
  Sandbox(kernel::Kernel& host, SandboxSpec spec, std::function<void()> run, std::string id = "isosim");
  ~Sandbox();

  // runsc create and what of runsc start comes before the program; runs the engine.
  void boot();

  // What the program gets as descriptor `fd`, one of 0 to 2, in place of the host's /dev/null. Before boot().
  void donate(std::int32_t fd, Donation donation) {
    donations_.at(static_cast<std::size_t>(fd)) = std::move(donation);
  }

  // In place of boot(), for a runsc whose processes are modelled: what the processes that it made are once
  // they are runsc boot and runsc gofer (after their last exec). Both come back when the process ends. The
  // sandbox waits for runsc start before it mounts anything, and ends with its program.
  struct Descriptors {                  // of the process
    std::int32_t control = -1;          // ControlServer::make_socket()
    std::int32_t device = -1;           // the platform's; -1: none
    std::int32_t sync = -1;             // takes a byte once runsc create may go on
    std::vector<std::int32_t> sockets;  // by mount: its ends of the socket pairs to the Gofer
    std::vector<std::int32_t> streams;  // of its program: 0, 1, 2
  };
  void run_boot(kernel::Thread& first, Descriptors descriptors);
  void run_gofer(kernel::Thread& first, const std::vector<std::int32_t>& sockets,
                 std::function<void(go::G&)> confine);
  ControlServer& control() { return control_; }
  // containerManager.StartRoot: the answer to runsc start. The program is the first one.
  ControlCall start_call(kernel::Thread& thread);

  [[nodiscard]] bool booted() const { return booted_; }

  // Starts a thread of the Sentry's kernel: a command of runsc, which the control server takes.
  void start(kernel::Thread& thread);

  // The view of files that programs start with; after boot().
  [[nodiscard]] const std::shared_ptr<kernel::FsContext>& files() const { return files_; }

  // Of the program, looked up while booting; the root if there is no such directory.
  std::string working_directory = "/";

  Sentry& sentry() { return *sentry_; }
  [[nodiscard]] const SandboxSpec& spec() const { return spec_; }

 private:
  struct Start {  // a command under way
    kernel::Thread* thread;
    go::G* waiting;
    bool done = false;
  };
  void main(go::G& g);
  void load(go::G& g);
  void start_gofer(go::G& g);
  void confine_gofer(go::G& gofer);
  void connect(go::G& g);
  void install_filter(go::G& g);
  void import_streams(go::G& g);
  void mount_all(go::G& g);
  kernel::SuperBlock& add_overlay(GoferFs& lower);
  void serve_start(go::G& g, Start& start);
  [[noreturn]] void leave(go::G& g);

  kernel::Kernel& host_;
  SandboxSpec spec_;
  std::function<void()> run_;
  kernel::Process* process_ = nullptr;  // the Sentry's
  std::unique_ptr<Sentry> sentry_;
  std::unique_ptr<gofer::Gofer> gofer_;
  std::deque<gofer::Connection> connections_;  // of the mounts through the Gofer, in order
  std::deque<std::unique_ptr<gofer::Client>> clients_;
  std::vector<GoferFs*> gofer_files_;  // the kernel's
  std::shared_ptr<kernel::FsContext> files_;
  std::array<Donation, 3> donations_;
  std::vector<kernel::Ref<kernel::File>> streams_;  // imported
  kernel::Address memory_ = 0;
  ControlServer control_;
  Descriptors descriptors_;
  bool of_runsc_ = false;  // run_boot() by a modelled runsc
  go::G* main_ = nullptr;
  std::deque<Start*> starts_;
  kernel::Process* program_ = nullptr;  // the first one
  bool booted_ = false, started_ = false, ordered_ = false, program_ended_ = false;
};

}  // namespace isosim::models
