// Memory management of one kernel: address spaces, the faults that user code takes, physical memory.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "kernel-model/mm/frames.h"
#include "kernel-model/mm/mm.h"
#include "kernel-model/mm/mm_paths.h"
#include "kernel-model/mm/shared_memory.h"

namespace isosim::kernel {

class Cgroup;
class Kernel;
class Process;
class Thread;
class Inode;

struct MapRequest {          // do_mmap()
  Address address = 0;       // hint, or the place if `fixed`
  std::uint64_t length = 0;  // bytes
  std::uint32_t flags = 0;   // vm::*
  bool fixed = false;
  bool replaces = true;  // what lies at a fixed place; else -EINVAL if anything does
  bool populate = false;
  Ref<File> file;  // null: anonymous
  std::uint64_t page_offset = 0;
};

struct ExecFiles {  // execve: what the new program is loaded from
  Ref<File> program;
  Ref<File> interpreter;             // null: static
  std::uint64_t argument_bytes = 0;  // strings of argv and envp
};

class MemoryManager {
 public:
  explicit MemoryManager(Kernel& kernel);
  virtual ~MemoryManager();

  // User code reads or writes: faults in what is not mapped. Returns 0 or -EFAULT (where the program would
  // get SIGSEGV or SIGBUS), -ENOMEM if memory is exhausted.
  std::int64_t touch(Thread& thread, Address address, std::uint64_t length, bool write);

  // The same from kernel mode, as copy_to_user (write) and copy_from_user do before bytes move: call it for a
  // user buffer once for each part that is copied. Returns the bytes up to the first page that cannot be
  // accessed, all `length` if there is none. The copy's own cost is Cpu::copy.
  std::uint64_t user_access(Thread& thread, Address address, std::uint64_t length, bool write);

  // get_user_pages() of one page of the thread's address space, for who maps it elsewhere (KVM): faults it in
  // without an exception. `result` is 0, -EFAULT or -ENOMEM.
  struct Pinned {
    std::int64_t result = 0;
    bool writable = false;  // the entry allows writing, whatever was asked
    bool huge = false;      // part of a 2 MB page
  };
  Pinned pin(Thread& thread, Address page, bool write);
  // Of another address space, for which `thread` pays.
  Pinned pin(Thread& thread, Mm& mm, Address page, bool write);
  // Of that, only what __get_user_pages_fast() finds: whether the page is mapped now, for writing.
  [[nodiscard]] bool mapped_writable(Process& process, Address page);

  // The address space of a process; an empty one with a stack if it has none yet.
  Mm& of(Process& process);

  // Life of address spaces. fork() is dup_mmap(): the child's, sharing pages until one side writes. exit()
  // drops the process's reference; the last one unmaps everything, for which `thread` pays. exec() replaces
  // the address space; 0 or a negative errno.
  std::shared_ptr<Mm> fork(Thread& thread, Mm& parent);
  void exit(Thread& thread, Process& process);
  std::int64_t exec(Thread& thread, Process& process, const ExecFiles& files);

  // mmput(): the last reference to an address space unmaps everything, for which `thread` pays.
  void put(Thread& thread, std::shared_ptr<Mm> mm);

  // Inside the kernel, without the costs of a system call. Each returns an address or 0, or a negative errno,
  // and takes the address space's lock.
  std::int64_t map(Thread& thread, Mm& mm, MapRequest request);
  std::int64_t unmap(Thread& thread, Mm& mm, Address start, std::uint64_t length);
  std::int64_t populate(Thread& thread, Mm& mm, Address start, Address end);

  // mem_cgroup_try_charge() for pages that `thread` brings into memory, then for a page cache. False if the
  // group of its process is at its limit and nothing can be reclaimed.
  bool try_charge(Thread& thread, std::uint64_t pages);
  bool charge_cache(Thread& thread, PageCache& cache, std::uint64_t pages);

  // unmap_mapping_range(): takes `count` pages of a file from `first` on out of every address space that maps
  // them.
  void unmap_file(Thread& thread, const Inode& inode, std::uint64_t first,
                  std::uint64_t count = ~std::uint64_t{0});
  // page_mkclean(): the pages were written back; the next store to one is to be noticed again.
  void clean_file(Thread& thread, const Inode& inode, std::uint64_t first, std::uint64_t count);

  // A file whose pages several address spaces can map.
  Ref<SharedMemory> make_shared_memory(std::uint64_t length);

  // System calls.
  std::int64_t sys_mmap(Thread& t, Address address, std::uint64_t length, std::uint64_t protection,
                        std::uint64_t flags, std::int32_t fd, std::uint64_t offset);
  std::int64_t sys_munmap(Thread& t, Address start, std::uint64_t length);
  std::int64_t sys_brk(Thread& t, Address brk);
  std::int64_t sys_mprotect(Thread& t, Address start, std::uint64_t length, std::uint64_t protection);
  std::int64_t sys_mremap(Thread& t, Address old, std::uint64_t old_length, std::uint64_t new_length,
                          std::uint64_t flags, Address fixed);
  std::int64_t sys_madvise(Thread& t, Address start, std::uint64_t length, std::uint64_t advice);
  std::int64_t sys_msync(Thread& t, Address start, std::uint64_t length, std::uint64_t flags);
  std::int64_t sys_mlock(Thread& t, Address start, std::uint64_t length, bool lock, bool populate_pages);
  std::int64_t sys_mlockall(Thread& t, std::uint64_t flags);
  std::int64_t sys_mincore(Thread& t, Address start, std::uint64_t length);

