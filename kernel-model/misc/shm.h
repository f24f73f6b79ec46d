// System V shared memory (ipc/shm.c): segments by key and identifier.
#pragma once

#include <cstdint>

#include "kernel-model/fs/file.h"
#include "kernel-model/misc/ipc_object.h"

namespace isosim::kernel {

struct ShmSegment : IpcObject {
  std::uint64_t bytes = 0;
  bool removed = false;  // goes with its last attachment; its key is private from then on
  Ref<File> pages;       // what is mapped

  // shm_nattch: areas that map it, in whatever address space. shm_open() and shm_close() count them as fork,
  // execve, munmap and exit make and end areas; here each area holds a reference, and the segment one more.
  [[nodiscard]] std::uint64_t attached() const { return pages ? pages->use_count() - 1u : 0; }
};

// One an IPC name space.
class ShmTable : public IpcTable<ShmSegment> {
 public:
  void remove(ShmSegment& segment);  // IPC_RMID: at once if nothing is attached
  // Forgets removed segments whose last attachment went, which shm_close() does as it goes. Whoever looks a
  // segment up does this first.
  void purge();
};

}  // namespace isosim::kernel
