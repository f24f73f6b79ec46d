#include "models/sentry/fs/gofer_calls.h"

#include "kernel-model/abi/syscall_names.h"

namespace isosim::models {

namespace nr = kernel::nr;

namespace {

std::int64_t host_call(go::G& g, kernel::SysNr number, std::array<std::uint64_t, 6> arguments) {
  kernel::Sys sys;
  sys.nr = number;
  sys.arg = arguments;
  return g.call(sys);
}

std::uint64_t fd_word(std::int32_t fd) { return static_cast<std::uint64_t>(fd); }

}  // namespace

void close_host_file(go::G& g, std::int32_t fd) { host_call(g, nr::close, {fd_word(fd)}); }

std::int64_t sync_host_file(go::G& g, std::int32_t fd) { return host_call(g, nr::fsync, {fd_word(fd)}); }

std::int64_t transfer(go::G& g, std::int32_t fd, const std::vector<kernel::IoVec>& blocks,
                      std::uint64_t offset, bool write) {
  std::uint64_t done = 0;
  for (const kernel::IoVec& block : blocks) {
    for (std::uint64_t at = 0; at < block.length;) {
      const std::int64_t moved = host_call(g, write ? nr::pwrite64 : nr::pread64,
                                           {fd_word(fd), block.base + at, block.length - at, offset + done});
      if (moved < 0 && done == 0) return moved;
      if (moved <= 0) return static_cast<std::int64_t>(done);
      at += static_cast<std::uint64_t>(moved);
      done += static_cast<std::uint64_t>(moved);
    }
  }
  return static_cast<std::int64_t>(done);
}

std::int64_t map_host_chunk(go::G& g, std::int32_t fd, std::uint64_t chunk, bool write, kernel::Address at) {
  constexpr std::uint64_t kRead = 1, kWrite = 2, kShared = 1, kFixed = 0x10;
  return host_call(g, nr::mmap,
                   {at, kHostChunk, write ? kRead | kWrite : kRead, at ? kShared | kFixed : kShared,
                    fd_word(fd), chunk * kHostChunk});
}

void unmap_host_chunk(go::G& g, kernel::Address at) { host_call(g, nr::munmap, {at, kHostChunk}); }

}  // namespace isosim::models
