// What runc's init does to its view of the files (libcontainer/rootfs_linux.go of runc 1.0-rc6).
#pragma once

#include <string>

#include "models/container/runtime_calls.h"
#include "models/container/spec.h"

namespace isosim::models {

// Mounts of the container and device nodes below `root`, a mounted directory of the host.
void prepare_root_fs(RuntimeCalls& calls, const ContainerSpec& spec, const std::string& root);
// pivot_root into it, after the prestart hooks.
void enter_root_fs(RuntimeCalls& calls, const std::string& root);

// Docker's default masked and read-only paths below /proc and /sys.
void hide_paths(RuntimeCalls& calls);

}  // namespace isosim::models
