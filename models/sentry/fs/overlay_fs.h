// runsc --overlay: a tmpfs of the Sentry takes what is written to a mount of the Gofer, whose files stay as
// they are (pkg/sentry/fs/overlay.go, inode_overlay.go, copy_up.go, file_overlay.go, mount_overlay.go;
// addOverlay in runsc/boot/fs.go). Which messages an operation sends is in docs/gvisor/gofer.md, 4.6.
#pragma once

#include "models/sentry/fs/gofer_fs.h"
#include "models/sentry/fs/overlay_inode.h"
#include "models/sentry/fs/tmpfs.h"

namespace isosim::models {

class OverlayFs final : public kernel::SuperBlock {
 public:
  // Both have their root.
  OverlayFs(kernel::Vfs& vfs, Services& services, SentryTmpfs& upper, GoferFs& lower);

  // pkg/sentry/syscalls/linux/sys_file.go, openAt(): the flag is not known, and a directory is not written.
  [[nodiscard]] std::int64_t tmpfile_error() const override { return -kernel::EISDIR_; }
  std::int64_t lookup(kernel::Thread* t, kernel::Dentry& dir, std::string_view name,
                      kernel::Ref<kernel::Inode>& out) override;
  std::int64_t create(kernel::Thread* t, kernel::Dentry& dir, std::string_view name,
                      const kernel::NewNode& node, kernel::Ref<kernel::Inode>& out) override;
  std::int64_t link(kernel::Thread* t, kernel::Dentry& old, kernel::Dentry& dir, std::string_view name,
                    kernel::Ref<kernel::Inode>& out) override;
  std::int64_t unlink(kernel::Thread* t, kernel::Dentry& dir, kernel::Dentry& victim) override;
  std::int64_t rename(kernel::Thread* t, kernel::Dentry& old_dir, kernel::Dentry& old,
                      kernel::Dentry& new_dir, kernel::Dentry& replaced, bool exchange) override;
  [[nodiscard]] bool directory_empty(kernel::Thread* t, kernel::Dentry& dir) override;
  [[nodiscard]] bool revalidate(kernel::Thread* t, kernel::Dentry& dentry) override;
  std::int64_t read_link(kernel::Thread* t, kernel::Dentry& dentry, std::string& out) override;

  std::int64_t refresh(kernel::Thread* t, kernel::Inode& inode) override;
  std::int64_t get_status(kernel::Thread* t, kernel::Dentry& dentry, kernel::FileStatus& out) override;
  std::int64_t statfs(kernel::Thread& t, kernel::Dentry& dentry, kernel::FileSystemStatus& out) override;
  std::int64_t set_attributes(kernel::Thread* t, kernel::Dentry& dentry,
                              const kernel::AttributeChange& change) override;

  kernel::Ref<kernel::File> make_file(kernel::Thread* t, const kernel::Path& path, std::uint32_t flags,
                                      std::int64_t& error) override;
  std::int64_t truncate(kernel::Thread* t, kernel::Inode& inode, std::uint64_t size) override;
  std::int64_t allocate(kernel::Thread& t, kernel::Inode& inode, int mode, std::uint64_t offset,
                        std::uint64_t length) override;
  std::int64_t sync_file(kernel::Thread& t, kernel::Inode& inode, bool data_only) override;
  void dirty_pages(kernel::Inode&, std::uint64_t, std::uint64_t) override {}  // the layers have them
  void evict(kernel::Thread* t, kernel::Inode& inode) override;
  std::int64_t map_extents(kernel::Thread&, kernel::Inode&, const kernel::ExtentsWanted&,
                           std::uint64_t&) override {
    return -kernel::ENOTTY_;  // FileNoIoctl
  }
  [[nodiscard]] std::uint64_t next_data(const kernel::Inode&, std::uint64_t, bool) const override {
    return ~0ull;
  }

  // For its open files: a file of a layer (overlayFile). Null with `error` if there is none to be had.
  kernel::Ref<kernel::File> open_upper(kernel::Thread& t, OverlayInode& inode, std::uint32_t flags);
  kernel::Ref<kernel::File> open_lower(kernel::Thread& t, OverlayInode& inode, std::uint32_t flags,
                                       std::int64_t& error);
  // What a directory shows (readdirEntries), into its `entries`, sorted.
  std::int64_t list(kernel::Thread& t, OverlayInode& dir);

 protected:
  kernel::Ref<kernel::Inode> make_inode(std::uint64_t number, std::uint32_t mode) override;

 private:
  // copyUp(): the file exists in the upper file system afterwards, and its directories; else a negative
  // errno.
  std::int64_t copy_up(kernel::Thread* t, kernel::Dentry& dentry);
  std::int64_t copy_one(kernel::Thread& t, kernel::Dentry& dentry);
  std::int64_t copy_attributes(kernel::Thread& t, kernel::Inode& upper, kernel::Inode& lower);
  std::int64_t copy_contents(kernel::Thread& t, kernel::Inode& upper, kernel::Inode& lower);
  [[nodiscard]] bool copies_readable() const { return services_.release().overlay_reads_for_write; }
  bool has_whiteout(kernel::Thread* t, const kernel::Inode& upper_dir, std::string_view name);
  void make_whiteout(kernel::Thread* t, kernel::Inode& upper_dir, std::string_view name);
  std::int64_t entries_of(kernel::Thread& t, OverlayInode& dir, kernel::Directory& out);
  [[nodiscard]] std::size_t missing_names(const kernel::Dentry& dir) const;

  Services& services_;
  SentryTmpfs& upper_;
  GoferFs& lower_;
  const sim::PathId revalidate_, whiteout_, copy_up_, merge_;
  DirentCache dirents_;
};

}  // namespace isosim::models
