// The file system whose files are POSIX message queues (mqueue_fs_type of ipc/mqueue.c): one an IPC name
// space, which calls reach without a path, and mount(2) shows as a folder.
#pragma once

#include <optional>

#include "kernel-model/fs/super_block.h"
#include "kernel-model/ipc/mqueue.h"

namespace isosim::kernel {

struct IpcNamespace;

class MqueueFs final : public SuperBlock {
 public:
  explicit MqueueFs(Vfs& vfs);

  // The one of a name space, made at its first use.
  static MqueueFs& of(Vfs& vfs, IpcNamespace& space);

  Ref<Mount> mount;  // mq_mnt, which is in no tree

  // What the next queue made is to be like (mq_open puts it into d_fsdata); else the defaults.
  std::optional<MqueueAttributes> wanted;

  // mq_attr_ok(): 0 or -EINVAL.
  static std::int64_t check(const Thread& t, const MqueueAttributes& attributes);

  std::int64_t create(Thread* t, Dentry& dir, std::string_view name, const NewNode& node,
                      Ref<Inode>& out) override;
  std::int64_t link(Thread*, Dentry&, Dentry&, std::string_view, Ref<Inode>&) override { return -EPERM_; }
  std::int64_t rename(Thread*, Dentry&, Dentry&, Dentry&, Dentry&, bool) override { return -EPERM_; }
  std::int64_t unlink(Thread* t, Dentry& dir, Dentry& victim) override;
  std::int64_t statfs(Thread& t, Dentry& dentry, FileSystemStatus& out) override;
  Ref<File> make_file(Thread* t, const Path& path, std::uint32_t flags, std::int64_t& error) override;
  void place_contents(Inode&, const InitialFile&) override {}
  [[nodiscard]] bool has_xattr(std::string_view) const override { return false; }
  void evict(Thread* t, Inode& inode) override;

 private:
  Ref<Inode> make_inode(std::uint64_t number, std::uint32_t mode) override;

  std::uint32_t queues_ = 0;  // mq_queues_count
};

}  // namespace isosim::kernel
