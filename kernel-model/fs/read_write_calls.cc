#include "kernel-model/fs/calls.h"
#include "kernel-model/fs/inode.h"
#include "kernel-model/fs/user_copy.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"
#include "kernel-model/mm/memory_manager.h"

namespace isosim::kernel {

namespace {

constexpr std::uint64_t kIovMax = 1024;

// Where a transfer starts: the descriptor's position, or one given by the caller.
enum class At : std::uint8_t { position, given };

std::int64_t transfer(Kernel& k, Thread& t, File& file, bool write, Io io, At at) {
  if (write ? !file.writable() : !file.readable()) return -EBADF_;
  if (io.length > kTaskSize || io.buffer > kTaskSize - io.length) return -EFAULT_;  // access_ok()
  if (io.length > kMaxTransfer) io.length = kMaxTransfer;
  const bool seekable = file.seekable();
  if (at == At::given) {
    if (!seekable) return -ESPIPE_;
    if (static_cast<std::int64_t>(io.position) < 0) return -EINVAL_;
  } else if (seekable) {
    io.position = file.position;
  }
  io.nonblock = (file.flags & open_flag::nonblock) != 0;
  const Ref<File> hold(&file);  // another thread may close the descriptor meanwhile
  const std::int64_t count = write ? file.write(k, t, io) : file.read(k, t, io);
  if (count > 0 && seekable && at == At::position) {
    const bool append = write && (file.flags & open_flag::append);
    file.position = append ? file.inode()->size : io.position + static_cast<std::uint64_t>(count);
  }
  return count;
}

std::int64_t sys_read(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.vfs->paths.read);
  File* file = t.process->files->get(s.fd(0));
  if (!file) return -EBADF_;
  return transfer(k, t, *file, false, {.buffer = user_buffer(s.arg[1]), .length = s.arg[2]}, At::position);
}

std::int64_t sys_write(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.vfs->paths.write);
  File* file = t.process->files->get(s.fd(0));
  if (!file) return -EBADF_;
  const auto* text = s.get<std::string_view>(1);
  return transfer(k, t, *file, true,
                  {.buffer = user_buffer(s.arg[1]), .length = s.arg[2], .text = text ? *text : ""},
                  At::position);
}

std::int64_t sys_pread64(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.vfs->paths.read);
  if (s.s64(3) < 0) return -EINVAL_;
  File* file = t.process->files->get(s.fd(0));
  if (!file) return -EBADF_;
  return transfer(k, t, *file, false, {user_buffer(s.arg[1]), s.arg[2], s.arg[3], false}, At::given);
}

std::int64_t sys_pwrite64(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.vfs->paths.write);
  if (s.s64(3) < 0) return -EINVAL_;
  File* file = t.process->files->get(s.fd(0));
  if (!file) return -EBADF_;
  return transfer(k, t, *file, true, {user_buffer(s.arg[1]), s.arg[2], s.arg[3], false}, At::given);
}

// The segments are one transfer to the file system (vfs_readv over ->read_iter).
std::int64_t vector_transfer(Kernel& k, Thread& t, const Sys& s, bool write, At at, std::uint64_t position) {
  t.charge(write ? k.vfs->paths.write : k.vfs->paths.read);
  if (at == At::given && static_cast<std::int64_t>(position) < 0) return -EINVAL_;
  File* file = t.process->files->get(s.fd(0));
  if (!file) return -EBADF_;
  if (write ? !file->writable() : !file->readable()) return -EBADF_;
  const auto* segments = s.get<std::span<const IoVec>>(1);
  if (!segments) return s.arg[2] == 0 ? 0 : -EFAULT_;
  if (segments->size() > kIovMax) return -EINVAL_;
  t.charge(k.vfs->paths.readv, segments->size());
  Io io{.buffer = 1, .position = position, .segments = *segments};
  for (const IoVec& segment : *segments) {
    if (static_cast<std::int64_t>(segment.length) < 0) return -EINVAL_;
    io.length += segment.length;
  }
  return transfer(k, t, *file, write, io, at);
}

std::int64_t sys_readv(Kernel& k, Thread& t, Sys& s) {
  return vector_transfer(k, t, s, false, At::position, 0);
}
std::int64_t sys_writev(Kernel& k, Thread& t, Sys& s) {
  return vector_transfer(k, t, s, true, At::position, 0);
}
std::int64_t sys_preadv(Kernel& k, Thread& t, Sys& s) {
  return vector_transfer(k, t, s, false, At::given, s.arg[3]);
}
std::int64_t sys_pwritev(Kernel& k, Thread& t, Sys& s) {
  return vector_transfer(k, t, s, true, At::given, s.arg[3]);
}
std::int64_t sys_preadv2(Kernel& k, Thread& t, Sys& s) {
  return vector_transfer(k, t, s, false, s.s64(3) == -1 ? At::position : At::given, s.arg[3]);
}
std::int64_t sys_pwritev2(Kernel& k, Thread& t, Sys& s) {
  return vector_transfer(k, t, s, true, s.s64(3) == -1 ? At::position : At::given, s.arg[3]);
}

std::int64_t sys_lseek(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.vfs->paths.lseek);
  File* file = t.process->files->get(s.fd(0));
  if (!file) return -EBADF_;
  if (s.arg[2] > 4) return -EINVAL_;
  return file->seek(k, t, s.s64(1), static_cast<int>(s.arg[2]));
}

}  // namespace

void register_read_write_calls(SyscallTable& table) {
  table.set(nr::read, sys_read);
  table.set(nr::write, sys_write);
  table.set(nr::pread64, sys_pread64);
  table.set(nr::pwrite64, sys_pwrite64);
  table.set(nr::readv, sys_readv);
  table.set(nr::writev, sys_writev);
  table.set(nr::preadv, sys_preadv);
  table.set(nr::pwritev, sys_pwritev);
  table.set(nr::preadv2, sys_preadv2);
  table.set(nr::pwritev2, sys_pwritev2);
  table.set(nr::lseek, sys_lseek);
}

}  // namespace isosim::kernel
