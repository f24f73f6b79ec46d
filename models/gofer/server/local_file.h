// A file of the host behind a fid, and the tree it lies in (runsc/fsgofer/fsgofer.go).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/gofer/p9/types.h"
#include "models/gofer/server/host_files.h"
#include "models/sentry/release.h"

namespace isosim::models::gofer {

struct AttachPoint {
  AttachPoint(Release its_release, std::string its_prefix, bool is_read_only)
      : release(its_release), prefix(std::move(its_prefix)), read_only(is_read_only) {}

  const Release release;
  const std::string prefix;  // absolute, within the Gofer's root
  const bool read_only;
  std::int32_t epoll = -1;    // Go's network poller, which os.File tries first
  std::int32_t proc_fd = -1;  // /proc/self/fd, from 20190806.1 on
  bool attached = false;

  // QID.path: the device's number in order of first sight, and the inode's.
  p9::Qid qid(const kernel::FileStatus& status);

 private:
  std::map<std::uint64_t, std::uint8_t> devices_;
};

enum class FileKind : std::uint8_t { regular, directory, symlink };

// Each operation makes the host calls of its release and returns 0 or a negative errno, if nothing else is
// said.
class LocalFile {
 public:
  static std::int64_t attach(HostFiles& host, AttachPoint& point, LocalFile& out);

  // One name, or a clone. `status` is that of the new file.
  std::int64_t walk(HostFiles& host, std::string_view name, LocalFile& out, kernel::FileStatus& status) const;
  std::int64_t clone(HostFiles& host, LocalFile& out, kernel::FileStatus& status) const;
  std::int64_t get_attr(HostFiles& host, kernel::FileStatus& status) const;
  std::int64_t set_attr(HostFiles& host, p9::SetAttrMask valid, const p9::SetAttr& attr) const;
  // `donated`: a descriptor to send to the client and close then; -1 if there is none.
  std::int64_t open(HostFiles& host, p9::OpenFlags flags, p9::Qid& qid, std::int32_t& donated);
  std::int64_t create(HostFiles& host, std::string_view name, p9::OpenFlags flags, std::uint32_t permissions,
                      std::uint32_t uid, std::uint32_t gid, LocalFile& out, p9::Qid& qid,
                      std::int32_t& donated) const;
  void close(HostFiles& host);

  // Bytes moved, or a negative errno.
  std::int64_t read(HostFiles& host, std::uint64_t offset, std::uint64_t length) const;
  std::int64_t write(HostFiles& host, std::uint64_t offset, std::uint64_t length) const;
  std::int64_t fsync(HostFiles& host) const;
  std::int64_t allocate(HostFiles& host, std::uint32_t mode, std::uint64_t offset,
                        std::uint64_t length) const;
  std::int64_t read_directory(HostFiles& host, std::uint64_t offset, std::uint32_t count,
                              std::vector<p9::Dirent>& out);
  std::int64_t read_link(HostFiles& host, std::string& out) const;
  std::int64_t stat_fs(HostFiles& host, p9::FsStat& out) const;

  std::int64_t mkdir(HostFiles& host, std::string_view name, std::uint32_t permissions, std::uint32_t uid,
                     std::uint32_t gid, p9::Qid& qid) const;
  std::int64_t symlink(HostFiles& host, std::string_view target, std::string_view name, std::uint32_t uid,
                       std::uint32_t gid, p9::Qid& qid) const;
  std::int64_t link(HostFiles& host, const LocalFile& target, std::string_view name) const;
  std::int64_t unlink_at(HostFiles& host, std::string_view name, std::uint32_t flags) const;
  std::int64_t rename_at(HostFiles& host, std::string_view name, const LocalFile& to,
                         std::string_view new_name) const;
  void renamed(const LocalFile& directory, std::string_view name);

  [[nodiscard]] p9::Qid qid(const kernel::FileStatus& status) const { return point_->qid(status); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  // os.NewFile and os.OpenFile of Go 1.12; later releases do without.
  void new_file(HostFiles& host, std::int64_t fd) const;
  std::int64_t open_file(HostFiles& host, std::string_view path, std::uint64_t flags) const;
  std::int64_t reopen(HostFiles& host, std::uint64_t flags) const;
  std::int64_t open_any(HostFiles& host,
                        std::int64_t (LocalFile::*how)(HostFiles&, std::string_view, std::uint64_t) const,
                        std::string_view name) const;
  std::int64_t open_child(HostFiles& host, std::string_view name, std::uint64_t flags) const;
  std::int64_t open_again(HostFiles& host, std::string_view name, std::uint64_t flags) const;
  std::int32_t donate(HostFiles& host, std::int32_t fd) const;
  std::int64_t own(HostFiles& host, std::int64_t fd, std::uint32_t uid, std::uint32_t gid,
                   p9::Qid& qid) const;
  std::int64_t read_all_names(HostFiles& host, std::uint64_t offset, std::vector<p9::Dirent>& out) const;
  std::int64_t read_on(HostFiles& host, std::uint64_t offset, std::uint32_t count,
                       std::vector<p9::Dirent>& out);
  void add_entry(HostFiles& host, const std::string& name, std::uint64_t offset,
                 std::vector<p9::Dirent>& out) const;
  std::int64_t set_times(HostFiles& host, std::int32_t fd, p9::SetAttrMask valid,
                         const p9::SetAttr& attr) const;
  [[nodiscard]] const ReleaseFacts& release() const { return facts(point_->release); }
  [[nodiscard]] std::string child_path(std::string_view name) const;
  [[nodiscard]] bool mode_is(p9::OpenFlags a, p9::OpenFlags b) const { return mode_ == a || mode_ == b; }

  AttachPoint* point_ = nullptr;
  std::string path_;
  std::int32_t control_ = -1;          // never opened for writing: overlayfs would copy the file up
  std::int32_t opened_ = -1;           // may be the control file
  std::optional<p9::OpenFlags> mode_;  // once opened
  FileKind kind_ = FileKind::regular;
  std::uint64_t next_entry_ = 0;  // where the last read_directory() ended
};

}  // namespace isosim::models::gofer
