// A terminal or pipe whose other end is outside the trace, as descriptors 0, 1 and 2 mostly are: what is read
// arrives as recorded, what is written leaves.
#pragma once

#include <deque>

#include "kernel-model/net/outside.h"
#include "kernel-model/sched/wait_queue.h"

namespace isosim::kernel {

class RecordedStream final : public File, public OutsideEnd {
 public:
  enum class Kind : std::uint8_t { terminal, pipe };

  RecordedStream(Kernel& its_kernel, Kind its_kind, std::uint32_t file_flags);

  Kernel& kernel;  // whose file it is

  std::int64_t read(Kernel& k, Thread& t, const Io& io) override;
  std::int64_t write(Kernel& k, Thread& t, const Io& io) override;
  std::int64_t ioctl(Kernel& k, Thread& t, std::uint64_t request, std::uint64_t argument, Out& out) override;
  void status(FileStatus& out) const override;
  bool reopens_as_itself() const override { return true; }
  std::uint32_t poll(Thread& t) override;
  WaitQueue* poll_queue() override { return &wait_; }
  void release(Kernel& k, Thread& t) override;
  std::string describe() const override;

  void arrive(Irq& irq, std::uint64_t bytes) override;
  void arrive_connection(Irq&, const SocketAddress&) override {}
  void arrive_end(Irq& irq, int its_error) override;
  void arrive_connected(Irq&, int) override {}
  void arrive_window(Irq& irq, std::uint64_t bytes) override;
  void limit_window(std::uint64_t bytes) override { window_ = bytes; }
  [[nodiscard]] std::uint64_t window() const override { return window_; }
  void mark_outside() override {}
  int interrupt_cpu(const Kernel&) const override { return 0; }
  void close_unpaid(Kernel&) override {}

 private:
  const Kind kind_;
  const std::uint64_t number_;
  std::deque<std::uint64_t> chunks_;  // a read of a terminal gets at most one line, which is one of these
  std::uint64_t window_ = ~0ull;
  bool ended_ = false;
  WaitQueue wait_;
};

}  // namespace isosim::kernel
