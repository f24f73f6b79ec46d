// Open files of a Gofer's file system (pkg/sentry/fs/gofer/file.go).
#pragma once

#include "models/sentry/fs/gofer_fs.h"
#include "models/sentry/fs/sentry_file.h"

namespace isosim::models {

class GoferFile final : public SentryFile {
 public:
  GoferFile(GoferFs& fs, kernel::Path path, HandleRef handle)
      : SentryFile(path, path.dentry->inode), fs_(fs), handle_(std::move(handle)) {}

  std::int64_t read(kernel::Kernel& k, kernel::Thread& t, const kernel::Io& io) override;
  std::int64_t write(kernel::Kernel& k, kernel::Thread& t, const kernel::Io& io) override;
  std::int64_t sync(kernel::Kernel& k, kernel::Thread& t, bool data_only) override;
  void flush(kernel::Kernel& k, kernel::Thread& t) override;
  void release(kernel::Kernel& k, kernel::Thread& t) override;

 private:
  [[nodiscard]] GoferInode& node() const { return static_cast<GoferInode&>(*inode_); }
  std::int64_t read_cached(kernel::Thread& t, const kernel::Io& io);
  std::int64_t read_through(kernel::Thread& t, const kernel::Io& io);
  std::int64_t move(kernel::Thread& t, const kernel::Io& io, std::uint64_t length, const GoferHandle& handle,
                    bool write);

  GoferFs& fs_;
  HandleRef handle_;
  std::vector<kernel::IoVec> blocks_;
};

class GoferDirectory final : public SentryDirectory {
 public:
  GoferDirectory(GoferFs& fs, kernel::Path path, HandleRef handle)
      : SentryDirectory(std::move(path)), fs_(fs), handle_(std::move(handle)) {}

  std::int64_t read_directory(kernel::Kernel& k, kernel::Thread& t, std::uint64_t length) override;
  // What it holds, into `entries` of its inode.
  std::int64_t read_all(kernel::Thread& t);
  std::int64_t sync(kernel::Kernel& k, kernel::Thread& t, bool data_only) override;
  void flush(kernel::Kernel&, kernel::Thread&) override {}
  void release(kernel::Kernel& k, kernel::Thread& t) override;

 private:
  std::int64_t fetch(go::G& g, GoferInode& dir);

  GoferFs& fs_;
  HandleRef handle_;
};

}  // namespace isosim::models
