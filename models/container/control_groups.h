// A container's directory below /sys/fs/cgroup/<controller>/docker, in each of the hierarchies of version 1.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kernel-model/process/cgroup.h"
#include "models/container/runtime_calls.h"

namespace isosim::models {

// The directories that systemd and dockerd have made at boot. Costs no time.
void prepare_control_groups(kernel::Vfs& vfs, kernel::FsContext& files,
                            const std::vector<std::string>& controllers);

class ControlGroups {
 public:
  // `files`: knobs that the runtime looks at, as "controller/name"; the kernel makes them with their
  // directory.
  ControlGroups(std::vector<std::string> controllers, std::string id, std::vector<std::string> files = {})
      : controllers_(std::move(controllers)), id_(std::move(id)), files_(std::move(files)) {}

  void make(RuntimeCalls& calls);
  // A process into all of them: its number goes into each cgroup.procs.
  void join(RuntimeCalls& calls, std::int32_t pid);
  void remove(RuntimeCalls& calls);

  [[nodiscard]] std::string directory(const std::string& controller) const;
  [[nodiscard]] std::string path(const std::string& file) const;

 private:
  const std::vector<std::string> controllers_;
  const std::string id_;
  const std::vector<std::string> files_;
  std::shared_ptr<kernel::Cgroup> group_;
};

}  // namespace isosim::models
