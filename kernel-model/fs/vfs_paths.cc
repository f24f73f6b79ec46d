#include "kernel-model/fs/vfs_paths.h"

#include "kernel-model/kernel.h"

namespace isosim::kernel {

VfsPaths::VfsPaths(const Kernel& k)
    : lookup(k.path("vfs.lookup")),
      lookup_slow(k.path("vfs.lookup_slow")),
      mount_cross(k.path("vfs.mount_cross")),
      symlink(k.path("vfs.symlink")),
      open(k.path("vfs.open")),
      close(k.path("vfs.close")),
      open_failed(k.path("vfs.open_failed")),
      read(k.path("vfs.read")),
      write(k.path("vfs.write")),
      readv(k.path("vfs.readv")),
      lseek(k.path("vfs.lseek")),
      stat(k.path("vfs.stat")),
      fstat(k.path("vfs.fstat")),
      access(k.path("vfs.access")),
      readlink(k.path("vfs.readlink")),
      getdents(k.path("vfs.getdents")),
      statfs(k.path("vfs.statfs")),
      create(k.path("vfs.create")),
      unlink(k.path("vfs.unlink")),
      rename(k.path("vfs.rename")),
      link(k.path("vfs.link")),
      setattr(k.path("vfs.setattr")),
      truncate(k.path("vfs.truncate")),
      xattr(k.path("vfs.xattr")),
      fsync(k.path("vfs.fsync")),
      fallocate(k.path("vfs.fallocate")),
      fadvise(k.path("vfs.fadvise")),
      getcwd(k.path("vfs.getcwd")),
      chdir(k.path("vfs.chdir")),
      fcntl(k.path("vfs.fcntl")),
      dup(k.path("vfs.dup")),
      ioctl(k.path("vfs.ioctl")),
      flock(k.path("vfs.flock")),
      posix_lock(k.path("vfs.posix_lock")),
      mount(k.path("vfs.mount")),
      umount(k.path("vfs.umount")),
      bind(k.path("vfs.bind")),
      pivot_root(k.path("vfs.pivot_root")),
      memfd(k.path("vfs.memfd")),
      inotify_init(k.path("vfs.inotify_init")),
      inotify_watch(k.path("vfs.inotify_watch")),
      inotify_event(k.path("vfs.inotify_event")),
      sendfile(k.path("vfs.sendfile")),
      device(k.path("vfs.device")),
      random(k.path("vfs.random")) {}

}  // namespace isosim::kernel
