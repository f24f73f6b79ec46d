// A container's image on the host: the layers that Docker's overlay2 driver keeps, and what it mounts of
// them.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "kernel-model/fs/fs_context.h"
#include "kernel-model/fs/inode.h"
#include "kernel-model/fs/vfs.h"

namespace isosim::models {

// What dockerd puts into a container's "-init" layer, as mount points for what comes later
// (daemon/initlayer/setup_unix.go of Docker 18.09).
inline constexpr std::pair<const char*, std::uint32_t> kInitLayer[] = {
    {"/dev/pts", kernel::file_mode::directory | 0755},
    {"/dev/shm", kernel::file_mode::directory | 0755},
    {"/proc", kernel::file_mode::directory | 0755},
    {"/sys", kernel::file_mode::directory | 0755},
    {"/.dockerenv", kernel::file_mode::regular | 0755},
    {"/etc/resolv.conf", kernel::file_mode::regular | 0755},
    {"/etc/hosts", kernel::file_mode::regular | 0755},
    {"/etc/hostname", kernel::file_mode::regular | 0755},
    {"/dev/console", kernel::file_mode::regular | 0755},
};

class Image {
 public:
  // Makes the directories of `layers` lower layers and of container `id` in the tree that `host` shows.
  // Costs no time: the image was pulled, and the container's layer made, before.
  Image(kernel::Vfs& vfs, std::shared_ptr<kernel::FsContext> host, const std::string& id, int layers);

  // Puts a file into the lowest layer, where a base image holds a system's files; the layers above it have
  // what later build steps changed, of which a trace says nothing. Returns 0 or a negative errno.
  std::int64_t populate(const kernel::InitialFile& file);

  [[nodiscard]] const std::string& merged() const { return merged_; }    // where the root is mounted
  [[nodiscard]] const std::string& options() const { return options_; }  // mount data

 private:
  kernel::Vfs& vfs_;
  kernel::FsContext init_;  // what Docker puts on top of the image's layers, as a root of its own
  kernel::FsContext base_;  // the lowest layer as a root of its own: absolute links of the image stay inside
  std::string merged_, options_;
};

}  // namespace isosim::models
