// The paths of the VFS proper, "vfs.<name>" in the catalogue, resolved once.
#pragma once

#include "sim/path.h"

namespace isosim::kernel {

class Kernel;

struct VfsPaths {
  sim::PathId lookup;       // unit: component found in the dcache
  sim::PathId lookup_slow;  // unit: component that asks the file system (dentry allocation, directory lock)
  sim::PathId mount_cross;  // unit: mount crossed
  sim::PathId symlink;      // unit: link followed
  sim::PathId open, close, open_failed;
  sim::PathId read, write;  // descriptor to file, checks, notification
  sim::PathId readv;        // import_iovec; unit: segment
  sim::PathId lseek, stat, fstat, access, readlink, getdents, statfs;
  sim::PathId create, unlink, rename, link;  // the name's part: parent lookup, permission, notification
  sim::PathId setattr, truncate, xattr, fsync, fallocate, fadvise;
  sim::PathId getcwd, chdir, fcntl, dup, ioctl, flock, posix_lock;
  sim::PathId mount, umount, bind, pivot_root;
  sim::PathId memfd, inotify_init, inotify_watch, inotify_event;
  sim::PathId sendfile;  // unit: page moved
  sim::PathId device;    // /dev/null and its kin: read and write beyond the VFS
  sim::PathId aio_setup, aio_submit, aio_request, aio_complete, aio_destroy;
  sim::PathId aio_getevents;  // unit: event taken
  sim::PathId random;         // unit: 64-byte block of the generator

  explicit VfsPaths(const Kernel& kernel);
};

}  // namespace isosim::kernel
