// The host calls that fsgofer makes, by name. Results as the calls have them: a count, a descriptor or 0, or
// a negative errno.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kernel-model/abi/payload.h"
#include "models/host_calls.h"

namespace isosim::models::gofer {

// Memory of the Gofer that calls read and write.
struct GoferMemory {
  static constexpr std::uint64_t bytes = (4u << 20) + (1u << 16);
  kernel::Address scratch = 0;  // messages, names and structures
  [[nodiscard]] kernel::Address data() const { return scratch + (1u << 16); }
};

class HostFiles {
 public:
  HostFiles(HostCalls& host, const GoferMemory& memory) : host_(host), memory_(memory) {}

  static constexpr std::int32_t at_cwd = -100;
  enum : std::uint64_t { nofollow = 0x100, removedir = 0x200, empty_path = 0x1000 };  // AT_*

  std::int64_t openat(std::int32_t directory, std::string_view name, std::uint64_t flags,
                      std::uint32_t mode = 0);
  std::int64_t close(std::int32_t fd);
  std::int64_t dup(std::int32_t fd);
  std::int64_t get_flags(std::int32_t fd);
  std::int64_t set_flags(std::int32_t fd, std::uint64_t flags);
  std::int64_t epoll_add(std::int32_t epoll, std::int32_t fd);
  std::int64_t fstat(std::int32_t fd, kernel::FileStatus& out);
  std::int64_t newfstatat(std::int32_t directory, std::string_view name, kernel::FileStatus& out);
  std::int64_t fstatfs(std::int32_t fd, kernel::FileSystemStatus& out);
  std::int64_t lseek(std::int32_t fd, std::uint64_t offset);
  // Appends the names in the records, "." and ".." among them.
  std::int64_t getdents64(std::int32_t fd, std::uint64_t bytes, std::vector<std::string>& names);
  std::int64_t pread64(std::int32_t fd, std::uint64_t bytes, std::uint64_t offset);
  std::int64_t pwrite64(std::int32_t fd, std::uint64_t bytes, std::uint64_t offset);
  std::int64_t fsync(std::int32_t fd);
  std::int64_t fallocate(std::int32_t fd, std::uint64_t mode, std::uint64_t offset, std::uint64_t length);
  std::int64_t readlinkat(std::int32_t fd, std::uint64_t bytes, std::string& out);
  std::int64_t fchmod(std::int32_t fd, std::uint32_t mode);
  std::int64_t ftruncate(std::int32_t fd, std::uint64_t size);
  std::int64_t fchown(std::int32_t fd, std::uint32_t uid, std::uint32_t gid);  // fchownat of the descriptor
  // Without a name: of the descriptor itself.
  std::int64_t utimensat(std::int32_t fd, std::string_view name, const kernel::FileTimes& times,
                         std::uint64_t flags);
  std::int64_t mkdirat(std::int32_t directory, std::string_view name, std::uint32_t mode);
  std::int64_t symlinkat(std::string_view target, std::int32_t directory, std::string_view name);
  std::int64_t linkat(std::int32_t target, std::int32_t directory, std::string_view name);  // of a descriptor
  std::int64_t unlinkat(std::int32_t directory, std::string_view name, std::uint64_t flags);
  std::int64_t renameat(std::int32_t from, std::string_view name, std::int32_t to, std::string_view new_name);

 private:
  std::int64_t call(kernel::Sys& sys) { return host_.call(sys); }

  HostCalls& host_;
  const GoferMemory& memory_;
};

}  // namespace isosim::models::gofer
