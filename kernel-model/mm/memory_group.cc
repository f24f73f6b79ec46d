// Memory of control groups (mm/memcontrol.c of Linux 4.4): user pages and the page cache; kernel memory is
// not counted unless asked for. Pages of the root group are not counted at all.
#include <algorithm>

#include "kernel-model/fs/inode.h"
#include "kernel-model/fs/super_block.h"
#include "kernel-model/kernel.h"
#include "kernel-model/mm/memory_manager.h"
#include "kernel-model/process/cgroup.h"
#include "kernel-model/signal/signal.h"

namespace isosim::kernel {

namespace {

constexpr std::uint64_t kBatch = 32;  // CHARGE_BATCH
constexpr int kReclaimRetries = 5;    // MEM_CGROUP_RECLAIM_RETRIES

}  // namespace

bool MemoryManager::try_charge(Thread& t, std::uint64_t pages) {
  const std::shared_ptr<Cgroup> group = t.process->cgroup;
  if (!group || !group->parent || pages == 0) return true;
  t.charge(paths_.group_charge, pages);
  if (stocks_.empty()) stocks_.resize(static_cast<std::size_t>(kernel_.cpu.logical_cpus()));
  const auto stock = [&]() -> Stock& { return stocks_[static_cast<std::size_t>(t.cpu)]; };
  if (stock().group == group && stock().pages >= pages) {  // consume_stock()
    stock().pages -= pages;
    return true;
  }
  std::uint64_t batch = std::max(kBatch, pages);
  for (int retries = kReclaimRetries;;) {
    t.charge(paths_.group_counters, group->depth());
    if (group->charge_memory(batch)) break;
    if (batch > pages) {
      batch = pages;
    } else if (retries-- == 0 || reclaim(t, *group, pages) == 0) {
      return false;
    }
  }
  if (batch == pages) return true;
  // refill_stock(): what another group left on this CPU goes back.
  Stock& own = stock();
  if (own.group && own.group != group) {
    own.group->uncharge_memory(own.pages);
    own.pages = 0;
  }
  own.group = group;
  own.pages += batch - pages;
  return true;
}

bool MemoryManager::charge_cache(Thread& t, PageCache& cache, std::uint64_t pages) {
  if (!try_charge(t, pages)) return false;
  if (const auto& group = t.process->cgroup; group && group->parent && pages != 0)
    cache.charge_to(group, pages);
  return true;
}

// try_to_free_mem_cgroup_pages(): clean pages of files on disks, a batch at least. There is no swap for the
// others.
std::uint64_t MemoryManager::reclaim(Thread& t, Cgroup& group, std::uint64_t pages) {
  std::uint64_t freed = 0, unmapped = 0;
  const std::uint64_t wanted = std::max(pages, kBatch);
  for (PageCache* cache : std::vector<PageCache*>(group.caches)) {
    if (freed >= wanted) break;
    if (!cache->host || !cache->host->sb.on_disk) continue;
    const std::uint64_t part = cache->reclaim(wanted - freed);
    freed += part;
    if (part != 0) unmapped += unmap_missing(*cache);
  }
  t.charge(paths_.group_reclaim, freed);  // time goes by here: no cache of the list is looked at any more
  if (unmapped != 0) t.charge(paths_.zap_shared, unmapped);
  return freed;
}

// mem_cgroup_out_of_memory(): the process of the group with the most pages is killed. Whether the fault may
// be tried again: not if it is the caller's own.
bool MemoryManager::out_of_memory(Thread& t) {
  Process* victim = nullptr;
  std::uint64_t most = 0;
  for (const auto& [pid, process] : kernel_.processes) {
    if (process->cgroup != t.process->cgroup || !process->mm) continue;
    const std::uint64_t pages = process->mm->rss_anon + process->mm->rss_file;
    if (!victim || pages > most) victim = process.get(), most = pages;
  }
  if (!victim) return false;
  if (!victim->group_exiting) send_signal(kernel_, &t, *victim, {signo::kill, SignalInfo::kernel});
  if (victim == t.process || t.killed) return false;
  // schedule_timeout_killable(1): time for the victim to leave.
  t.state = RunState::uninterruptible;
  kernel_.sched->block_until(t, t.now() + kernel_.sched->tick());
  return !t.killed;
}

}  // namespace isosim::kernel
