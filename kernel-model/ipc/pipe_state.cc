#include <algorithm>
#include <bit>

#include "kernel-model/ipc/ipc_state.h"
#include "kernel-model/ipc/pipe.h"
#include "kernel-model/ipc/wait.h"

namespace isosim::kernel {

std::uint64_t Pipe::bytes() const {
  std::uint64_t sum = 0;
  for (const Buffer& buffer : buffers_) sum += buffer.length;
  return sum;
}

void Pipe::push(std::uint32_t page, std::uint32_t length, bool can_merge) {
  buffers_.push_back({page, 0, length, can_merge});
}

void Pipe::pop() {
  free_.push_back(buffers_.front().page);
  buffers_.erase(buffers_.begin());
}

std::uint32_t Pipe::take_page(bool& fresh) {
  // Linux 4.4 keeps one freed page (tmp_page); others come from the CPU's free list, which hands out what was
  // freed last.
  fresh = free_.size() != 1;
  if (free_.empty()) return pages_++;
  const std::uint32_t page = free_.back();
  free_.pop_back();
  return page;
}

PipeEnds make_pipe(Kernel& k, std::uint32_t flags) {
  const std::uint64_t inode = k.ipc->next_inode();
  const Ref<Pipe> pipe(new Pipe(inode, IpcState::object(inode)));
  pipe->readers = pipe->writers = 1;
  pipe->reader_opens = pipe->writer_opens = 1;
  const std::uint32_t kept = flags & (open_flag::nonblock | open_flag::direct);
  return {Ref<File>(new PipeFile(pipe, kept)), Ref<File>(new PipeFile(pipe, kept | open_flag::wronly))};
}

// pipe_set_size(), round_pipe_size(); /proc/sys/fs/pipe-max-size is 1 MiB.
std::int64_t PipeFile::pipe_size(Thread& t, std::uint64_t wanted) {
  constexpr std::uint64_t kMaxSize = 1 << 20;
  constexpr std::uint64_t kCapSysResource = 1ull << 24;
  if (wanted == 0) return static_cast<std::int64_t>(pipe->capacity * Pipe::kPage);
  if (wanted > 1ull << 31) return -EINVAL_;
  const std::uint64_t pages = std::bit_ceil((wanted + Pipe::kPage - 1) / Pipe::kPage);
  if (pages * Pipe::kPage > kMaxSize && !(t.process->credentials.capabilities & kCapSysResource))
    return -EPERM_;
  const MutexGuard guard(pipe->mutex, t.kernel, t);
  t.charge(t.kernel.ipc->paths.pipe_resize);
  if (pipe->count() > pages) return -EBUSY_;
  pipe->capacity = pages;
  return static_cast<std::int64_t>(pages * Pipe::kPage);
}

namespace {

void count_open(Pipe& pipe, bool reads, bool writes) {
  if (reads) ++pipe.readers, ++pipe.reader_opens;
  if (writes) ++pipe.writers, ++pipe.writer_opens;
}

}  // namespace

// fifo_open()
std::int64_t open_fifo(Thread& t, Inode& inode, std::uint32_t flags, Ref<File>& out) {
  Kernel& k = t.kernel;
  t.charge(k.ipc->paths.fifo_open);
  if (!inode.object) {
    const std::uint64_t number = k.ipc->next_inode();
    inode.object.reset(new Pipe(number, IpcState::object(number)));
    static_cast<Pipe&>(*inode.object).named = true;
  }
  const Ref<Pipe> pipe(static_cast<Pipe*>(inode.object.get()));
  const std::uint32_t access = flags & open_flag::accmode;
  const bool reads = access != open_flag::wronly;
  const bool writes = access != 0;
  const bool nonblock = flags & open_flag::nonblock;
  if (pipe->named && writes && !reads && nonblock && pipe->readers == 0) return -ENXIO_;

  const int seen_writers = pipe->writer_opens;
  const int seen_readers = pipe->reader_opens;
  count_open(*pipe, reads, writes);
  const Ref<PipeFile> file(
      new PipeFile(pipe, flags & (open_flag::accmode | open_flag::nonblock), Ref<Inode>(&inode)));
  if (nonblock && pipe->writers == 0) file->writer_opens_at_open = pipe->writer_opens;
  pipe->wait.wake(k, &t);
  std::int64_t error = 0;
  if (pipe->named && !nonblock && reads && !writes && pipe->writers == 0) {
    error = wait_interruptible(k, t, pipe->wait, WaitQueue::any, false,
                               [&] { return pipe->writer_opens != seen_writers; });
  } else if (pipe->named && writes && !reads && pipe->readers == 0) {
    error = wait_interruptible(k, t, pipe->wait, WaitQueue::any, false,
                               [&] { return pipe->reader_opens != seen_readers; });
  }
  if (error < 0) {
    put_file(k, t, file);
    return error;
  }
  out = file;
  return 0;
}

}  // namespace isosim::kernel
