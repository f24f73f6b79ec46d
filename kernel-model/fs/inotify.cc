#include "kernel-model/fs/inotify.h"

#include <algorithm>

#include "kernel-model/fs/dentry.h"
#include "kernel-model/fs/super_block.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/ipc/wait.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

namespace {

void tell(Kernel& k, Thread* t, Inode& inode, std::string_view name, std::uint32_t mask,
          std::uint32_t cookie) {
  const std::uint32_t kind = mask & notify::all_events;
  const auto watches = inode.watches->watches;  // queueing wakes readers, who may change the list
  for (const auto& watch : watches) {
    if (watch.mask & kind) {
      watch.instance->queue(k, t, {watch.descriptor, mask, cookie, std::string(name)});
      if ((watch.mask & notify::oneshot) && t) watch.instance->remove(k, *t, watch.descriptor);
    }
  }
}

}  // namespace

void notify_event_slow(Kernel& k, Thread* t, Inode* inode, const Dentry* dentry, std::string_view name,
                       std::uint32_t mask, std::uint32_t cookie) {
  if (dentry && dentry->parent && dentry->parent->inode && dentry->parent->inode->watches) {
    tell(k, t, *dentry->parent->inode, name, mask, cookie);
  }
  if (inode && inode->watches) tell(k, t, *inode, {}, mask, cookie);
}

void notify_gone(Kernel& k, Thread* t, Inode& inode) {
  if (!inode.watches) return;
  tell(k, t, inode, {}, notify::delete_self, 0);
  const auto watches = std::move(inode.watches->watches);
  inode.watches.reset();
  for (const auto& watch : watches) {
    std::erase_if(watch.instance->watched_,
                  [&](const auto& entry) { return entry.first == watch.descriptor; });
    watch.instance->queue(k, t, {watch.descriptor, notify::ignored, 0, {}});
  }
}

std::int64_t InotifyFile::read(Kernel& k, Thread& t, const Io& io) {
  if (queue_.empty() && ((flags & open_flag::nonblock) || io.nonblock)) return -EAGAIN_;
  if (const std::int64_t error =
          wait_interruptible(k, t, readers_, WaitQueue::any, true, [this] { return !queue_.empty(); }))
    return error;
  std::uint64_t bytes = 0, events = 0;
  while (!queue_.empty() && bytes + queue_.front().bytes() <= io.length) {
    bytes += queue_.front().bytes();
    queue_.pop_front();
    ++events;
  }
  t.charge(k.vfs->paths.inotify_event, events);
  return bytes == 0 ? -EINVAL_ : static_cast<std::int64_t>(bytes);
}

std::int64_t InotifyFile::ioctl(Kernel& /*k*/, Thread& /*t*/, std::uint64_t request,
                                std::uint64_t /*argument*/, Out& out) {
  if (request != 0x541B) return -ENOTTY_;  // FIONREAD
  out.value = 0;
  for (const auto& event : queue_) out.value += event.bytes();
  return 0;
}

std::uint32_t InotifyFile::poll(Thread& /*t*/) { return queue_.empty() ? 0 : poll_bit::readable; }

void InotifyFile::release(Kernel& /*k*/, Thread& /*t*/) {
  for (auto& [descriptor, inode] : watched_) {
    if (!inode->watches) continue;
    std::erase_if(inode->watches->watches, [this](const auto& watch) { return watch.instance == this; });
    if (inode->watches->watches.empty()) inode->watches.reset();
  }
  watched_.clear();
}

std::int32_t InotifyFile::watch(Ref<Inode> inode, std::uint32_t mask) {
  if (!inode->watches) inode->watches = std::make_unique<InodeWatches>();
  for (auto& watch : inode->watches->watches) {
    if (watch.instance == this) {
      watch.mask = (mask & notify::mask_add) ? watch.mask | mask : mask;
      return watch.descriptor;
    }
  }
  inode->watches->watches.push_back({this, next_descriptor_, mask});
  watched_.emplace_back(next_descriptor_, std::move(inode));
  return next_descriptor_++;
}

std::int64_t InotifyFile::remove(Kernel& k, Thread& t, std::int32_t descriptor) {
  const auto found =
      std::find_if(watched_.begin(), watched_.end(), [&](const auto& e) { return e.first == descriptor; });
  if (found == watched_.end()) return -EINVAL_;
  const Ref<Inode> inode = found->second;
  watched_.erase(found);
  std::erase_if(inode->watches->watches, [this](const auto& watch) { return watch.instance == this; });
  if (inode->watches->watches.empty()) inode->watches.reset();
  queue(k, &t, {descriptor, notify::ignored, 0, {}});
  return 0;
}

// inotify_merge(): an event equal to the last one in the queue is dropped.
void InotifyFile::queue(Kernel& k, Thread* t, Event event) {
  if (!queue_.empty()) {
    const Event& last = queue_.back();
    if (last.descriptor == event.descriptor && last.mask == event.mask && last.cookie == event.cookie &&
        last.name == event.name) {
      return;
    }
  }
  if (queue_.size() == kMaxQueued) event = {-1, notify::q_overflow, 0, {}};
  if (queue_.size() > kMaxQueued) return;
  queue_.push_back(std::move(event));
  const Ref<InotifyFile> hold(this);
  if (t) t->charge(k.vfs->paths.inotify_event, 1);
  readers_.wake(k, t, WaitQueue::all, poll_bit::readable);
}

}  // namespace isosim::kernel
