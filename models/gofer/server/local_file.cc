#include "models/gofer/server/local_file.h"

#include <algorithm>

#include "kernel-model/abi/errno.h"
#include "kernel-model/fs/inode.h"

namespace isosim::models::gofer {

namespace {

namespace of = kernel::open_flag;
constexpr std::uint64_t kCommon = of::nofollow | of::cloexec;

std::int32_t number(std::int64_t fd) { return static_cast<std::int32_t>(fd); }

}  // namespace

p9::Qid AttachPoint::qid(const kernel::FileStatus& status) {
  constexpr std::uint64_t kInodeMask = 0x00FFFFFFFFFFFFFF;
  const auto [device, _] = devices_.try_emplace(status.device, static_cast<std::uint8_t>(devices_.size()));
  return {p9::qid_type_of(status.mode), 0, std::uint64_t{device->second} << 56 | (status.inode & kInodeMask)};
}

std::string LocalFile::child_path(std::string_view name) const {
  return (path_ == "/" ? "" : path_) + "/" + std::string(name);
}

// A descriptor that does not block goes to the network poller, which refuses regular files and directories.
void LocalFile::new_file(HostFiles& host, std::int64_t fd) const {
  if (!release().os_file) return;
  if (const std::int64_t flags = host.get_flags(number(fd)); flags >= 0 && (flags & of::nonblock))
    host.epoll_add(point_->epoll, number(fd));
}

std::int64_t LocalFile::open_file(HostFiles& host, std::string_view path, std::uint64_t flags) const {
  const std::int64_t fd = host.openat(HostFiles::at_cwd, path, kCommon | flags);
  if (fd >= 0 && release().os_file) host.epoll_add(point_->epoll, number(fd));
  return fd;
}

// The same file once more, with other flags.
std::int64_t LocalFile::reopen(HostFiles& host, std::uint64_t flags) const {
  if (!release().reopen_by_procfs) return open_file(host, path_, flags);
  return host.openat(point_->proc_fd, std::to_string(control_), of::cloexec | flags);
}

std::int64_t LocalFile::open_child(HostFiles& host, std::string_view name, std::uint64_t flags) const {
  return host.openat(control_, name, kCommon | flags);
}

std::int64_t LocalFile::open_again(HostFiles& host, std::string_view /*name*/, std::uint64_t flags) const {
  return reopen(host, flags);
}

// openAnyFile(): symlinks, and files that may not be read, are opened as places only. Later releases do not
// block on FIFOs.
std::int64_t LocalFile::open_any(HostFiles& host,
                                 std::int64_t (LocalFile::*how)(HostFiles&, std::string_view, std::uint64_t)
                                     const,
                                 std::string_view name) const {
  const std::uint64_t readable = release().os_file ? 0 : of::nonblock;
  const std::int64_t fd = (this->*how)(host, name, readable);
  return fd >= 0 || fd == -kernel::ENOENT_ ? fd : (this->*how)(host, name, of::path);
}

std::int64_t LocalFile::attach(HostFiles& host, AttachPoint& point, LocalFile& out) {
  out = LocalFile{};
  out.point_ = &point;
  out.path_ = point.prefix;
  kernel::FileStatus status;
  std::int64_t fd = 0;
  // Attach() wraps its errors, so that the client gets EIO.
  if (point.attached) return -kernel::EIO_;
  if (point.release >= Release::r20200127) {
    fd = host.openat(HostFiles::at_cwd, point.prefix, kCommon | of::nonblock);
    if (fd < 0 && fd != -kernel::ENOENT_)
      fd = host.openat(HostFiles::at_cwd, point.prefix, kCommon | of::path);
    if (fd < 0 || host.fstat(number(fd), status) < 0) return -kernel::EIO_;
  } else {
    if (host.newfstatat(-1, point.prefix, status) < 0) return -kernel::EIO_;
    const bool directory = (status.mode & kernel::file_mode::type) == kernel::file_mode::directory;
    fd = out.open_file(host, point.prefix, point.read_only || directory ? 0 : std::uint64_t{of::rdwr});
    if (fd < 0) return -kernel::EIO_;
  }
  point.attached = true;
  out.control_ = number(fd);
  out.kind_ =
      p9::qid_type_of(status.mode) == p9::qid_type::directory ? FileKind::directory : FileKind::regular;
  return 0;
}

std::int64_t LocalFile::walk(HostFiles& host, std::string_view name, LocalFile& out,
                             kernel::FileStatus& status) const {
  const std::int64_t fd = open_any(host, &LocalFile::open_child, name);
  if (fd < 0) return fd;
  new_file(host, fd);
  std::int64_t error = host.fstat(number(fd), status);
  out = LocalFile{};
  out.point_ = point_;
  out.path_ = child_path(name);
  out.control_ = number(fd);
  switch (status.mode & kernel::file_mode::type) {
    case kernel::file_mode::regular:
      out.kind_ = FileKind::regular;
      break;
    case kernel::file_mode::directory:
      out.kind_ = FileKind::directory;
      break;
    case kernel::file_mode::symlink:
      out.kind_ = FileKind::symlink;
      break;
    default:
      if (error == 0) error = release().os_file ? -kernel::EINVAL_ : -kernel::EPERM_;
  }
  if (error != 0) host.close(number(fd));  // 20190304.1 leaves this to Go's collector
  return error;
}

// The clone's kind stays that of a regular file, whatever it is (fsgofer.go, Walk).
std::int64_t LocalFile::clone(HostFiles& host, LocalFile& out, kernel::FileStatus& status) const {
  const bool os_file = release().os_file;
  const std::int64_t fd = os_file ? host.dup(control_) : open_any(host, &LocalFile::open_again, {});
  if (fd < 0) return fd;
  if (const std::int64_t error = host.fstat(number(fd), status)) return host.close(number(fd)), error;
  new_file(host, fd);
  out = LocalFile{};
  out.point_ = point_;
  out.path_ = path_;
  out.control_ = number(fd);
  return 0;
}

std::int64_t LocalFile::get_attr(HostFiles& host, kernel::FileStatus& status) const {
  return host.fstat(control_, status);
}

// newFDMaybe(): donation that fails is no error.
std::int32_t LocalFile::donate(HostFiles& host, std::int32_t fd) const {
  const std::int64_t copy = host.dup(fd);
  if (copy < 0) return -1;
  const std::int64_t flags = host.get_flags(number(copy));
  if (flags >= 0 && host.set_flags(number(copy), static_cast<std::uint64_t>(flags) | of::nonblock) >= 0)
    return number(copy);
  host.close(number(copy));
  return -1;
}

std::int64_t LocalFile::open(HostFiles& host, p9::OpenFlags flags, p9::Qid& qid, std::int32_t& donated) {
  std::int32_t fd = control_;
  if (flags != p9::OpenFlags::read_only) {
    const std::uint64_t mask = p9::kOpenModeMask | (release().p9_version >= 9 ? p9::kOpenTruncate : 0);
    const std::int64_t made = reopen(host, static_cast<std::uint64_t>(flags) & mask);
    if (made < 0) return made;
    fd = number(made);
  }
  kernel::FileStatus status;
  if (const std::int64_t error = host.fstat(fd, status)) {
    if (fd != control_) host.close(fd);
    return error;
  }
  donated = (status.mode & kernel::file_mode::type) == kernel::file_mode::regular ? donate(host, fd) : -1;
  if (fd != control_ && !release().os_file) {
    host.close(control_);
    control_ = fd;
  }
  opened_ = fd;
  mode_ = flags;
  if (release().p9_version >= 9)
    mode_ = static_cast<p9::OpenFlags>(static_cast<std::uint32_t>(flags) & p9::kOpenModeMask);
  qid = point_->qid(status);
  return 0;
}

void LocalFile::close(HostFiles& host) {
  if (control_ >= 0) host.close(control_);
  if (opened_ >= 0 && opened_ != control_) host.close(opened_);
  control_ = opened_ = -1;
  mode_.reset();
}

void LocalFile::renamed(const LocalFile& directory, std::string_view name) {
  path_ = directory.child_path(name);
}

}  // namespace isosim::models::gofer
