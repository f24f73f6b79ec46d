// Open files of an overlay (pkg/sentry/fs/file_overlay.go): each holds one of its layer's.
#pragma once

#include "models/sentry/fs/overlay_fs.h"
#include "models/sentry/fs/sentry_file.h"

namespace isosim::models {

class OverlayFile final : public SentryFile {
 public:
  // One of the two is null.
  OverlayFile(OverlayFs& fs, kernel::Path path, kernel::Ref<kernel::File> upper,
              kernel::Ref<kernel::File> lower)
      : SentryFile(path, path.dentry->inode), fs_(fs), upper_(std::move(upper)), lower_(std::move(lower)) {}

  std::int64_t read(kernel::Kernel& k, kernel::Thread& t, const kernel::Io& io) override;
  std::int64_t write(kernel::Kernel& k, kernel::Thread& t, const kernel::Io& io) override;
  std::int64_t sync(kernel::Kernel& k, kernel::Thread& t, bool data_only) override;
  void flush(kernel::Kernel& k, kernel::Thread& t) override;
  void release(kernel::Kernel& k, kernel::Thread& t) override;
  void status(kernel::FileStatus& out) const override { node().show(out); }

 private:
  [[nodiscard]] OverlayInode& node() const { return static_cast<OverlayInode&>(*inode_); }

  OverlayFs& fs_;
  kernel::Ref<kernel::File> upper_, lower_;
};

class OverlayDirectory final : public SentryDirectory {
 public:
  // `lower` is null where the upper file system has the directory.
  OverlayDirectory(OverlayFs& fs, kernel::Path path, kernel::Ref<kernel::File> lower)
      : SentryDirectory(std::move(path)), fs_(fs), lower_(std::move(lower)) {}

  std::int64_t read_directory(kernel::Kernel& k, kernel::Thread& t, std::uint64_t length) override;
  std::int64_t sync(kernel::Kernel& k, kernel::Thread& t, bool data_only) override;
  void release(kernel::Kernel& k, kernel::Thread& t) override;
  void status(kernel::FileStatus& out) const override { overlay_inode(*path_.dentry).show(out); }

 private:
  OverlayFs& fs_;
  kernel::Ref<kernel::File> lower_;
};

}  // namespace isosim::models