  [[nodiscard]] const Frames& frames() const { return frames_; }
  [[nodiscard]] const MmPaths& paths() const { return paths_; }
  [[nodiscard]] std::uint64_t faults() const { return faults_; }
  [[nodiscard]] std::uint64_t major_faults() const { return major_faults_; }

 protected:
  // What differs where memory is not the machine's own: how a page is found accessible, where fresh pages
  // come from, how they are taken away.
  virtual std::int64_t access(Thread& t, Address address, std::uint64_t length, bool write, bool from_user,
                              Address& reached);
  virtual std::int64_t anonymous_page(Thread& t, Mm& mm, Vma& area, Address page, bool write);
  virtual std::int64_t file_page(Thread& t, Mm& mm, Vma& area, Address page, bool write);
  virtual std::int64_t write_protected_page(Thread& t, Mm& mm, Vma& area, Address page, Pte& pte);
  virtual void zap(Thread& t, Mm& mm, Address start, Address end, bool flush);
  // MADV_REMOVE and MADV_DONTNEED of a part of `area`.
  std::int64_t remove_pages(Thread& t, Mm& mm, const Vma& area, Address start, Address end);
  virtual void discard(Thread& t, Mm& mm, Vma& area, Address start, Address end);
  virtual void flush_tlb(Thread& t, std::uint64_t pages);
  virtual void mapped(Thread& t, Mm& mm, Address start, Address end) {
    (void)t, (void)mm, (void)start, (void)end;
  }

  std::int64_t handle_mm_fault(Thread& t, Mm& mm, Vma& area, Address page, bool write);
  Vma* area_for_fault(Thread& t, Mm& mm, Address page);
  std::int64_t fault_in(Thread& t, Mm& mm, Address page, bool write);
  std::uint32_t fresh_page(Thread& t, Mm& mm, Vma& area);
  bool set_private(Mm& mm, Pte& pte, std::uint32_t found, std::uint32_t frame);
  Pte& entry_for(Thread& t, Mm& mm, Address page);

  Kernel& kernel_;
  MmPaths paths_;
  Frames frames_;
  std::uint64_t faults_ = 0, major_faults_ = 0;

 private:
  enum class Thp : std::uint8_t { never, madvise, always };

  // fault.cc
  std::int64_t fault(Thread& t, Mm& mm, Address page, bool write, bool from_user);
  bool huge_page(Thread& t, Mm& mm, Vma& area, Address page);

  // fault_file.cc
  std::int64_t page_in(Thread& t, Mm& mm, const Ref<File>& file, std::uint64_t index);
  void fault_around(Thread& t, Mm& mm, Vma& area, Address page);
  void make_writable(Thread& t, Vma& area, Pte& pte, std::uint64_t index);

  // file_mappings.cc
  struct Shown {
    Mm* mm;
    Address from, to;
  };
  [[nodiscard]] bool in_use(const Mm* mm) const;
  template <class Visit>
  void each_mapping(const Inode& inode, std::uint64_t first, std::uint64_t count, Visit visit);

  // memory_group.cc
  std::uint64_t reclaim(Thread& t, Cgroup& group, std::uint64_t pages);
  std::uint64_t unmap_missing(const PageCache& cache);
  bool out_of_memory(Thread& t);
  struct Stock {  // of a CPU: charged, and not used yet
    std::shared_ptr<Cgroup> group;
    std::uint64_t pages = 0;
  };
  std::vector<Stock> stocks_;

  // mmap.cc; with the lock held for writing
  std::int64_t map_locked(Thread& t, Mm& mm, MapRequest request, bool& fill);
  std::int64_t unmap_locked(Thread& t, Mm& mm, Address start, std::uint64_t length);
  std::int64_t brk_locked(Thread& t, Mm& mm, Address brk, bool& fill);
  std::int64_t mremap_locked(Thread& t, Mm& mm, Address old, std::uint64_t old_length,
                             std::uint64_t new_length, std::uint64_t flags, Address fixed, bool& fill);

  // zap.cc
  void split_huge(Thread& t, Mm& mm, Address page);
  void split_huge_borders(Thread& t, Mm& mm, Address start, Address end);

  std::int64_t map_program(Thread& t, Mm& mm, const Ref<File>& file, Address base, Address& end);
  std::uint64_t copy_pages(Thread& t, Mm& parent, Mm& child, const Vma& area);
  void tear_down(Thread& t, Mm& mm);
  Address place(Mm& mm, Address hint, std::uint64_t length);
  void protect_pages(Thread& t, Mm& mm, const Vma& area, Address start, Address end);
  void move_pages(Thread& t, Mm& mm, Address from, Address to, std::uint64_t length);
  void mark_locked(Thread& t, Mm& mm, Address start, Address end, bool lock);
  void count(Mm& mm, const Vma& area, bool added);
  void charge_changes(Thread& t, int changes);

  Thp thp_;
  std::uint64_t fault_around_pages_;
  std::uint64_t frame_object_;  // physical memory, for Cpu::zero and Cpu::copy
  std::uint64_t next_shared_ = 1;
};

}  // namespace isosim::kernel
