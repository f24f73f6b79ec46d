#include "kernel-model/fs/ext4_inode.h"

namespace isosim::kernel {

ExtentMap::Run ExtentMap::at_or_after(std::uint64_t page) const {
  auto it = runs_.upper_bound(page);
  if (it != runs_.begin()) {
    const Run& before = std::prev(it)->second;
    if (page < before.end()) return {page, before.end() - page, before.block + (page - before.page)};
  }
  return it == runs_.end() ? Run{} : it->second;
}

void ExtentMap::insert(Run run) {
  auto it = runs_.lower_bound(run.page);
  if (it != runs_.begin()) {
    Run& before = std::prev(it)->second;
    if (before.end() == run.page && before.block + before.count == run.block) {
      before.count += run.count;
      return;
    }
  }
  runs_[run.page] = run;
}

std::uint64_t ExtentMap::remove(std::uint64_t page, std::uint64_t count) {
  const std::uint64_t end = count > ~0ull - page ? ~0ull : page + count;
  std::uint64_t removed = 0;
  auto it = runs_.upper_bound(page);
  if (it != runs_.begin()) --it;
  while (it != runs_.end() && it->second.page < end) {
    const Run run = it->second;
    if (run.end() <= page) {
      ++it;
      continue;
    }
    it = runs_.erase(it);
    const std::uint64_t from = std::max(run.page, page), to = std::min(run.end(), end);
    removed += to - from;
    if (run.page < from) runs_[run.page] = {run.page, from - run.page, run.block};
    if (to < run.end()) runs_[to] = {to, run.end() - to, run.block + (to - run.page)};
  }
  return removed;
}

}  // namespace isosim::kernel
