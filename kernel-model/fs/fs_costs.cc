#include "kernel-model/fs/fs_costs.h"

#include <string>

#include "kernel-model/kernel.h"

namespace isosim::kernel {

FsCosts FsCosts::of(const Kernel& kernel, std::string_view type) {
  const auto path = [&](std::string_view name) {
    return kernel.path(std::string(type) + "." + std::string(name));
  };
  return {.lookup = path("lookup"),
          .open = path("open"),
          .release = path("release"),
          .read = path("read"),
          .write = path("write"),
          .allocate = path("allocate"),
          .create = path("create"),
          .unlink = path("unlink"),
          .mkdir = path("mkdir"),
          .rmdir = path("rmdir"),
          .rename = path("rename"),
          .link = path("link"),
          .symlink = path("symlink"),
          .readlink = path("readlink"),
          .getattr = path("getattr"),
          .setattr = path("setattr"),
          .chown = path("chown"),
          .truncate = path("truncate"),
          .fallocate = path("fallocate"),
          .dirty_inode = path("dirty_inode"),
          .readdir = path("readdir"),
          .statfs = path("statfs"),
          .getxattr = path("getxattr"),
          .setxattr = path("setxattr"),
          .listxattr = path("listxattr"),
          .removexattr = path("removexattr"),
          .fsync = path("fsync"),
          .evict = path("evict")};
}

}  // namespace isosim::kernel
