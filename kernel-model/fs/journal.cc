#include "kernel-model/fs/journal.h"

#include <algorithm>

#include "kernel-model/kernel.h"
#include "kernel-model/process/process_table.h"

namespace isosim::kernel {

namespace {

constexpr sim::Time kCommitInterval = sim::milliseconds(5000);  // JBD2_DEFAULT_MAX_COMMIT_AGE

}  // namespace

struct Journal::Timer final : sim::Event {
  explicit Timer(Journal& its_journal) : journal(its_journal) {}
  void fire(sim::Time) override {
    journal.requested_ = std::max(journal.requested_, journal.running_);
    journal.idle_.wake(journal.kernel_, nullptr);
  }
  Journal& journal;
};

Journal::Journal(Kernel& kernel, BlockQueue& queue, std::uint64_t first_sector, std::uint64_t bytes)
    : kernel_(kernel),
      queue_(queue),
      commit_path_(kernel.path("ext4.journal_commit")),
      first_sector_(first_sector),
      bytes_(bytes),
      timer_(new Timer(*this)) {}

Journal::~Journal() {
  if (timer_->pending()) kernel_.engine.cancel(*timer_);
}

std::uint64_t Journal::dirty(std::uint64_t blocks) {
  if (blocks_ == 0 && kernel_.engine.current())
    kernel_.engine.schedule(*timer_, kernel_.engine.now() + kCommitInterval);
  blocks_ += blocks;
  return running_;
}

void Journal::start_thread() {
  if (thread_) return;
  thread_ = &kernel_.procs->kthread("jbd2/sda1-8", [this](Thread& t) { work(t); });
}

void Journal::wait_for(Thread& t, std::uint64_t id) {
  if (committed_ >= id) return;
  start_thread();
  requested_ = std::max(requested_, id);
  idle_.wake(kernel_, &t);
  done_.wait_event(kernel_, t, [&] { return committed_ >= id; });
}

void Journal::work(Thread& t) {
  while (true) {
    idle_.wait_event(
        kernel_, t, [this] { return requested_ > committed_; }, RunState::interruptible);
    commit(t);
  }
}

// jbd2_journal_commit_transaction(): descriptor and metadata blocks in one stream, then the commit block
// behind a flush, itself forced through the drive's cache.
void Journal::commit(Thread& t) {
  const std::uint64_t id = running_++;
  const std::uint64_t blocks = blocks_;
  blocks_ = 0;
  if (timer_->pending()) kernel_.engine.cancel(*timer_);
  t.charge(commit_path_, blocks);
  if (blocks > 0) {
    std::uint64_t left = (blocks + 1) * 4096;
    while (left > 0) {
      if (head_ + std::min(left, BlockQueue::kMaxBytes) > bytes_) head_ = 0;
      const std::uint64_t bytes = std::min(left, BlockQueue::kMaxBytes);
      queue_.wait(t, queue_.submit(t, cpu::BlockOp::write, first_sector_ + head_ / 512, bytes));
      head_ += bytes;
      left -= bytes;
    }
    queue_.wait(t, queue_.submit(t, cpu::BlockOp::flush, 0, 0));
    if (head_ + 4096 > bytes_) head_ = 0;
    queue_.wait(t, queue_.submit(t, cpu::BlockOp::write, first_sector_ + head_ / 512, 4096));
    head_ += 4096;
    queue_.wait(t, queue_.submit(t, cpu::BlockOp::flush, 0, 0));
  }
  committed_ = id;
  done_.wake(kernel_, &t);
}

}  // namespace isosim::kernel
