// What inodes leave behind when they go (inodeOperations.Release): fids, handles and mappings that a
// goroutine of its own gives back, so that nobody waits for the messages.
#pragma once

#include <deque>
#include <vector>

#include "kernel-model/fs/inode.h"
#include "models/sentry/fs/gofer_handle.h"

namespace isosim::models {

// The attributes that are newer here than at the Gofer, as a Tsetattr.
struct PendingAttributes {
  p9::SetAttrMask mask = p9::SetAttrMask::none;
  p9::SetAttr attr;
};

struct ReleasedInode {
  p9::Fid fid = p9::kNoFid;
  std::vector<HandleRef> handles;       // in the order in which they are dropped
  HandleRef write_back;                 // of a file with `pending`: its Tfsync
  PendingAttributes pending;            // not written out yet
  std::vector<kernel::Address> mapped;  // chunks of the host's file in the Sentry
};

class GoferReleases {
 public:
  explicit GoferReleases(gofer::Client& client) : client_(client) {}

  // Starts the goroutine; once.
  void start(go::G& g);
  // Without a goroutine at hand: it stays until the next wake().
  void add(ReleasedInode inode) { queue_.push_back(std::move(inode)); }
  // An inode without names and open files: released as soon as nobody else holds it.
  void add(kernel::Ref<kernel::Inode> inode) { evicted_.push_back(std::move(inode)); }
  // go Release().
  void wake(go::G& g);
  // The mount goes, and nobody is left to send messages.
  void abandon() { evicted_.clear(); }
  [[nodiscard]] bool empty() const { return queue_.empty() && evicted_.empty(); }

 private:
  void run(go::G& g);
  void release(go::G& g, ReleasedInode& inode);

  gofer::Client& client_;
  std::deque<ReleasedInode> queue_;
  std::vector<kernel::Ref<kernel::Inode>> evicted_;
  go::G* sleeper_ = nullptr;
};

}  // namespace isosim::models
