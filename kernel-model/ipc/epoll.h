// An epoll instance (fs/eventpoll.c): what it watches, and the list of what became ready.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "kernel-model/ipc/epoll_item.h"
#include "sim/time.h"

namespace isosim::kernel {

class EpollFile final : public File {
 public:
  ~EpollFile() override;

  // epoll_ctl(2) on `file`, which `fd` names: -EEXIST, -ENOENT, -EPERM (a file that is always ready), -ELOOP.
  std::int64_t add(Kernel& k, Thread& t, File& file, std::int32_t fd, const EpollEvent& event);
  std::int64_t modify(Kernel& k, Thread& t, File& file, std::int32_t fd, const EpollEvent& event);
  std::int64_t remove(Kernel& k, Thread& t, File& file, std::int32_t fd);

  // epoll_wait(2): the number of events put into `out`; 0 at the deadline; -EINTR.
  std::int64_t wait(Kernel& k, Thread& t, std::size_t max_events, sim::Time deadline,
                    std::vector<EpollEvent>& out);

  // Under which descriptor it watches what has this data; -1 if nothing has.
  [[nodiscard]] std::int32_t watched_as(std::uint64_t data) const;

  std::uint32_t poll(Thread& t) override;
  WaitQueue* poll_queue() override { return &pollers_; }
  void release(Kernel& k, Thread& t) override;
  void status(FileStatus& out) const override;
  std::string describe() const override { return "anon_inode:[eventpoll]"; }

  // An item's file announced an event; `waker` as in WakeListener.
  void announce(Kernel& k, Thread* waker, EpollItem& item);
  void detach(EpollItem& item);  // takes it out of all lists and frees it

 private:
  using Items = std::vector<std::unique_ptr<EpollItem>>;

  Items::iterator find(const File& file, std::int32_t fd);
  bool watches(const File& file, std::int32_t fd, const EpollItem& item);
  void check(Kernel& k, Thread& t, EpollItem& item);  // puts it into the ready list if it is ready now
  std::int64_t send_events(Kernel& k, Thread& t, std::size_t max_events, std::vector<EpollEvent>& out);
  [[nodiscard]] bool reaches(const EpollFile& other, int depth) const;

  Items items_;  // by descriptor
  std::deque<EpollItem*> ready_;
  WaitQueue waiters_;  // epoll_wait
  WaitQueue pollers_;  // poll, and the instances that watch this one
};

}  // namespace isosim::kernel
