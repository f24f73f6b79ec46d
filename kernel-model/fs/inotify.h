// inotify: watches on inodes, and the queue of an instance that their events go to.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "kernel-model/fs/dentry.h"
#include "kernel-model/fs/file.h"
#include "kernel-model/sched/wait_queue.h"

namespace isosim::kernel {

class InotifyFile;

// inotify(7) masks.
namespace notify {
inline constexpr std::uint32_t access = 1, modify = 2, attrib = 4, close_write = 8, close_nowrite = 0x10,
                               open = 0x20, moved_from = 0x40, moved_to = 0x80, create = 0x100,
                               delete_ = 0x200, delete_self = 0x400, move_self = 0x800, q_overflow = 0x4000,
                               ignored = 0x8000, isdir = 0x40000000, mask_add = 0x20000000,
                               oneshot = 0x80000000, all_events = 0xFFF;
}

struct InodeWatches {
  struct Watch {
    InotifyFile* instance;
    std::int32_t descriptor;
    std::uint32_t mask;
  };
  std::vector<Watch> watches;
};

class InotifyFile final : public File {
 public:
  struct Event {
    std::int32_t descriptor;
    std::uint32_t mask;
    std::uint32_t cookie;
    std::string name;
    [[nodiscard]] std::uint64_t bytes() const {
      return 16 + (name.empty() ? 0 : (name.size() + 16) / 16 * 16);
    }
  };

  std::int64_t read(Kernel& k, Thread& t, const Io& io) override;
  std::int64_t ioctl(Kernel& k, Thread& t, std::uint64_t request, std::uint64_t argument, Out& out) override;
  [[nodiscard]] std::uint32_t poll(Thread& t) override;
  [[nodiscard]] WaitQueue* poll_queue() override { return &readers_; }
  void release(Kernel& k, Thread& t) override;
  [[nodiscard]] std::string describe() const override { return "anon_inode:inotify"; }

  std::int32_t watch(Ref<Inode> inode, std::uint32_t mask);            // the watch descriptor
  std::int64_t remove(Kernel& k, Thread& t, std::int32_t descriptor);  // -EINVAL if there is none
  void queue(Kernel& k, Thread* t, Event event);

 private:
  friend void notify_gone(Kernel& k, Thread* t, Inode& inode);
  static constexpr std::size_t kMaxQueued = 16384;  // fs.inotify.max_queued_events
  std::vector<std::pair<std::int32_t, Ref<Inode>>> watched_;
  std::deque<Event> queue_;
  WaitQueue readers_;
  std::int32_t next_descriptor_ = 1;
};

// fsnotify(): tells the watchers of `inode` itself and, with its name, those of the directory that holds
// `dentry`. Either may be null.
void notify_event_slow(Kernel& k, Thread* t, Inode* inode, const Dentry* dentry, std::string_view name,
                       std::uint32_t mask, std::uint32_t cookie);
inline void notify_event(Kernel& k, Thread* t, Inode* inode, const Dentry* dentry, std::string_view name,
                         std::uint32_t mask, std::uint32_t cookie = 0) {
  const bool parent_watched =
      dentry && dentry->parent && dentry->parent->inode && dentry->parent->inode->watches;
  if ((inode && inode->watches) || parent_watched) notify_event_slow(k, t, inode, dentry, name, mask, cookie);
}
// The inode's last link went: IN_DELETE_SELF, IN_IGNORED, and its watches are gone.
void notify_gone(Kernel& k, Thread* t, Inode& inode);

}  // namespace isosim::kernel
