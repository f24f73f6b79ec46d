#include "kernel-model/fs/writeback.h"

#include <algorithm>

#include "kernel-model/fs/ext4.h"
#include "kernel-model/kernel.h"
#include "kernel-model/process/process_table.h"

namespace isosim::kernel {

namespace {

// vm.dirty_writeback_centisecs and dirty_expire_centisecs; an inode that was dirtied is written after it
// expires.
constexpr sim::Time kInterval = sim::milliseconds(5'000), kExpire = sim::milliseconds(30'000);
constexpr sim::Time kMaxPause = sim::milliseconds(200);
constexpr std::uint64_t kBackgroundPercent = 10,
                        kLimitPercent = 20;  // vm.dirty_background_ratio, dirty_ratio

}  // namespace

struct Writeback::Timer final : sim::Event {
  explicit Timer(Writeback& its_writeback) : writeback(its_writeback) {}
  void fire(sim::Time) override {
    writeback.kicked_ = true;
    writeback.idle_.wake(writeback.kernel_, nullptr);
  }
  Writeback& writeback;
};

Writeback::Writeback(Kernel& kernel) : kernel_(kernel), timer_(new Timer(*this)) {
  const auto memory = static_cast<std::uint64_t>(kernel.cpu.spec().memory_bytes);
  const std::uint64_t pages = (memory ? memory : 1ull << 36) / 4096;
  background_ = pages * kBackgroundPercent / 100;
  limit_ = pages * kLimitPercent / 100;
}

Writeback::~Writeback() {
  if (timer_->pending()) kernel_.engine.cancel(*timer_);
}

void Writeback::dirtied(Ext4Inode& inode, std::uint64_t pages) {
  if (dirty_ == 0) {
    start_thread();
    if (!timer_->pending()) kernel_.engine.schedule(*timer_, kernel_.engine.now() + kExpire);
  }
  dirty_ += pages;
  if (!inode.queued) {
    inode.queued = true;
    queue_.emplace_back(&inode);
  }
}

void Writeback::cleaned(std::uint64_t pages) {
  dirty_ -= pages;
  if (!throttled_.empty() && dirty_ <= (background_ + limit_) / 2) throttled_.wake(kernel_, nullptr);
}

// Linux 4.4 paces each writer by its share of the measured disk bandwidth; here a writer sleeps until the
// flusher has come below the middle of the two limits, at most 200 ms at a time: the same mean rate, coarser
// steps.
void Writeback::balance(Thread& t) {
  if (dirty_ <= background_) [[likely]]
    return;
  if (!kicked_) {
    kicked_ = true;
    idle_.wake(kernel_, &t);
  }
  while (dirty_ > (background_ + limit_) / 2) {
    throttled_.sleep(kernel_, t, RunState::uninterruptible, WaitQueue::any, true, t.now() + kMaxPause);
  }
}

void Writeback::start_thread() {
  if (thread_) return;
  thread_ = &kernel_.procs->kthread("kworker/u32:1", [this](Thread& t) { work(t); });
}

void Writeback::work(Thread& t) {
  while (true) {
    idle_.wait_event(
        kernel_, t, [this] { return kicked_; }, RunState::interruptible);
    kicked_ = false;
    flush_some(t);
    if (!queue_.empty() && !timer_->pending()) kernel_.engine.schedule(*timer_, t.now() + kInterval);
  }
}

// wb_writeback(): all that is queued now; what is dirtied meanwhile waits for the next round unless the limit
// is passed.
void Writeback::flush_some(Thread& t) {
  std::size_t inodes = queue_.size();
  while (!queue_.empty() && (inodes-- > 0 || dirty_ > background_)) {
    const Ref<Ext4Inode> inode = queue_.front();
    queue_.pop_front();
    inode->queued = false;
    static_cast<Ext4&>(inode->sb).write_back(t, *inode, 0, ~0ull);
    if (inodes > queue_.size()) inodes = queue_.size();
  }
}

}  // namespace isosim::kernel
