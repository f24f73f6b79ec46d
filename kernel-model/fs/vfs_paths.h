// The paths of the VFS proper, "vfs.<name>" in the catalogue, resolved once.
#pragma once

#include "sim/path.h"

namespace isosim::kernel {

class Kernel;

struct VfsPaths {
  sim::PathId lookup;        // unit: component found in the dcache
  sim::PathId lookup_slow;   // unit: component that asks the file system (dentry allocation, directory lock)
  sim::PathId mount_cross;   // unit: mount crossed
  sim::PathId symlink;       // unit: link followed
  sim::PathId open, close, open_failed;
  sim::PathId read, write, readv;  // descriptor to file, checks, notification; readv unit: segment
  sim::PathId lseek, stat, fstat, access, readlink, getdents, statfs;
  sim::PathId create, unlink, mkdir, rmdir, rename, link, symlink_create, mknod;
  sim::PathId setattr, truncate, xattr, fsync, fallocate, fadvise;
  sim::PathId getcwd, chdir, umask, fcntl, dup, ioctl, flock, posix_lock, close_range;
  sim::PathId mount, umount, bind, remount, pivot_root;
  sim::PathId memfd, inotify_init, inotify_watch, inotify_event, sendfile;
  sim::PathId character_device;  // /dev/null, /dev/zero: open, read and write beyond the VFS
  sim::PathId random;            // unit: 64-byte block of the generator

  explicit VfsPaths(const Kernel& kernel);
};

}  // namespace isosim::kernel
