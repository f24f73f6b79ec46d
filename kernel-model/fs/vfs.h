// The virtual file system of one kernel: caches, file systems, mounts, the initial tree.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kernel-model/fs/dentry.h"
#include "kernel-model/fs/fs_context.h"
#include "kernel-model/fs/super_block.h"
#include "kernel-model/fs/vfs_paths.h"

namespace isosim::cpu {
class BlockDevice;
}

namespace isosim::kernel {

class PidNamespace;  // process/namespaces.h
class Writeback;     // fs/writeback.h

// A file that exists before the program starts. Parents that do not exist become directories of mode 0755.
struct InitialFile {
  std::string path;  // absolute; a file that exists already takes the new attributes
  std::uint32_t mode =
      0100644;             // type and permission bits; 0: known to be absent (a negative dentry if warm)
  std::uint64_t size = 0;  // bytes
  std::uint32_t uid = 0, gid = 0;
  std::uint64_t rdev = 0;
  std::string target{};  // symlinks
  bool warm = true;      // name in the dentry cache, contents in the page cache
  // procfs, sysfs: what the reads of each reading from the start return (records end where they end). The
  // last reading stands for all later ones.
  std::vector<std::vector<std::uint32_t>> readings{};
  std::int32_t refusal = 0;  // procfs, sysfs: what opening it or reading the link gives, positive; 0: works
  std::vector<std::pair<std::string, std::uint32_t>> xattrs{};  // names, and sizes of values in bytes
  // What reading any other attribute gives, where the file system that it stands for is known to say so:
  // ENODATA or EOPNOTSUPP, positive. 0: by the name space and the file system that it lies on.
  std::int32_t xattr_error = 0;
  std::string interpreter{};  // scripts: their first line without "#!"
};

class Vfs {
 public:
  explicit Vfs(Kernel& kernel);
  ~Vfs();

  Kernel& kernel;
  VfsPaths paths;
  DentryCache dcache;
  std::unique_ptr<Writeback> writeback;

  // A root file system (ext4 on `disk`, or tmpfs if null), /proc, /sys, /dev with its nodes, /dev/shm,
  // /dev/mqueue, /dev/pts, /run. Called once, before the first process.
  void boot(cpu::BlockDevice* disk);

  // The root of a kernel whose files lie elsewhere; instead of boot(), once.
  void set_root(SuperBlock& root, std::string_view source);

  // Root, working directory and name space of a first process.
  [[nodiscard]] std::shared_ptr<FsContext> initial_context() const;

  // New file systems. They live as long as the kernel.
  SuperBlock& make_tmpfs(std::uint32_t mode = 01777);
  SuperBlock& make_ext4(cpu::BlockDevice& disk);
  SuperBlock& make_procfs(std::shared_ptr<PidNamespace> pids = nullptr);
  SuperBlock& make_sysfs();
  // `layers`: upper first (null mount: none, read-only), then lowers from the top.
  SuperBlock& make_overlay(std::vector<Path> layers);

  // Mounts without a system call, on an existing directory of `context`'s tree.
  Mount& mount_at(FsContext& context, std::string_view where, SuperBlock& sb, std::uint64_t flags = 0,
                  std::string_view source = "none");

  // Creates without spending time. Returns 0 or a negative errno (ENOTDIR, ELOOP, EEXIST for another type).
  std::int64_t populate(FsContext& context, const InitialFile& file);

  // Path lookup without spending time and without permission checks; null dentry if absent.
  [[nodiscard]] Path find(const FsContext& context, std::string_view path, bool follow = true);

  std::uint64_t aio_requests = 0;  // aio_nr: that the contexts of all processes have room for

  // Where another subsystem makes the File of an inode: FIFOs. Null result: ENXIO.
  std::function<std::int64_t(Thread&, Inode&, std::uint32_t flags, Ref<File>& out)> open_fifo;

  // Character devices by number (major * 256 + minor): makes the File. A number that is not here gives ENXIO.
  using OpenDevice = std::function<std::int64_t(Thread&, const Path&, std::uint32_t flags, Ref<File>& out)>;
  std::map<std::uint64_t, OpenDevice> devices;

  Ref<Mount> new_mount(SuperBlock& sb, Ref<Dentry> root, std::uint64_t flags, std::string_view source);
  SuperBlock& adopt(std::unique_ptr<SuperBlock> sb);
  std::uint32_t next_device() { return next_device_++; }
  std::uint32_t next_cookie() { return next_cookie_++; }  // pairs IN_MOVED_FROM with IN_MOVED_TO
  [[nodiscard]] const std::vector<std::unique_ptr<SuperBlock>>& supers() const { return supers_; }
  [[nodiscard]] SuperBlock& anonymous();  // memfd and unlinked shared memory (shm_mnt)

 private:
  std::vector<std::unique_ptr<SuperBlock>> supers_;
  Ref<MountNamespace> initial_mounts_;
  SuperBlock* anonymous_ = nullptr;
  std::uint32_t next_device_ = 1;
  std::int32_t next_mount_ = 1;
  std::uint32_t next_cookie_ = 1;
};

}  // namespace isosim::kernel
