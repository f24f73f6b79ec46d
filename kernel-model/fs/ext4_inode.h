// What ext4 adds to an inode: where its pages lie on the disk, and what the journal still owes it.
#pragma once

#include <map>
#include <vector>

#include "kernel-model/fs/block_queue.h"
#include "kernel-model/fs/inode.h"

namespace isosim::kernel {

// The extent tree: runs of pages that lie together on the disk. Blocks are 4096 bytes.
class ExtentMap {
 public:
  struct Run {
    std::uint64_t page = 0, count = 0;
    std::uint64_t block = 0;  // of the disk
    [[nodiscard]] std::uint64_t end() const { return page + count; }
  };

  // The mapped run that holds `page`, or starts the first mapped one after it; count 0 if there is none.
  [[nodiscard]] Run at_or_after(std::uint64_t page) const;
  void insert(Run run);  // merges with a neighbour that continues it on the disk too
  // Unmaps [page, page + count); returns how many were mapped.
  std::uint64_t remove(std::uint64_t page, std::uint64_t count);
  [[nodiscard]] std::size_t size() const { return runs_.size(); }

 private:
  std::map<std::uint64_t, Run> runs_;  // by page
};

class Ext4Inode final : public Inode {
 public:
  using Inode::Inode;

  ExtentMap extents;
  struct InFlight {  // pages that a read will fill, or that a write-back reads from
    std::uint64_t first, count;
    Ref<BlockIo> io;
  };
  std::vector<InFlight> reads, writes;
  std::uint64_t transaction = 0;  // the last journal transaction that changed it
  std::uint64_t data_transaction =
      0;                // the last one that changed its size or its extents: fdatasync needs it
  bool queued = false;  // on the list of dirty inodes
};

}  // namespace isosim::kernel
