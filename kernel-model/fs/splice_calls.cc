// sendfile, copy_file_range, splice, tee: pages move between files without a copy to user memory.
#include "kernel-model/fs/calls.h"
#include "kernel-model/fs/super_block.h"
#include "kernel-model/fs/vfs.h"

namespace isosim::kernel {

namespace {

constexpr std::uint64_t kSpliceChunk =
    16 * kPageSize;  // the pages that the internal pipe holds (PIPE_DEF_BUFFERS)

struct End {
  Ref<File> file;
  const FileOffset* offset = nullptr;  // null: the descriptor's position

  [[nodiscard]] std::uint64_t start() const { return offset ? offset->value : file->position; }
};

// Moves up to `length` bytes; what the destination does not take goes back to a seekable source's position.
std::int64_t move(Kernel& k, Thread& t, const End& in, const End& out, std::uint64_t length, bool nonblock,
                  std::uint64_t& in_position, std::uint64_t& out_position) {
  std::uint64_t moved = 0;
  while (moved < length) {
    const std::uint64_t want = std::min(kSpliceChunk, length - moved);
    t.charge(k.vfs->paths.sendfile, (want + kPageSize - 1) / kPageSize);
    const Io from{.length = want, .position = in_position, .nonblock = nonblock};
    const std::int64_t got = in.file->read(k, t, from);
    if (got <= 0) return moved ? static_cast<std::int64_t>(moved) : got;
    const auto bytes = static_cast<std::uint64_t>(got);
    std::uint64_t given = 0;
    while (given < bytes) {
      const Io to{.length = bytes - given, .position = out_position, .nonblock = nonblock};
      const std::int64_t put = out.file->write(k, t, to);
      if (put <= 0) {
        in_position += given;
        moved += given;
        return moved ? static_cast<std::int64_t>(moved) : put;
      }
      given += static_cast<std::uint64_t>(put);
      out_position += static_cast<std::uint64_t>(put);
    }
    in_position += bytes;
    moved += bytes;
    if (bytes < want) break;
  }
  return static_cast<std::int64_t>(moved);
}

std::int64_t run(Kernel& k, Thread& t, Sys& s, const End& in, const End& out, std::uint64_t length,
                 bool nonblock) {
  std::uint64_t from = in.start(), to = out.start();
  const std::int64_t moved = move(k, t, in, out, std::min(length, kMaxTransfer), nonblock, from, to);
  if (moved > 0) {
    if (in.offset) s.out.value = from;
    if (!in.offset && in.file->seekable()) in.file->position = from;
    if (!out.offset && out.file->seekable()) out.file->position = to;
  }
  return moved;
}

std::int64_t sys_sendfile(Kernel& k, Thread& t, Sys& s) {
  const End out{Ref<File>(t.process->files->get(s.fd(0)))};
  const End in{Ref<File>(t.process->files->get(s.fd(1))), s.get<FileOffset>(2)};
  t.charge(k.vfs->paths.read);
  if (!in.file || !in.file->readable() || !out.file || !out.file->writable()) return -EBADF_;
  if (in.offset && !in.file->seekable()) return -ESPIPE_;
  if (!in.file->inode() || in.file->is_pipe() || in.file->inode()->is_directory()) return -EINVAL_;
  if (out.file->flags & open_flag::append) return -EINVAL_;
  return run(k, t, s, in, out, s.arg[3], (out.file->flags & open_flag::nonblock) != 0);
}

std::int64_t sys_copy_file_range(Kernel& k, Thread& t, Sys& s) {
  const End in{Ref<File>(t.process->files->get(s.fd(0))), s.get<FileOffset>(1)};
  const End out{Ref<File>(t.process->files->get(s.fd(2))), s.get<FileOffset>(3)};
  t.charge(k.vfs->paths.read);
  if (!in.file || !out.file) return -EBADF_;
  if (!in.file->readable() || !out.file->writable() || (out.file->flags & open_flag::append)) return -EBADF_;
  if (s.arg[5]) return -EINVAL_;
  if (!in.file->inode() || !out.file->inode()) return -EINVAL_;
  if (in.file->inode()->is_directory() || out.file->inode()->is_directory()) return -EISDIR_;
  if (!in.file->inode()->is_regular() || !out.file->inode()->is_regular()) return -EINVAL_;
  if (&in.file->inode()->sb != &out.file->inode()->sb) return -EXDEV_;  // until Linux 5.3
  return run(k, t, s, in, out, s.arg[4], false);
}

std::int64_t sys_splice(Kernel& k, Thread& t, Sys& s) {
  constexpr std::uint64_t kNonblock = 2, kAll = 15;
  const End in{Ref<File>(t.process->files->get(s.fd(0))), s.get<FileOffset>(1)};
  const End out{Ref<File>(t.process->files->get(s.fd(2))), s.get<FileOffset>(3)};
  t.charge(k.vfs->paths.read);
  if (s.arg[5] & ~kAll) return -EINVAL_;
  if (s.arg[4] == 0) return 0;
  if (!in.file || !out.file || !in.file->readable() || !out.file->writable()) return -EBADF_;
  if (!in.file->is_pipe() && !out.file->is_pipe()) return -EINVAL_;
  if ((in.file->is_pipe() && in.offset) || (out.file->is_pipe() && out.offset)) return -ESPIPE_;
  if (out.file->flags & open_flag::append) return -EINVAL_;
  std::uint64_t length = s.arg[4];
  if (in.file->is_pipe() && in.file->buffered()) length = std::min(length, in.file->buffered());
  if (out.file->is_pipe()) length = std::min(length, kSpliceChunk);
  return run(k, t, s, in, out, length, (s.arg[5] & kNonblock) != 0);
}

std::int64_t sys_tee(Kernel& k, Thread& t, Sys& s) {
  const Ref<File> in(t.process->files->get(s.fd(0))), out(t.process->files->get(s.fd(1)));
  t.charge(k.vfs->paths.read);
  if (!in || !out || !in->readable() || !out->writable()) return -EBADF_;
  if (!in->is_pipe() || !out->is_pipe() || in == out) return -EINVAL_;
  const std::uint64_t bytes = std::min(s.arg[2], in->buffered());
  if (bytes == 0) return (in->poll(t) & poll_bit::hup) ? 0 : -EAGAIN_;
  t.charge(k.vfs->paths.sendfile, (bytes + kPageSize - 1) / kPageSize);
  return out->write(k, t, {.length = bytes, .nonblock = (s.arg[3] & 2) != 0});
}

}  // namespace

void register_splice_calls(SyscallTable& table) {
  table.set(nr::sendfile, sys_sendfile);
  table.set(nr::copy_file_range, sys_copy_file_range);
  table.set(nr::splice, sys_splice);
  table.set(nr::tee, sys_tee);
}

}  // namespace isosim::kernel
