#include "workloads/micro/malloc.h"

#include <algorithm>

#include "kernel-model/abi/syscall_names.h"
#include "workloads/micro/workload.h"

namespace isosim::workloads {

namespace nr = kernel::nr;

namespace {

// glibc 2.23 (Ubuntu 16.04), malloc/malloc.c: MALLOC_ALIGNMENT, MINSIZE, DEFAULT_TOP_PAD,
// DEFAULT_MMAP_THRESHOLD.
constexpr std::uint64_t kHeader = 8, kAlignment = 16, kMinimum = 32, kTopPad = 128 * 1024,
                        kMapThreshold = 128 * 1024;
constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kSplitTopCycles =
    60;  // _int_malloc from the top chunk: bin checks, split, header writes

constexpr std::uint64_t align_up(std::uint64_t value, std::uint64_t to) { return (value + to - 1) / to * to; }

}  // namespace

Malloc::Malloc(Program& program) : program_(program) {
  top_ = end_ = static_cast<std::uint64_t>(program_.call(nr::brk, {0}));
}

std::uint64_t Malloc::allocate(std::uint64_t size) {
  program_.compute(kSplitTopCycles);
  const std::uint64_t chunk = std::max(kMinimum, align_up(size + kHeader, kAlignment));
  if (chunk >= kMapThreshold && end_ - top_ < chunk + kMinimum) {
    constexpr std::uint64_t kReadWriteProtection = 3, kPrivateAnonymous = 0x22;
    const std::uint64_t length = align_up(chunk + kHeader, kPage);
    const auto mapping = static_cast<std::uint64_t>(
        program_.call(nr::mmap, {0, length, kReadWriteProtection, kPrivateAnonymous, UINT64_MAX, 0}));
    program_.touch(mapping + kHeader, kHeader, true);  // the chunk's size
    return mapping + 2 * kHeader;
  }
  if (end_ - top_ < chunk + kMinimum) {
    const std::uint64_t grow = align_up(chunk + kTopPad + kMinimum - (end_ - top_), kPage);
    end_ = static_cast<std::uint64_t>(program_.call(nr::brk, {end_ + grow}));
  }
  const std::uint64_t block = top_ + 2 * kHeader;
  // The header of what remains of the top chunk is written behind the block: the block's last page is touched
  // here.
  top_ += chunk;
  program_.touch(top_ + kHeader, kHeader, true);
  return block;
}

}  // namespace isosim::workloads
