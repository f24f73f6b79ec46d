// Which paths lie on a file system of their own on every machine.
#pragma once

#include <string_view>

#include "traces/infer_tree.h"

namespace isosim::traces::infer {

inline bool at_or_below(std::string_view path, std::string_view top) {
  return path == top || (path.starts_with(top) && path[top.size()] == '/');
}

inline FileSystem file_system_of(std::string_view path) {
  if (at_or_below(path, "/proc")) return FileSystem::procfs;
  if (at_or_below(path, "/sys")) return FileSystem::sysfs;
  if (at_or_below(path, "/dev") && !at_or_below(path, "/dev/shm")) return FileSystem::devtmpfs;
  return FileSystem::disk;
}

// A link from here to elsewhere fails with EXDEV. Which of a trace's other folders are mounts is not
// inferred.
inline bool on_own_mount(std::string_view path) {
  return file_system_of(path) != FileSystem::disk || at_or_below(path, "/dev/shm");
}

}  // namespace isosim::traces::infer
