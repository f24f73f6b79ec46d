// Processes of containers and their runtimes on a host: not threads of its kernel, nor Docker's daemons.
#pragma once

#include <algorithm>
#include <string_view>

#include "kernel-model/kernel.h"
#include "kernel-model/process/process.h"

namespace isosim::test {

inline std::size_t container_processes(const kernel::Kernel& host) {
  return static_cast<std::size_t>(
      std::count_if(host.processes.begin(), host.processes.end(), [](const auto& entry) {
        const std::string_view name = entry.second->comm;
        return name != "rcu_sched" && !name.starts_with("kworker") && !name.starts_with("jbd2") &&
               name != "dockerd" && name != "containerd";
      }));
}

}  // namespace isosim::test
