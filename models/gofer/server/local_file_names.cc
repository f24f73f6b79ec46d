// LocalFile: what changes a directory's names.
#include "kernel-model/abi/errno.h"
#include "kernel-model/fs/file.h"
#include "models/gofer/server/local_file.h"

namespace isosim::models::gofer {

namespace of = kernel::open_flag;

// Gives a new file to its owner and asks for its status.
std::int64_t LocalFile::own(HostFiles& host, std::int64_t fd, std::uint32_t uid, std::uint32_t gid,
                            p9::Qid& its_qid) const {
  const auto file = static_cast<std::int32_t>(fd);
  if (const std::int64_t error = host.fchown(file, uid, gid)) return error;
  kernel::FileStatus status;
  if (const std::int64_t error = host.fstat(file, status)) return error;
  its_qid = point_->qid(status);
  return 0;
}

std::int64_t LocalFile::create(HostFiles& host, std::string_view name, p9::OpenFlags flags,
                               std::uint32_t permissions, std::uint32_t uid, std::uint32_t gid,
                               LocalFile& out, p9::Qid& its_qid, std::int32_t& donated) const {
  if (point_->read_only) return -kernel::EBADF_;
  // The file serves walks, too, so that it is readable in any case.
  const std::uint64_t mode = flags == p9::OpenFlags::write_only
                                 ? std::uint64_t{of::rdwr}
                                 : static_cast<std::uint64_t>(flags) & p9::kOpenModeMask;
  const std::int64_t fd =
      host.openat(control_, name, of::nofollow | of::cloexec | of::creat | of::excl | mode, permissions);
  if (fd < 0) return fd;
  if (const std::int64_t error = own(host, fd, uid, gid, its_qid)) {
    host.close(static_cast<std::int32_t>(fd));
    host.unlinkat(control_, name, 0);
    return error;
  }
  new_file(host, fd);
  out = LocalFile{};
  out.point_ = point_;
  out.path_ = child_path(name);
  out.control_ = out.opened_ = static_cast<std::int32_t>(fd);
  out.mode_ = flags;
  donated = donate(host, out.opened_);
  return 0;
}

std::int64_t LocalFile::mkdir(HostFiles& host, std::string_view name, std::uint32_t permissions,
                              std::uint32_t uid, std::uint32_t gid, p9::Qid& its_qid) const {
  if (point_->read_only) return -kernel::EBADF_;
  if (const std::int64_t error = host.mkdirat(control_, name, permissions)) return error;
  const std::int64_t fd = open_child(host, name, of::directory);
  const std::int64_t error = fd < 0 ? fd : own(host, fd, uid, gid, its_qid);
  if (error != 0) host.unlinkat(control_, name, HostFiles::removedir);
  if (fd >= 0) host.close(static_cast<std::int32_t>(fd));
  return error;
}

std::int64_t LocalFile::symlink(HostFiles& host, std::string_view target, std::string_view name,
                                std::uint32_t uid, std::uint32_t gid, p9::Qid& its_qid) const {
  if (point_->read_only) return -kernel::EBADF_;
  if (const std::int64_t error = host.symlinkat(target, control_, name)) return error;
  const std::int64_t fd = open_child(host, name, of::path);
  const std::int64_t error = fd < 0 ? fd : own(host, fd, uid, gid, its_qid);
  if (error != 0) host.unlinkat(control_, name, 0);
  if (fd >= 0) host.close(static_cast<std::int32_t>(fd));
  return error;
}

std::int64_t LocalFile::link(HostFiles& host, const LocalFile& target, std::string_view name) const {
  if (point_->read_only) return -kernel::EBADF_;
  return host.linkat(target.control_, control_, name);
}

std::int64_t LocalFile::unlink_at(HostFiles& host, std::string_view name, std::uint32_t flags) const {
  if (point_->read_only) return -kernel::EBADF_;
  return host.unlinkat(control_, name, flags);
}

std::int64_t LocalFile::rename_at(HostFiles& host, std::string_view name, const LocalFile& to,
                                  std::string_view new_name) const {
  if (point_->read_only) return -kernel::EBADF_;
  return host.renameat(control_, name, to.control_, new_name);
}

}  // namespace isosim::models::gofer
