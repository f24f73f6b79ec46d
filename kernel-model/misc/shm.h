// System V shared memory (ipc/shm.c): segments by key and identifier.
#pragma once

#include <cstdint>
#include <map>

#include "kernel-model/fs/file.h"

namespace isosim::kernel {

struct ShmSegment {
  std::int32_t id = 0;
  std::int32_t key = 0;  // 0: private, or removed while attached
  std::uint64_t bytes = 0;
  std::uint32_t mode = 0;
  std::uint32_t uid = 0, gid = 0, creator_uid = 0, creator_gid = 0;
  bool removed = false;  // goes with its last attachment
  Ref<File> pages;       // what is mapped

  // shm_nattch: areas that map it, in whatever address space. shm_open() and shm_close() count them as fork,
  // execve, munmap and exit make and end areas; here each area holds a reference, and the segment one more.
  [[nodiscard]] std::uint64_t attached() const { return pages ? pages->use_count() - 1u : 0; }
};

// One an IPC name space.
class ShmTable {
 public:
  // Identifiers are 32768 * sequence + slot: the lowest free slot, and one sequence number more each time.
  ShmSegment& create(std::int32_t key, std::uint64_t bytes);
  [[nodiscard]] ShmSegment* by_id(std::int32_t id);    // null if there is none
  [[nodiscard]] ShmSegment* by_key(std::int32_t key);  // null if there is none
  void remove(ShmSegment& segment);                    // IPC_RMID: at once if nothing is attached
  [[nodiscard]] std::size_t size();

 private:
  void purge();  // removed ones whose last attachment went

  std::map<std::int32_t, ShmSegment> segments_;  // by slot
  std::int32_t sequence_ = 0;
};

}  // namespace isosim::kernel
