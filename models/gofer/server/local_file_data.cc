// LocalFile: contents, attributes, listings.
#include <algorithm>

#include "kernel-model/abi/errno.h"
#include "kernel-model/fs/file.h"
#include "models/gofer/server/local_file.h"

namespace isosim::models::gofer {

using p9::SetAttrMask;

// os.File.ReadAt: until the buffer is full or nothing comes.
std::int64_t LocalFile::read(HostFiles& host, std::uint64_t offset, std::uint64_t length) const {
  if (!mode_is(p9::OpenFlags::read_only, p9::OpenFlags::read_write)) return -kernel::EBADF_;
  std::uint64_t total = 0;
  while (total < length) {
    const std::int64_t count = host.pread64(opened_, length - total, offset + total);
    if (count < 0) return count;
    if (count == 0) break;
    total += static_cast<std::uint64_t>(count);
  }
  return static_cast<std::int64_t>(total);
}

std::int64_t LocalFile::write(HostFiles& host, std::uint64_t offset, std::uint64_t length) const {
  if (!mode_is(p9::OpenFlags::write_only, p9::OpenFlags::read_write)) return -kernel::EBADF_;
  std::uint64_t total = 0;
  while (total < length) {
    const std::int64_t count = host.pwrite64(opened_, length - total, offset + total);
    if (count < 0) return count;
    if (count == 0) return -kernel::EIO_;  // io.ErrUnexpectedEOF
    total += static_cast<std::uint64_t>(count);
  }
  return static_cast<std::int64_t>(total);
}

std::int64_t LocalFile::fsync(HostFiles& host) const { return mode_ ? host.fsync(opened_) : -kernel::EBADF_; }

std::int64_t LocalFile::allocate(HostFiles& host, std::uint32_t mode, std::uint64_t offset,
                                 std::uint64_t length) const {
  return mode_ ? host.fallocate(opened_, mode, offset, length) : -kernel::EBADF_;
}

std::int64_t LocalFile::stat_fs(HostFiles& host, p9::FsStat& out) const {
  kernel::FileSystemStatus status;
  if (const std::int64_t error = host.fstatfs(control_, status)) return error;
  out = {};
  out.type = static_cast<std::uint32_t>(status.type);
  out.block_size = static_cast<std::uint32_t>(status.block_size);
  out.blocks = status.blocks;
  out.blocks_free = out.blocks_available = status.free_blocks;
  out.files = status.files;
  out.files_free = status.free_files;
  out.name_length = static_cast<std::uint32_t>(status.name_length);
  return 0;
}

std::int64_t LocalFile::read_link(HostFiles& host, std::string& out) const {
  constexpr std::uint64_t kFirst = 128, kLimit = 1u << 20;
  for (std::uint64_t size = kFirst; size < kLimit; size *= 2) {
    const std::int64_t count = host.readlinkat(control_, size, out);
    if (count < 0) return count;
    if (static_cast<std::uint64_t>(count) < size) return 0;
  }
  return -kernel::ENOMEM_;
}

void LocalFile::add_entry(HostFiles& host, const std::string& name, std::uint64_t offset,
                          std::vector<p9::Dirent>& out) const {
  kernel::FileStatus status;
  if (host.newfstatat(opened_, name, status) < 0) return;
  const p9::Qid its_qid = point_->qid(status);
  out.push_back({its_qid, offset, its_qid.type, name});
}

std::int64_t LocalFile::read_directory(HostFiles& host, std::uint64_t offset, std::uint32_t count,
                                       std::vector<p9::Dirent>& out) {
  if (!mode_is(p9::OpenFlags::read_only, p9::OpenFlags::read_write)) return -kernel::EBADF_;
  return release().os_file ? read_all_names(host, offset, out) : read_on(host, offset, count, out);
}

namespace {

bool is_dot(const std::string& name) { return name == "." || name == ".."; }

}  // namespace

// os.File.Readdirnames: all names each time; those from `offset` on are looked at.
std::int64_t LocalFile::read_all_names(HostFiles& host, std::uint64_t offset,
                                       std::vector<p9::Dirent>& out) const {
  constexpr std::uint64_t kBlock = 4096;
  if (const std::int64_t error = host.lseek(opened_, 0); error < 0) return error;
  std::vector<std::string> names;
  std::int64_t count = 0;
  while ((count = host.getdents64(opened_, kBlock, names)) > 0) {
  }
  if (count < 0) return count;
  std::erase_if(names, is_dot);
  for (std::uint64_t i = offset; i < names.size(); ++i) add_entry(host, names[i], i + 1, out);
  return 0;
}

// From where the last call ended, or from the start if it was not there; up to `count` entries.
std::int64_t LocalFile::read_on(HostFiles& host, std::uint64_t offset, std::uint32_t count,
                                std::vector<p9::Dirent>& out) {
  constexpr std::uint64_t kBlock = 8192, kMostEntries = 100'000;
  std::uint64_t skip = 0, at = offset;
  if (next_entry_ != offset) {
    next_entry_ = ~std::uint64_t{0};
    if (const std::int64_t error = host.lseek(opened_, 0); error < 0) return error;
    skip = offset;
  }
  for (const std::uint64_t end = offset + std::min<std::uint64_t>(count, kMostEntries); at < end;) {
    std::vector<std::string> names;
    const std::int64_t bytes = host.getdents64(opened_, kBlock, names);
    if (bytes < 0) return next_entry_ = ~std::uint64_t{0}, bytes;
    if (bytes == 0) break;
    std::erase_if(names, is_dot);
    const std::uint64_t skipped = std::min<std::uint64_t>(skip, names.size());
    skip -= skipped;
    for (std::uint64_t i = skipped; i < names.size(); ++i) {
      add_entry(host, names[i], at + 1, out);
      at = offset + out.size();
    }
  }
  next_entry_ = offset + out.size();
  return 0;
}

namespace {

// The kernel's clock starts with the simulation and holds 106 days; what lies beyond counts as its end.
sim::Time kernel_time(const p9::FileTime& time) {
  constexpr std::uint64_t kPsPerSecond = 1'000'000'000'000, kMostSeconds = 9'000'000;
  if (time.seconds > kMostSeconds) return {static_cast<std::int64_t>(kMostSeconds * kPsPerSecond)};
  return {static_cast<std::int64_t>(time.seconds * kPsPerSecond + time.nanoseconds * 1000)};
}

std::string_view parent_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 ? path.substr(0, 1) : path.substr(0, slash);
}

}  // namespace

