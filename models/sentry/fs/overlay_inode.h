// An inode of an overlay (overlayEntry in pkg/sentry/fs/overlay.go): a file of the upper file system, one of
// the lower, or both.
#pragma once

#include <set>
#include <string>

#include "kernel-model/fs/dentry.h"
#include "kernel-model/fs/inode_lock.h"
#include "models/sentry/services.h"

namespace isosim::models {

class OverlayInode final : public kernel::Inode, public Mappable {
 public:
  // At least one of the two. `copies_readable`: a lower file needs to be readable only to be written, for it
  // will be copied (overlayCheck); permission is asked of `mode`, which then says so. What tells the file
  // from others (StableAttr) is the lower one's, so that it stays the same when the file is copied up;
  // `seen_below` is the lower one even if nothing needs it any more.
  OverlayInode(kernel::SuperBlock& super_block, kernel::Ref<kernel::Inode> its_upper,
               kernel::Ref<kernel::Inode> its_lower, const kernel::Inode* seen_below, bool copies_readable);
  ~OverlayInode() override;

  kernel::Ref<kernel::Inode> upper;
  const kernel::Ref<kernel::Inode> lower;
  const bool lower_exists;     // removing it takes a whiteout
  const std::uint32_t device;  // st_dev
  bool moved = false;          // renamed: the next look finds it anew
  kernel::InodeLock copying;   // copyMu, for writing
  // Names that were looked up and are in neither.
  std::set<std::string, std::less<>> missing;

  [[nodiscard]] kernel::Inode& real() const { return upper ? *upper : *lower; }
  void refresh();                            // takes the attributes of the real one
  void show(kernel::FileStatus& out) const;  // what stat(2) gives

  kernel::Address host_page(go::G& g, std::uint64_t index, bool write) override;

 private:
  const bool copies_readable_;
};

inline OverlayInode& overlay_inode(const kernel::Dentry& dentry) {
  return static_cast<OverlayInode&>(*dentry.inode);
}

// A dentry for one operation on a layer, whose own tree of dentries nobody walks (NewTransientDirent).
// Negative with `inode` null.
kernel::Ref<kernel::Dentry> transient(kernel::SuperBlock& layer, kernel::Inode* inode,
                                      std::string_view name = "transient");

}  // namespace isosim::models
