// The block layer between a file system and a disk: submits requests, takes their completion interrupts.
#pragma once

#include <functional>
#include <vector>

#include "cpu/block_device.h"
#include "kernel-model/fs/file.h"
#include "kernel-model/sched/interrupt.h"
#include "kernel-model/sched/wait_queue.h"
#include "sim/path.h"

namespace isosim::kernel {

class BlockQueue;

using EndIo = std::function<void(Irq&)>;  // bio->bi_end_io: in interrupt context, before waiters run

// A request on its way, from submit_bio() to the end of its completion interrupt.
class BlockIo final : public Counted<BlockIo>, public sim::Event {
 public:
  BlockIo(BlockQueue& queue, EndIo finish) : queue_(queue), finish_(std::move(finish)) {}
  void fire(sim::Time now) override;
  [[nodiscard]] bool done() const { return done_; }

 private:
  friend class BlockQueue;
  BlockQueue& queue_;
  EndIo finish_;
  WaitQueue waiters_;
  bool done_ = false;
  int cpu_ = 0;
};

class BlockQueue {
 public:
  static constexpr std::uint64_t kMaxBytes = 2560 * 512;  // BLK_DEF_MAX_SECTORS since Linux 4.3

  BlockQueue(Kernel& kernel, cpu::BlockDevice& device);

  // `bytes` at most kMaxBytes; the device works on it from now on. A flush has no `finish`.
  Ref<BlockIo> submit(Thread& t, cpu::BlockOp op, std::uint64_t sector, std::uint64_t bytes,
                      EndIo finish = {});
  void wait(Thread& t, const Ref<BlockIo>& io);

  [[nodiscard]] cpu::BlockDevice& device() { return device_; }

 private:
  friend class BlockIo;
  Kernel& kernel_;
  cpu::BlockDevice& device_;
  sim::PathId submit_, complete_;
  std::vector<Ref<BlockIo>> pending_;
};

}  // namespace isosim::kernel