std::int64_t LocalFile::set_times(HostFiles& host, std::int32_t fd, SetAttrMask valid,
                                  const p9::SetAttr& attr) const {
  kernel::FileTimes times;
  times.access_now = has(valid, SetAttrMask::atime) && !has(valid, SetAttrMask::atime_not_system_time);
  times.modification_now = has(valid, SetAttrMask::mtime) && !has(valid, SetAttrMask::mtime_not_system_time);
  if (has(valid, SetAttrMask::atime) && !times.access_now) times.access = kernel_time(attr.atime);
  if (has(valid, SetAttrMask::mtime) && !times.modification_now) times.modification = kernel_time(attr.mtime);
  if (kind_ != FileKind::symlink) return host.utimensat(fd, {}, times, 0);
  // A symlink has no times that its descriptor could set.
  const std::int64_t parent = open_file(host, parent_of(path_), kernel::open_flag::path);
  if (parent < 0) return parent;
  const auto directory = static_cast<std::int32_t>(parent);
  const std::int64_t error = host.utimensat(directory, std::string_view(path_).substr(path_.rfind('/') + 1),
                                            times, HostFiles::nofollow);
  host.close(directory);
  return error;
}

// What fails does not stop what follows; the last error is reported.
std::int64_t LocalFile::set_attr(HostFiles& host, SetAttrMask valid, const p9::SetAttr& attr) const {
  if (point_->read_only) return -kernel::EBADF_;
  if (valid == SetAttrMask::none) return 0;
  if (has(valid, SetAttrMask::ctime)) return -kernel::EPERM_;
  std::int32_t fd = control_;
  const bool writable = !release().os_file && mode_is(p9::OpenFlags::write_only, p9::OpenFlags::read_write);
  if (kind_ == FileKind::regular && !writable) {
    const std::int64_t made = reopen(host, kernel::open_flag::wronly);
    if (made < 0) return made;
    fd = static_cast<std::int32_t>(made);
  }
  std::int64_t error = 0;
  const auto note = [&](std::int64_t result) {
    if (result < 0) error = result;
  };
  if (has(valid, SetAttrMask::permissions)) note(host.fchmod(fd, attr.permissions));
  if (has(valid, SetAttrMask::size)) note(host.ftruncate(fd, attr.size));
  if (has(valid, SetAttrMask::atime | SetAttrMask::mtime)) note(set_times(host, fd, valid, attr));
  if (has(valid, SetAttrMask::uid | SetAttrMask::gid))
    note(host.fchown(fd, has(valid, SetAttrMask::uid) ? attr.uid : p9::kNoId,
                     has(valid, SetAttrMask::gid) ? attr.gid : p9::kNoId));
  if (fd != control_) host.close(fd);
  return error;
}

}  // namespace isosim::models::gofer
