#include "models/sentry/fs/sentry_file.h"

#include <algorithm>

#include "kernel-model/fs/super_block.h"
#include "kernel-model/kernel.h"

namespace isosim::models {

using kernel::Kernel;
using kernel::Thread;

std::int64_t SentryFile::seek(Kernel& k, Thread& t, std::int64_t offset, int whence) {
  constexpr int kEnd = 2;
  if (whence > kEnd) return -kernel::EINVAL_;  // no SEEK_DATA in these releases
  if (whence == kEnd) {
    if (const std::int64_t error = inode_->sb.refresh(&t, *inode_)) return error;
  }
  return RegularFile::seek(k, t, offset, whence);
}

std::int64_t SentryDirectory::list_on(Kernel& k, Thread& t, std::uint64_t length) {
  const auto& slots = path_.inode()->entries->slots();
  if (position == cursor_position_ && position > 2) {
    const auto next =
        std::upper_bound(slots.begin(), slots.end(), cursor_,
                         [](const std::string& name, const auto& slot) { return name < slot.name; });
    position = 2 + static_cast<std::uint64_t>(next - slots.begin());
  }
  const std::int64_t bytes = DirectoryFile::read_directory(k, t, length);
  cursor_position_ = position;
  if (position > 2 && position - 3 < slots.size()) cursor_ = slots[position - 3].name;
  return bytes;
}

}  // namespace isosim::models
