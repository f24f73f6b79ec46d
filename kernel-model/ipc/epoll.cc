#include "kernel-model/ipc/epoll.h"

#include <algorithm>

#include "kernel-model/ipc/held_file.h"
#include "kernel-model/ipc/ipc_state.h"
#include "kernel-model/ipc/wait.h"

namespace isosim::kernel {

namespace {

constexpr std::uint32_t kEpollWakeup = 1u << 29;
constexpr std::uint32_t kPrivateBits =
    kEpollWakeup | poll_bit::oneshot | poll_bit::edge | poll_bit::exclusive;
constexpr int kMaxNests = 4;  // EP_MAX_NESTS

}  // namespace

EpollFile::~EpollFile() {
  while (!items_.empty()) detach(*items_.back());
}

std::int32_t EpollFile::watched_as(std::uint64_t data) const {
  const auto found =
      std::find_if(items_.begin(), items_.end(), [data](const auto& item) { return item->data == data; });
  return found == items_.end() ? -1 : (*found)->fd;
}

EpollFile::Items::iterator EpollFile::find(const File& file, std::int32_t fd) {
  auto at =
      std::lower_bound(items_.begin(), items_.end(), fd,
                       [](const std::unique_ptr<EpollItem>& item, std::int32_t n) { return item->fd < n; });
  while (at != items_.end() && (*at)->fd == fd && (*at)->file != &file) ++at;
  return at != items_.end() && (*at)->fd == fd ? at : items_.end();
}

bool EpollFile::reaches(const EpollFile& other, int depth) const {
  if (this == &other || depth > kMaxNests) return true;
  return std::any_of(items_.begin(), items_.end(), [&](const std::unique_ptr<EpollItem>& item) {
    const auto* nested = dynamic_cast<const EpollFile*>(item->file);
    return nested && nested->reaches(other, depth + 1);
  });
}

std::int64_t EpollFile::add(Kernel& k, Thread& t, File& file, std::int32_t fd, const EpollEvent& event) {
  t.charge(k.ipc->paths.epoll_add);
  const auto* nested = dynamic_cast<const EpollFile*>(&file);
  if ((event.events & poll_bit::exclusive) && (nested || (event.events & poll_bit::oneshot))) return -EINVAL_;
  if (nested && nested->reaches(*this, 0)) return -ELOOP_;
  if (find(file, fd) != items_.end()) return -EEXIST_;
  auto made = std::make_unique<EpollItem>();
  EpollItem& item = *made;
  item.owner = this;
  item.file = &file;
  item.fd = fd;
  item.events = event.events | poll_bit::err | poll_bit::hup;
  item.data = event.data;
  item.next_watcher = file.watchers;
  file.watchers = &item;
  const auto at = std::upper_bound(items_.begin(), items_.end(), fd,
                                   [](std::int32_t n, const auto& other) { return n < other->fd; });
  items_.insert(at, std::move(made));
  file.poll_queue()->add(item, item.events, event.events & poll_bit::exclusive);
  file.waiters_changed(t);
  check(k, t, item);
  return 0;
}

std::int64_t EpollFile::modify(Kernel& k, Thread& t, File& file, std::int32_t fd, const EpollEvent& event) {
  t.charge(k.ipc->paths.epoll_modify);
  const auto at = find(file, fd);
  if (at == items_.end()) return -ENOENT_;
  if ((event.events | (*at)->events) & poll_bit::exclusive) return -EINVAL_;
  (*at)->events = event.events | poll_bit::err | poll_bit::hup;
  (*at)->data = event.data;
  file.poll_queue()->change(**at, (*at)->events);
  file.waiters_changed(t);
  check(k, t, **at);
  return 0;
}

std::int64_t EpollFile::remove(Kernel& k, Thread& t, File& file, std::int32_t fd) {
  t.charge(k.ipc->paths.epoll_delete);
  const auto at = find(file, fd);
  if (at == items_.end()) return -ENOENT_;
  const HeldFile held(t, (*at)->file);
  detach(**at);
  held->waiters_changed(t);
  return 0;
}

void EpollFile::check(Kernel& k, Thread& t, EpollItem& item) {
  const HeldFile held(t, item.file);
  if (held->poll(t) & item.events) announce(k, &t, item);
}

// The second half of ep_poll_callback().
void EpollFile::announce(Kernel& k, Thread* waker, EpollItem& item) {
  if (!item.ready) {
    item.ready = true;
    ready_.push_back(&item);
  }
  const Ref<EpollFile> held(this);
  if (!waiters_.empty()) waiters_.wake(k, waker, 1);
  if (!pollers_.empty()) pollers_.wake(k, waker, WaitQueue::all, poll_bit::readable);
}

bool EpollItem::on_wake(Kernel& kernel, Thread* waker, std::uint32_t wake_events) {
  if (!(events & ~kPrivateBits & wake_events)) return false;
  EpollFile& instance = *owner;
  if (waker) {
    const Ref<EpollFile> held(&instance);
    const File* watched = file;
    waker->charge(kernel.ipc->paths.epoll_callback);
    // While time passed another thread may have ended this watch.
    for (EpollItem* item = watched->watchers; item; item = item->next_watcher) {
      if (item == this) {
        instance.announce(kernel, waker, *this);
        return true;
      }
    }
    return false;
  }
  instance.announce(kernel, waker, *this);
  return true;
}

void EpollFile::detach(EpollItem& item) {
  if (item.file) {
    if (WaitQueue* queue = item.file->poll_queue()) queue->remove(item);
    EpollItem** link = &item.file->watchers;
    while (*link != &item) link = &(*link)->next_watcher;
    *link = item.next_watcher;
  }
  if (item.ready) std::erase(ready_, &item);
  std::erase_if(items_, [&](const std::unique_ptr<EpollItem>& other) { return other.get() == &item; });
}

void eventpoll_release(Kernel& k, Thread& t, File& file) {
  while (file.watchers) {
    t.charge(k.ipc->paths.epoll_delete);
    if (file.watchers) file.watchers->owner->detach(*file.watchers);
  }
}

void EpollFile::release(Kernel& k, Thread& t) {
  t.charge(k.ipc->paths.epoll_release);
  while (!items_.empty()) {
    t.charge(k.ipc->paths.epoll_delete);
    if (!items_.empty()) detach(*items_.back());
  }
}

void EpollFile::status(FileStatus& out) const {
  out = {};
  out.mode = 0600;
  out.links = 1;
}

}  // namespace isosim::kernel
