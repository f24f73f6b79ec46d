// The paths that each file system brings, "<type>.<name>" in the catalogue.
#pragma once

#include <string_view>

#include "sim/path.h"

namespace isosim::kernel {

class Kernel;

struct FsCosts {
  sim::PathId lookup;  // directory search on a dcache miss, and the inode it finds
  sim::PathId open, release;
  sim::PathId read;      // unit: page
  sim::PathId write;     // unit: page
  sim::PathId allocate;  // a new page of the file; unit: page
  sim::PathId create, unlink, mkdir, rmdir, rename, link, symlink, readlink;
  sim::PathId getattr, setattr, chown, truncate, fallocate;
  sim::PathId dirty_inode;  // a time stamp that goes to the inode on disk
  sim::PathId readdir;      // unit: entry
  sim::PathId statfs;
  sim::PathId getxattr, setxattr, listxattr, removexattr;
  sim::PathId fsync;
  sim::PathId evict;  // unit: page freed

  static FsCosts of(const Kernel& kernel, std::string_view type);
};

}  // namespace isosim::kernel
