#include "kernel-model/fs/locks.h"

#include <algorithm>

#include "kernel-model/fs/inode.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

const FileLocks::Record* FileLocks::conflict(const Record& wanted) const {
  for (const auto& held : records) {
    const bool overlap = held.start < wanted.end && wanted.start < held.end;
    if (overlap && held.owner != wanted.owner &&
        (held.type == LockType::write || wanted.type == LockType::write)) {
      return &held;
    }
  }
  return nullptr;
}

// posix_lock_inode(): the owner's overlapping ranges give way to the new one, what sticks out stays.
void FileLocks::apply(const Record& change) {
  std::vector<Record> next;
  for (const auto& held : records) {
    if (held.owner != change.owner || held.end <= change.start || change.end <= held.start) {
      next.push_back(held);
      continue;
    }
    if (held.start < change.start) {
      next.push_back(held);
      next.back().end = change.start;
    }
    if (held.end > change.end) {
      next.push_back(held);
      next.back().start = change.end;
    }
  }
  if (change.type != LockType::unlock) next.push_back(change);
  records = std::move(next);
}

bool FileLocks::conflict(const Whole& wanted) const {
  return std::any_of(wholes.begin(), wholes.end(), [&](const Whole& held) {
    return held.owner != wanted.owner && (held.type == LockType::write || wanted.type == LockType::write);
  });
}

void FileLocks::apply(const Whole& change) {
  std::erase_if(wholes, [&](const Whole& held) { return held.owner == change.owner; });
  if (change.type != LockType::unlock) wholes.push_back(change);
}

bool FileLocks::drop(const void* owner) {
  return std::erase_if(records, [&](const Record& held) { return held.owner == owner; }) +
             std::erase_if(wholes, [&](const Whole& held) { return held.owner == owner; }) >
         0;
}

void drop_posix_locks(Kernel& k, Thread& t, File& file) {
  FileLocks& locks = *file.inode()->locks;
  if (locks.drop(t.process)) locks.waiters.wake(k, &t);
}

void drop_file_locks(Kernel& k, Thread& t, File& file) {
  FileLocks& locks = *file.inode()->locks;
  if (locks.drop(&file)) locks.waiters.wake(k, &t);
}

}  // namespace isosim::kernel
