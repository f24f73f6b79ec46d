#include "kernel-model/fs/regular_file.h"
#include "kernel-model/fs/super_block.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

namespace {

// current_fs_time() has the granularity of a jiffy (Ubuntu's CONFIG_HZ=250), so most writes change no time
// stamp.
constexpr std::int64_t kJiffyPs = 4'000'000'000;
constexpr std::int64_t kDayPs = 86'400 * 1'000'000'000'000;

}  // namespace

// touch_atime() with relatime_need_update(): only if the last access is not after the last change, or a day
// old.
void SuperBlock::update_atime(Thread& t, const RegularFile& file) {
  Inode& inode = *file.inode();
  if (file.flags & open_flag::noatime) return;
  if (inode.atime > inode.mtime && inode.atime > inode.ctime && t.now().ps - inode.atime.ps < kDayPs) return;
  const std::uint64_t mount_flags = file.path()->mount ? file.path()->mount->flags : 0;
  if (read_only || (mount_flags & (mount_flag::noatime | mount_flag::rdonly))) return;
  const bool same_tick = inode.atime.ps / kJiffyPs == t.now().ps / kJiffyPs;
  inode.atime = t.now();
  if (same_tick) return;
  t.charge(cost.dirty_inode);
  inode_dirtied(inode);
}

// file_update_time().
void SuperBlock::update_mtime(Thread* t, Inode& inode) {
  const sim::Time time = now(t);
  const bool same_tick = inode.mtime.ps / kJiffyPs == time.ps / kJiffyPs && inode.mtime.ps != 0;
  inode.mtime = inode.ctime = time;
  if (same_tick) return;
  charge(t, cost.dirty_inode);
  inode_dirtied(inode);
}

}  // namespace isosim::kernel
