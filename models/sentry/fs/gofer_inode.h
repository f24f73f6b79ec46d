// An inode of a Gofer's file system (inodeOperations and inodeFileState in pkg/sentry/fs/gofer/inode.go).
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "kernel-model/fs/dentry.h"
#include "models/sentry/fs/gofer_release.h"
#include "models/sentry/services.h"

namespace isosim::models {

class GoferFs;

// A directory of the tree of mount points that lies below the image (addSubmountOverlay in runsc/boot/fs.go).
struct SubmountTree {
  std::map<std::string, SubmountTree, std::less<>> children;
};

class GoferInode final : public kernel::Inode, public Mappable {
 public:
  GoferInode(GoferFs& fs, std::uint64_t inode_number, std::uint32_t inode_mode, p9::Fid its_fid,
             std::uint64_t its_path, std::shared_ptr<GoferReleases> releases);
  ~GoferInode() override;

  const p9::Fid fid;         // unopened; kNoFid: a mount point that the Gofer does not have
  const std::uint64_t path;  // of its QID: which file it is

  // The handles that stay open until the inode goes: the first that can read, the first that can write
  // (replaced once by one that can do both), the one of a read-only mount.
  HandleRef readonly, read_through, write_back;
  bool write_back_reads = false;
  // What open(O_CREAT) has opened already, for the thread that opens it.
  HandleRef created;
  const kernel::Thread* created_by = nullptr;

  // Attributes that are newer here than at the Gofer (dirtyAttr). Only where they are cached.
  bool access_dirty = false, modification_dirty = false, change_dirty = false;

  const SubmountTree* submounts = nullptr;  // mount points below it

  std::set<std::string, std::less<>> missing;  // names that were looked up and found not to exist
  bool listed = false;                         // `entries` is what the directory holds (readdirCache)

  // setHandlesForCachedIO().
  void keep(go::G& g, gofer::Client& client, const HandleRef& handle, bool reads, bool writes);
  [[nodiscard]] std::int32_t host_fd() const;  // to map or truncate; -1: never opened, or none donated
  void adopt(p9::AttrMask valid, const p9::Attr& attr);
  [[nodiscard]] PendingAttributes pending() const;  // what WriteOut sends; mask 0: nothing
  void written_out() { access_dirty = modification_dirty = change_dirty = false; }

  kernel::Address host_page(go::G& g, std::uint64_t index, bool write) override;

 private:
  struct Chunk {
    kernel::Address at = 0;
    bool writable = false;
  };
  std::map<std::uint64_t, Chunk> chunks_;  // of the host's file that the Sentry has mapped
  std::shared_ptr<GoferReleases> releases_;
};

inline GoferInode& gofer_inode(const kernel::Dentry& dentry) {
  return static_cast<GoferInode&>(*dentry.inode);
}

}  // namespace isosim::models
