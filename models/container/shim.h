// containerd's shim of one container: a process that lives as long as the container, is the parent of what
// the runtime leaves behind, and has one process of the runtime after the other do what is ordered.
#pragma once

#include <functional>
#include <memory>

#include "kernel-model/kernel.h"
#include "kernel-model/sched/wait_queue.h"
#include "models/container/image.h"
#include "models/container/runtime_calls.h"

namespace isosim::models {

// Puts the shim's binary on a host. Costs no time.
void install_shim(kernel::Vfs& vfs, kernel::FsContext& files);

class Shim {
 public:
  struct Command {
    const char* name = nullptr;              // observers see the runtime's process as a frame of this name
    std::function<void(RuntimeCalls&)> run;  // what that process does; `calls` are its own
    std::function<void(RuntimeCalls&)> before = {};  // what the shim itself does first
    bool last = false;                               // the shim ends after it
    std::function<void()> done = {};  // from the shim's task; the last one's after the image is unmounted
  };

  // All arguments must outlive it.
  Shim(kernel::Kernel& host, const Image& image, std::shared_ptr<kernel::FsContext> host_files);

  // Begins with a first command, once. The image is mounted before.
  void start(Command first);
  // The next one, after the one before is done.
  void order(Command command);

  [[nodiscard]] bool started() const { return thread_ != nullptr; }

 private:
  void live(kernel::Thread& thread);
  void mount_image(RuntimeCalls& calls);
  void unmount_image(RuntimeCalls& calls);

  kernel::Kernel& host_;
  const Image& image_;
  const std::shared_ptr<kernel::FsContext> host_files_;
  kernel::Thread* thread_ = nullptr;
  kernel::WaitQueue orders_;
  Command command_;
};

}  // namespace isosim::models
