#include "kernel-model/fs/block_queue.h"

#include "kernel-model/kernel.h"

namespace isosim::kernel {

BlockQueue::BlockQueue(Kernel& kernel, cpu::BlockDevice& device)
    : kernel_(kernel),
      device_(device),
      submit_(kernel.path("block.submit")),
      complete_(kernel.path("block.complete")) {}

Ref<BlockIo> BlockQueue::submit(Thread& t, cpu::BlockOp op, std::uint64_t sector, std::uint64_t bytes,
                                EndIo finish) {
  Ref<BlockIo> io(new BlockIo(*this, std::move(finish)));
  if (op == cpu::BlockOp::flush && !device_.write_cache()) {
    io->done_ = true;  // generic_make_request_checks(): nothing to flush, done at once
    return io;
  }
  t.charge(submit_, bytes / 4096);
  io->cpu_ = t.cpu < 0 ? 0 : t.cpu;
  pending_.push_back(io);
  device_.submit(op, sector, bytes, *io);
  return io;
}

// rq_affinity=1: the completion runs on the CPU that submitted. `pending_` keeps the request alive until
// then.
void BlockIo::fire(sim::Time /*now*/) {
  queue_.kernel_.sched->interrupt(cpu_, [this](Irq& irq) {
    const Ref<BlockIo> self(this);
    irq.charge(queue_.complete_);
    done_ = true;
    std::erase(queue_.pending_, self);
    if (finish_) finish_(irq);
    waiters_.wake(irq.kernel, nullptr);
  });
}

void BlockQueue::wait(Thread& t, const Ref<BlockIo>& io) {
  io->waiters_.wait_event(kernel_, t, [&io] { return io->done_; });
}

}  // namespace isosim::kernel
