// Shared memory without a name: what mmap(MAP_SHARED | MAP_ANONYMOUS) and shmget() make (mm/shmem.c,
// shmem_zero_setup).
#pragma once

#include <string>

#include "kernel-model/fs/file.h"
#include "kernel-model/fs/page_cache.h"

namespace isosim::kernel {

class SharedMemory final : public File {
 public:
  SharedMemory(std::uint64_t length, std::uint64_t cache_object) : bytes(length), object(cache_object) {
    flags = open_flag::rdwr;
  }
  [[nodiscard]] std::string describe() const override { return "/dev/zero (deleted)"; }

  std::uint64_t bytes;
  std::uint64_t object;  // for Cpu::copy
  PageCache pages;
  bool system_v = false;  // of shmget(): shmdt() unmaps it
};

}  // namespace isosim::kernel
