// Listings (pkg/sentry/fs/gofer/file.go readdirAll, IterateDir; pkg/sentry/fs/inode_overlay.go).
#include <algorithm>

#include "kernel-model/fs/inotify.h"
#include "kernel-model/kernel.h"
#include "models/sentry/fs/gofer_file.h"

namespace isosim::models {

using kernel::Kernel;
using kernel::Thread;
namespace notify = kernel::notify;

namespace {

std::uint8_t entry_kind(std::uint8_t qid) {
  constexpr std::uint8_t kDirectory = 4, kRegular = 8, kLink = 10;  // DT_*
  if (qid & p9::qid_type::directory) return kDirectory;
  return qid & p9::qid_type::symlink ? kLink : kRegular;
}

}  // namespace

std::int64_t GoferFs::list(go::G& g, GoferInode& dir, p9::Fid handle) {
  constexpr std::uint32_t kCount = 64 * 1024;
  std::vector<p9::Dirent> all;
  for (std::uint64_t offset = 0;;) {
    gofer::Listing part = client_.read_directory(g, handle, offset, kCount);
    if (part.error != 0) return part.error;
    if (part.entries.empty()) break;
    offset = part.entries.back().offset;
    std::move(part.entries.begin(), part.entries.end(), std::back_inserter(all));
  }
  std::erase_if(all, [](const p9::Dirent& entry) { return entry.name == "." || entry.name == ".."; });
  if (dir.submounts) {
    for (const auto& [name, below] : dir.submounts->children) {
      const bool there = std::any_of(all.begin(), all.end(),
                                     [&wanted = name](const auto& entry) { return entry.name == wanted; });
      if (!there) all.push_back({{p9::qid_type::directory, 0, 0}, 0, p9::qid_type::directory, name});
    }
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  *dir.entries = kernel::Directory();
  for (const p9::Dirent& entry : all) dir.entries->add(entry.name, nullptr, entry_kind(entry.type));
  dir.listed = true;
  return 0;
}

// An overlay opens the directory anew for each listing (readdirOne).
std::int64_t GoferDirectory::fetch(go::G& g, GoferInode& dir) {
  if (dir.fid == p9::kNoFid) return fs_.list_submounts(dir), 0;
  const bool needed = !fs_.caches() || !dir.listed;
  if (!fs_.in_overlay) return needed ? fs_.list(g, dir, handle_->fid) : 0;
  g.charge(fs_.paths().overlay);
  HandleRef own;
  if (const std::int64_t error = fs_.open_handle(g, dir, 0, own)) return error;
  const std::int64_t error = needed ? fs_.list(g, dir, own->fid) : 0;
  fs_.close_handle(g, own);
  return error;
}

std::int64_t GoferDirectory::read_all(Thread& t) {
  const std::int64_t error = fetch(fs_.services().goroutine(t), static_cast<GoferInode&>(*path_.inode()));
  fs_.settle(&t);
  return error;
}

std::int64_t GoferDirectory::read_directory(Kernel& k, Thread& t, std::uint64_t length) {
  go::G& g = fs_.services().goroutine(t);
  if (const std::int64_t error = read_all(t)) return error;
  const std::int64_t bytes = list_on(k, t, length);
  if (fs_.caches() && !fs_.in_overlay) fs_.touch_access(g, static_cast<GoferInode&>(*path_.inode()));
  return bytes;
}

std::int64_t GoferDirectory::sync(Kernel& /*k*/, Thread& t, bool /*data_only*/) {
  go::G& g = fs_.services().goroutine(t);
  g.charge(fs_.cost.fsync);
  std::int64_t error = fs_.write_out(g, static_cast<GoferInode&>(*path_.inode()));
  if (error == 0 && handle_) error = fs_.client().fsync(g, handle_->fid);
  fs_.settle(&t);
  return error;
}

void GoferDirectory::release(Kernel& k, Thread& t) {
  go::G& g = fs_.services().goroutine(t);
  g.charge(fs_.cost.release);
  if (handle_) fs_.close_handle(g, handle_);
  DirectoryFile::release(k, t);
  fs_.settle(&t);
}

}  // namespace isosim::models
