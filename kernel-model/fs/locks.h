// Advisory locks of an inode: POSIX record locks (owned by a process), OFD locks and flock (owned by a
// description).
#pragma once

#include <cstdint>
#include <vector>

#include "kernel-model/fs/file.h"
#include "kernel-model/sched/wait_queue.h"

namespace isosim::kernel {

class Process;

enum class LockType : std::int16_t { read = 0, write = 1, unlock = 2 };  // F_RDLCK, F_WRLCK, F_UNLCK

struct FileLocks {
  struct Record {
    const void* owner = nullptr;  // the descriptor table's process (POSIX) or the File (OFD)
    std::int32_t pid = 0;         // as F_GETLK reports it; -1 for OFD
    LockType type = LockType::read;
    std::uint64_t start = 0, end = 0;  // [start, end)
  };
  struct Whole {  // flock
    const File* owner = nullptr;
    LockType type = LockType::read;
  };

  std::vector<Record> records;
  std::vector<Whole> wholes;
  WaitQueue waiters;

  [[nodiscard]] const Record* conflict(const Record& wanted) const;
  void apply(const Record& change);  // sets, splits and merges the owner's ranges
  [[nodiscard]] bool conflict(const Whole& wanted) const;
  void apply(const Whole& change);
  // Whether anything of `owner` went.
  bool drop(const void* owner);
};

// locks_remove_posix() at close, locks_remove_file() at the last close.
void drop_posix_locks(Kernel& k, Thread& t, File& file);
void drop_file_locks(Kernel& k, Thread& t, File& file);

}  // namespace isosim::kernel
