// An address space (mm_struct): areas, page tables, and what is counted about them.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "kernel-model/ipc/rw_semaphore.h"
#include "kernel-model/mm/mman.h"
#include "kernel-model/mm/mmu_notifier.h"
#include "kernel-model/mm/page_table.h"
#include "kernel-model/mm/vma_tree.h"

namespace isosim::kernel {

class IoContext;  // fs/aio.h

class Mm {
 public:
  // mmap_sem: who changes areas or frees page tables has it for writing, who brings pages in for reading.
  // Entries change under either, so who read one and let time pass looks again.
  RwSemaphore lock;
  RwSemaphore
      active;  // gVisor's activeMu: one at a time changes the entries; Linux has a spin lock for each table
  VmaTree vmas;
  PageTable pages;

  Address mmap_base = 0;  // mappings are placed below
  Address start_brk = 0, brk = 0;
  Address start_stack = 0;                   // the stack's upper end
  std::uint64_t rss_anon = 0, rss_file = 0;  // resident pages
  std::uint64_t data_pages = 0;              // private writable pages: RLIMIT_DATA
  std::uint64_t locked_pages = 0;
  bool lock_future = false;    // mlockall(MCL_FUTURE)
  bool no_huge_pages = false;  // PR_SET_THP_DISABLE: of areas made from now on
  std::vector<MmuNotifier*> notifiers;
  std::map<Address, std::shared_ptr<IoContext>> io_contexts;  // io_setup(2), by identifier

  // mmu_notifier_invalidate_range(): call it whenever entries go or lose rights.
  void notify(Thread& t, Address start, Address end) {
    for (MmuNotifier* notifier : notifiers) notifier->invalidate(t, start, end);
  }

  // Ranges that were found accessible, so that a buffer used again and again is not looked up again and
  // again. Emptied whenever access to anything is taken away.
  [[nodiscard]] bool known_accessible(Address start, Address end, bool write) const {
    for (const Range& range : recent_)
      if (start >= range.start && end <= range.end && (range.write || !write)) return true;
    return false;
  }
  void remember_accessible(Address start, Address end, bool write) {
    recent_[next_recent_] = {start, end, write};
    next_recent_ = (next_recent_ + 1) % recent_.size();
  }
  void forget_accessible() { recent_ = {}; }

 private:
  struct Range {
    Address start = 1, end = 0;
    bool write = false;
  };
  std::array<Range, 4> recent_{};
  std::size_t next_recent_ = 0;
};

}  // namespace isosim::kernel
