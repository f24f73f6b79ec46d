// Pipes and FIFOs (fs/pipe.c, Linux 4.4): a ring of page buffers, one wait queue, one mutex.
#pragma once

#include <cstdint>
#include <vector>

#include "kernel-model/fs/inode.h"
#include "kernel-model/ipc/mutex.h"
#include "kernel-model/sched/wait_queue.h"

namespace isosim::kernel {

class Pipe final : public InodeObject {
 public:
  static constexpr std::uint64_t kPage = 4096;
  static constexpr std::uint64_t kDefaultBuffers = 16;  // PIPE_DEF_BUFFERS

  struct Buffer {
    std::uint32_t page;    // which of the pipe's pages, so that the CPU's caches know the data again
    std::uint32_t offset;  // in the page
    std::uint32_t length;
    bool can_merge;  // an anonymous page of a write; spliced pages are not appended to
  };

  Pipe(std::uint64_t inode_number, std::uint64_t object_id) : inode(inode_number), object(object_id) {}

  const std::uint64_t inode;
  const std::uint64_t object;                // names the pages for Cpu::copy
  std::uint64_t capacity = kDefaultBuffers;  // buffers
  int readers = 0, writers = 0;              // open ends
  int reader_opens = 0, writer_opens = 0;    // FIFO: how many ever opened; open() waits for a change
  int waiting_writers = 0;
  bool named = false;  // a FIFO: open() waits for the other side
  Mutex mutex;
  WaitQueue wait;

  [[nodiscard]] bool empty() const { return buffers_.empty(); }
  [[nodiscard]] bool full() const { return buffers_.size() >= capacity; }
  [[nodiscard]] std::size_t count() const { return buffers_.size(); }
  [[nodiscard]] std::uint64_t bytes() const;
  Buffer& front() { return buffers_.front(); }
  Buffer& back() { return buffers_.back(); }
  const Buffer& at(std::size_t i) const { return buffers_[i]; }
  void push(std::uint32_t page, std::uint32_t length, bool can_merge);
  void pop();  // the page goes back to the free ones

  // A free page, the most recently freed first (tmp_page and the per-CPU free lists work so); sets `fresh`
  // when none was kept and the page allocator gives one.
  std::uint32_t take_page(bool& fresh);

 private:
  std::vector<Buffer> buffers_;  // oldest first; at most a few hundred
  std::vector<std::uint32_t> free_;
  std::uint32_t pages_ = 0;
};

// One end of a pipe, or a FIFO's open file (which may be both).
class PipeFile final : public File {
 public:
  PipeFile(Ref<Pipe> shared, std::uint32_t file_flags, Ref<Inode> fifo = nullptr);

  std::int64_t read(Kernel& k, Thread& t, const Io& io) override;
  std::int64_t write(Kernel& k, Thread& t, const Io& io) override;
  std::int64_t ioctl(Kernel& k, Thread& t, std::uint64_t request, std::uint64_t argument, Out& out) override;
  void status(FileStatus& out) const override;
  std::uint32_t poll(Thread& t) override;
  WaitQueue* poll_queue() override { return &pipe->wait; }
  Inode* inode() const override { return fifo_.get(); }
  bool has_iter() const override { return true; }
  bool is_pipe() const override { return true; }
  InodeObject* pipe_object() const override { return pipe.get(); }
  std::uint64_t buffered() const override { return pipe->bytes(); }
  std::int64_t pipe_size(Thread& t, std::uint64_t wanted) override;
  void release(Kernel& k, Thread& t) override;
  std::string describe() const override;

  const Ref<Pipe> pipe;
  int writer_opens_at_open = 0;  // of a FIFO that was opened before any writer: no hang-up until one came

 private:
  const Ref<Inode> fifo_;  // null: an anonymous pipe
};

// open() of a FIFO, whose inode keeps the pipe. Blocks until the other side opens, unless O_NONBLOCK.
// -ENXIO for a write-only non-blocking open without a reader; -ERESTARTSYS.
std::int64_t open_fifo(Thread& t, Inode& inode, std::uint32_t flags, Ref<File>& out);

// Makes both ends without descriptors.
struct PipeEnds {
  Ref<File> reader, writer;
};
PipeEnds make_pipe(Kernel& k, std::uint32_t flags);

}  // namespace isosim::kernel
