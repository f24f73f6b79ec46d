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
  // runc's Manager.Apply (libcontainer/cgroups/fs/apply_raw.go): each hierarchy is looked for, the directory
  // made if there is none, the process put in.
  void apply(RuntimeCalls& calls, std::int32_t pid);
  // A process into all of them: its number goes into each cgroup.procs.
  void join(RuntimeCalls& calls, std::int32_t pid);
  // Which devices the group may use: "devices.deny" of all, then what is allowed.
  void set_devices(RuntimeCalls& calls);
  void remove(RuntimeCalls& calls);

  [[nodiscard]] std::string directory(const std::string& controller) const;
  [[nodiscard]] std::string path(const std::string& file) const;

 private:
  void make_group(RuntimeCalls& calls);
  void make_one(RuntimeCalls& calls, const std::string& controller);
  void join_one(RuntimeCalls& calls, const std::string& controller, std::int32_t pid);

  const std::vector<std::string> controllers_;
  const std::string id_;
  const std::vector<std::string> files_;
  std::shared_ptr<kernel::Cgroup> group_;
};

}  // namespace isosim::models
