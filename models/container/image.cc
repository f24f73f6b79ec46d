#include "models/container/image.h"

#include <algorithm>
#include <iterator>

namespace isosim::models {

namespace {

constexpr const char* kDriver = "/var/lib/docker/overlay2/";

}  // namespace

Image::Image(kernel::Vfs& vfs, std::shared_ptr<kernel::FsContext> host, const std::string& id, int layers)
    : vfs_(vfs) {
  const auto directory = [&](const std::string& path) {
    vfs.populate(*host, {.path = path, .mode = kernel::file_mode::directory | 0755});
    return path;
  };
  const std::string own = kDriver + id, init = directory(own + "-init/diff");
  for (const auto& [path, mode] : kInitLayer) vfs.populate(*host, {.path = init + path, .mode = mode});
  std::string lower = init, base;
  for (int layer = layers; layer > 0; --layer) {
    base = directory(kDriver + id + "-image" + std::to_string(layer) + "/diff");
    lower += ":" + base;
  }
  merged_ = directory(own + "/merged");
  options_ =
      "lowerdir=" + lower + ",upperdir=" + directory(own + "/diff") + ",workdir=" + directory(own + "/work");
  base_ = init_ = *host;
  base_.root = base_.cwd = vfs.find(*host, base);
  init_.root = init_.cwd = vfs.find(*host, init);
}

// Docker mounts copies of the host's over some files; here their contents lie in the layer that has the mount
// points.
std::int64_t Image::populate(const kernel::InitialFile& file) {
  const auto is_file = [&file](const auto& entry) {
    return file.path == entry.first && (entry.second & kernel::file_mode::regular) != 0;
  };
  const bool docker = std::any_of(std::begin(kInitLayer), std::end(kInitLayer), is_file);
  return vfs_.populate(docker ? init_ : base_, file);
}

}  // namespace isosim::models
