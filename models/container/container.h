// A container from runc create to runc delete. Every step is made of calls into the host's kernel by
// processes of the runtime; what they compute between their calls (a Go runtime's start, parsing of
// config.json) is that of their Go runtimes and init functions only.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"
#include "kernel-model/process/namespaces.h"
#include "models/container/fleet.h"
#include "models/container/image.h"
#include "models/container/life_cycle.h"
#include "models/container/spec.h"

namespace isosim::models {

class Container {
 public:
  // `run` runs the machine until nothing is pending.
  Container(kernel::Kernel& host, ContainerSpec spec, std::function<void()> run);
  ~Container();

  // A file in the container's view. Below a mount it is made once that mount is there. Returns 0 or a
  // negative errno.
  std::int64_t populate(const kernel::InitialFile& file);

  // The container's first process. The first call creates the container: it runs the engine until runc's init
  // waits for the start, and may not come from a task. The engine's observers see neither that nor the start.
  kernel::Process& program();

  // runc start, once: runs the engine until init is ready to go on as `body`, without the runtime's
  // descriptors and memory.
  kernel::Thread& start(std::string name, std::function<void(kernel::Thread&)> body);

  [[nodiscard]] bool started() const { return cycle_.started(); }

  // runc kill, if the program still runs, runc delete, and the image is unmounted. Runs the engine.
  void remove();

  // Who sees what the runtime does: nobody, unless this is called before program().
  void watch(sim::Observer& observer) { observer_ = &observer; }

  // Further containers like this one, which is left alone: see Fleet::run().
  void life_cycles(unsigned clients, std::uint64_t count, const std::function<void(sim::Time)>& cycle);

  [[nodiscard]] const ContainerSpec& spec() const { return spec_; }

 private:
  void run_step(const std::function<void()>& step);
  [[nodiscard]] bool below_mount(std::string_view path) const;

  kernel::Kernel& host_;
  ContainerSpec spec_;
  std::function<void()> run_;
  std::shared_ptr<kernel::FsContext> host_files_;
  Image image_;
  std::vector<kernel::InitialFile> waiting_;  // for their mounts
  LifeCycle cycle_;
  // Held from create to remove: the name spaces end with the container, so that a replayed program's exit is
  // not charged with taking them apart.
  std::shared_ptr<kernel::Namespaces> namespaces_;
  kernel::Ref<kernel::MountNamespace> mounts_;
  std::unique_ptr<Fleet> fleet_;
  sim::Observer* observer_ = nullptr;
};

}  // namespace isosim::models
