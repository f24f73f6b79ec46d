// What a container is made of, as the "container" object of a platform file says it.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "kernel-model/abi/syscall.h"

namespace isosim::models {

struct ContainerMount {
  std::string type;         // tmpfs, bind, proc, sysfs, mqueue, devpts
  std::string source;       // bind: a directory of the host
  std::string target;       // in the container
  std::uint64_t flags = 0;  // MS_*
};

struct ContainerSpec {
  std::string id = "isosim";
  std::string hostname;
  std::uint64_t namespaces = 0;              // CLONE_NEW* bits
  std::uint64_t capabilities = 0;            // bits by number
  std::string seccomp;                       // "docker-default" or "none"
  std::vector<kernel::SysNr> seccomp_allow;  // calls that the profile allows besides
  bool no_new_privileges = false;            // Docker: --security-opt no-new-privileges
  int image_layers = 1;                      // lower layers of the overlay
  std::vector<std::string> controllers;      // cgroup version 1 hierarchies
  std::vector<ContainerMount> mounts;        // after the root, in order
};

// Throws std::invalid_argument with `where` (the file), the JSON pointer, and the nearest name for an unknown
// one.
ContainerSpec read_container(const nlohmann::ordered_json& container, std::string_view where);

}  // namespace isosim::models
