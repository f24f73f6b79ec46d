// The paths of memory management, "mm.<name>" in the catalogue, resolved once.
#pragma once

#include "sim/path.h"

namespace isosim::kernel {

class Kernel;

struct MmPaths {
  sim::PathId mmap, mmap_file, munmap;
  sim::PathId vma_change;  // unit: node of the tree linked, resized or removed
  sim::PathId brk, mprotect, mprotect_page, mremap, move_page, madvise, msync, mlock, mincore;
  sim::PathId process_vm, process_vm_page;
  sim::PathId fault;      // every fault: entry, area, walk of the tables
  sim::PathId bad_fault;  // that ends in SIGSEGV or EFAULT
  sim::PathId fault_anon_read, fault_anon_write, fault_huge, fault_cow, fault_reuse;
  sim::PathId fault_around;  // unit: page of the page cache mapped
  sim::PathId fault_cow_file, fault_shared_write, page_mkwrite;
  sim::PathId stack_growth;
  sim::PathId page_table;          // unit: table allocated and, later, freed
  sim::PathId zap_anon, zap_huge;  // unit: page that becomes free
  sim::PathId zap_shared;          // unit: page that stays, in the page cache or with others
  sim::PathId flush_page;          // unit: page: INVLPG
  sim::PathId flush_all;           // CR3 write
  sim::PathId fork, fork_vma, fork_page;
  sim::PathId exit, exit_vma;
  sim::PathId exec, exec_page;
  sim::PathId group_charge;    // unit: page
  sim::PathId group_counters;  // unit: group of the hierarchy
  sim::PathId group_reclaim;   // unit: page freed

  explicit MmPaths(const Kernel& kernel);
};

}  // namespace isosim::kernel
