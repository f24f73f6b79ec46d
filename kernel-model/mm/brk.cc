// brk (mm/mmap.c): grows and shrinks the heap; answers with the break as it is.
#include "kernel-model/kernel.h"
#include "kernel-model/mm/memory_manager.h"

namespace isosim::kernel {

std::int64_t MemoryManager::sys_brk(Thread& t, Address brk) {
  t.charge(paths_.brk);
  Mm& mm = of(*t.process);
  bool fill = false;
  mm.lock.lock_write(kernel_, t);
  const Address old_end = page_up(mm.brk);
  const std::int64_t result = brk_locked(t, mm, brk, fill);
  mm.lock.unlock_write(kernel_, t);
  if (fill) populate(t, mm, old_end, page_up(brk));
  return result;
}

std::int64_t MemoryManager::brk_locked(Thread& t, Mm& mm, Address brk, bool& fill) {
  const auto unchanged = static_cast<std::int64_t>(mm.brk);
  if (brk < mm.start_brk || brk > kTaskSize) return unchanged;
  if (brk - mm.start_brk > t.process->limits[rlimit_index::data].current) return unchanged;
  const Address old_end = page_up(mm.brk), new_end = page_up(brk);
  if (new_end < old_end) {
    if (unmap_locked(t, mm, new_end, old_end - new_end) < 0) return unchanged;
  } else if (new_end > old_end) {
    if (!mm.vmas.free(old_end, new_end + kPage)) return unchanged;
    MapRequest request;
    request.address = old_end;
    request.length = new_end - old_end;
    request.flags = vm::read | vm::write;
    request.fixed = true;
    if (map_locked(t, mm, std::move(request), fill) < 0) return unchanged;
  }
  mm.brk = brk;
  return static_cast<std::int64_t>(brk);
}

}  // namespace isosim::kernel
