#include "models/gofer/server/host_files.h"

#include <algorithm>

#include "kernel-model/abi/syscall_names.h"

namespace isosim::models::gofer {

using kernel::Sys;
namespace nr = kernel::nr;

namespace {

// Where structures lie in the scratch memory; 0 to 4095 are the socket's.
constexpr std::uint64_t kName = 4096, kOtherName = 8192, kStatus = 12288, kRecords = 16384;

Sys host_call(kernel::SysNr number, std::initializer_list<std::uint64_t> args) {
  Sys sys;
  sys.nr = number;
  std::copy(args.begin(), args.end(), sys.arg.begin());
  return sys;
}

std::uint64_t word(std::int64_t value) { return static_cast<std::uint64_t>(value); }

}  // namespace

std::int64_t HostFiles::openat(std::int32_t directory, std::string_view name, std::uint64_t flags,
                               std::uint32_t mode) {
  Sys sys = host_call(nr::openat, {word(directory), memory_.scratch + kName, flags, mode});
  sys.at[1] = name;
  return call(sys);
}

std::int64_t HostFiles::close(std::int32_t fd) {
  Sys sys = host_call(nr::close, {word(fd)});
  return call(sys);
}

std::int64_t HostFiles::dup(std::int32_t fd) {
  Sys sys = host_call(nr::dup, {word(fd)});
  return call(sys);
}

std::int64_t HostFiles::get_flags(std::int32_t fd) {
  Sys sys = host_call(nr::fcntl, {word(fd), 3, 0});
  return call(sys);
}

std::int64_t HostFiles::set_flags(std::int32_t fd, std::uint64_t flags) {
  Sys sys = host_call(nr::fcntl, {word(fd), 4, flags});
  return call(sys);
}

// netpollopen() of Go 1.12: EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET.
std::int64_t HostFiles::epoll_add(std::int32_t epoll, std::int32_t fd) {
  constexpr std::uint32_t kEvents = 0x1 | 0x4 | 0x2000 | 1u << 31;
  Sys sys = host_call(nr::epoll_ctl, {word(epoll), 1, word(fd), memory_.scratch + kStatus});
  sys.at[3] = kernel::EpollEvent{kEvents, word(fd)};
  return call(sys);
}

std::int64_t HostFiles::fstat(std::int32_t fd, kernel::FileStatus& out) {
  Sys sys = host_call(nr::fstat, {word(fd), memory_.scratch + kStatus});
  const std::int64_t result = call(sys);
  out = sys.out.stat;
  return result;
}

std::int64_t HostFiles::newfstatat(std::int32_t directory, std::string_view name, kernel::FileStatus& out) {
  Sys sys = host_call(nr::newfstatat,
                      {word(directory), memory_.scratch + kName, memory_.scratch + kStatus, nofollow});
  sys.at[1] = name;
  const std::int64_t result = call(sys);
  out = sys.out.stat;
  return result;
}

std::int64_t HostFiles::fstatfs(std::int32_t fd, kernel::FileSystemStatus& out) {
  Sys sys = host_call(nr::fstatfs, {word(fd), memory_.scratch + kStatus});
  sys.at[1] = kernel::FileSystemStatusWanted{&out};
  return call(sys);
}

std::int64_t HostFiles::lseek(std::int32_t fd, std::uint64_t offset) {
  Sys sys = host_call(nr::lseek, {word(fd), offset, 0});
  return call(sys);
}

std::int64_t HostFiles::getdents64(std::int32_t fd, std::uint64_t bytes, std::vector<std::string>& names) {
  Sys sys = host_call(nr::getdents64, {word(fd), memory_.scratch + kRecords, bytes});
  sys.at[1] = kernel::NamesWanted{&names};
  return call(sys);
}

std::int64_t HostFiles::pread64(std::int32_t fd, std::uint64_t bytes, std::uint64_t offset) {
  Sys sys = host_call(nr::pread64, {word(fd), memory_.data(), bytes, offset});
  return call(sys);
}

std::int64_t HostFiles::pwrite64(std::int32_t fd, std::uint64_t bytes, std::uint64_t offset) {
  Sys sys = host_call(nr::pwrite64, {word(fd), memory_.data(), bytes, offset});
  return call(sys);
}

std::int64_t HostFiles::fsync(std::int32_t fd) {
  Sys sys = host_call(nr::fsync, {word(fd)});
  return call(sys);
}

std::int64_t HostFiles::fallocate(std::int32_t fd, std::uint64_t mode, std::uint64_t offset,
                                  std::uint64_t length) {
  Sys sys = host_call(nr::fallocate, {word(fd), mode, offset, length});
  return call(sys);
}

std::int64_t HostFiles::readlinkat(std::int32_t fd, std::uint64_t bytes, std::string& out) {
  Sys sys = host_call(nr::readlinkat, {word(fd), memory_.scratch + kName, memory_.scratch + kRecords, bytes});
  sys.at[1] = std::string_view("");
  const std::int64_t result = call(sys);
  out = sys.out.text;
  return result;
}

std::int64_t HostFiles::fchmod(std::int32_t fd, std::uint32_t mode) {
  Sys sys = host_call(nr::fchmod, {word(fd), mode});
  return call(sys);
}

std::int64_t HostFiles::ftruncate(std::int32_t fd, std::uint64_t size) {
  Sys sys = host_call(nr::ftruncate, {word(fd), size});
  return call(sys);
}

std::int64_t HostFiles::fchown(std::int32_t fd, std::uint32_t uid, std::uint32_t gid) {
  Sys sys = host_call(nr::fchownat, {word(fd), memory_.scratch + kName, uid, gid, empty_path | nofollow});
  sys.at[1] = std::string_view("");
  return call(sys);
}

std::int64_t HostFiles::utimensat(std::int32_t fd, std::string_view name, const kernel::FileTimes& times,
                                  std::uint64_t flags) {
  Sys sys = host_call(nr::utimensat, {word(fd), name.empty() ? 0 : memory_.scratch + kName,
                                      memory_.scratch + kStatus, flags});
  if (!name.empty()) sys.at[1] = name;
  sys.at[2] = times;
  return call(sys);
}

std::int64_t HostFiles::mkdirat(std::int32_t directory, std::string_view name, std::uint32_t mode) {
  Sys sys = host_call(nr::mkdirat, {word(directory), memory_.scratch + kName, mode});
  sys.at[1] = name;
  return call(sys);
}

std::int64_t HostFiles::symlinkat(std::string_view target, std::int32_t directory, std::string_view name) {
  Sys sys =
      host_call(nr::symlinkat, {memory_.scratch + kOtherName, word(directory), memory_.scratch + kName});
  sys.at[0] = target;
  sys.at[2] = name;
  return call(sys);
}

std::int64_t HostFiles::linkat(std::int32_t target, std::int32_t directory, std::string_view name) {
  Sys sys = host_call(nr::linkat, {word(target), memory_.scratch + kOtherName, word(directory),
                                   memory_.scratch + kName, empty_path});
  sys.at[1] = std::string_view("");
  sys.at[3] = name;
  return call(sys);
}

std::int64_t HostFiles::unlinkat(std::int32_t directory, std::string_view name, std::uint64_t flags) {
  Sys sys = host_call(nr::unlinkat, {word(directory), memory_.scratch + kName, flags});
  sys.at[1] = name;
  return call(sys);
}

std::int64_t HostFiles::renameat(std::int32_t from, std::string_view name, std::int32_t to,
                                 std::string_view new_name) {
  Sys sys =
      host_call(nr::renameat, {word(from), memory_.scratch + kName, word(to), memory_.scratch + kOtherName});
  sys.at[1] = name;
  sys.at[3] = new_name;
  return call(sys);
}

}  // namespace isosim::models::gofer
