// An open file description (struct file) and what every kind of file can do.
#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <cstdint>
#include <span>
#include <string>

#include "kernel-model/abi/errno.h"
#include "kernel-model/abi/payload.h"

namespace isosim::kernel {

class Kernel;
class Thread;
class Inode;
struct InodeObject;
struct Path;
class WaitQueue;
struct AsyncTransfer;  // fs/async_transfer.h

template <class T>
using Counted = boost::intrusive_ref_counter<T, boost::thread_unsafe_counter>;
template <class T>
using Ref = boost::intrusive_ptr<T>;

// open(2) flags, x86-64 values.
namespace open_flag {
inline constexpr std::uint32_t wronly = 01, rdwr = 02, accmode = 03, creat = 0100, excl = 0200, noctty = 0400,
                               trunc = 01000, append = 02000, nonblock = 04000, dsync = 010000,
                               direct = 040000, largefile = 0100000, directory = 0200000, nofollow = 0400000,
                               noatime = 01000000, cloexec = 02000000, sync = 04010000, path = 010000000,
                               tmpfile = 020200000;
}

// Readiness bits of poll(2) and epoll(7).
namespace poll_bit {
inline constexpr std::uint32_t in = 0x001, pri = 0x002, out = 0x004, err = 0x008, hup = 0x010, rdnorm = 0x040,
                               wrnorm = 0x100, rdhup = 0x2000, exclusive = 1u << 28, oneshot = 1u << 30,
                               edge = 1u << 31;
inline constexpr std::uint32_t readable = in | rdnorm, writable = out | wrnorm;
}  // namespace poll_bit

// One read or write: where in user memory, how long, where in the file.
struct Io {
  Address buffer = 0;  // user address; 0 for kernel-internal transfers (sendfile, splice)
  std::uint64_t length = 0;
  std::uint64_t position = 0;  // of files that have one
  bool nonblock = false;
  std::uint64_t value = 1;            // write: the number in the buffer, where the program knows it (eventfd)
  std::string_view text{};            // write: the bytes as far as the caller shows them, from the first on
  std::span<const IoVec> segments{};  // readv, writev: where the bytes lie; `buffer` is not 0 then
  // Of io_submit(): a direct transfer may return -EIOCBQUEUED and end later.
  AsyncTransfer* async = nullptr;
};

class EpollItem;  // ipc/epoll.h

class File : public Counted<File> {
 public:
  virtual ~File();

  std::uint32_t flags = 0;  // open flags without those that only open() uses
  std::uint64_t position = 0;
  EpollItem* watchers = nullptr;  // f_ep: the epoll items that watch this file

  // Each returns a count or a negative errno, charges its own paths, and may block `t`.
  virtual std::int64_t read(Kernel& k, Thread& t, const Io& io) {
    return (void)k, (void)t, (void)io, -EINVAL_;
  }
  virtual std::int64_t write(Kernel& k, Thread& t, const Io& io) {
    return (void)k, (void)t, (void)io, -EINVAL_;
  }
  virtual std::int64_t seek(Kernel& k, Thread& t, std::int64_t offset, int whence) {
    return (void)k, (void)t, (void)offset, (void)whence, -ESPIPE_;
  }
  virtual std::int64_t sync(Kernel& k, Thread& t, bool data_only) {
    return (void)k, (void)t, (void)data_only, -EINVAL_;
  }
  // A number that the call writes through its pointer (FIONREAD) goes to `out.value`.
  virtual std::int64_t ioctl(Kernel& k, Thread& t, std::uint64_t request, std::uint64_t argument, Out& out) {
    return (void)k, (void)t, (void)request, (void)argument, (void)out, -ENOTTY_;
  }
  // The same for requests whose argument points to a structure; null: the caller gave none (EFAULT).
  virtual std::int64_t device_ioctl(Kernel& k, Thread& t, std::uint64_t request, std::uint64_t argument,
                                    IoctlArgument* data, Out& out) {
    return (void)data, ioctl(k, t, request, argument, out);
  }
  // Device memory: what mmap() of this file maps; null: it cannot be mapped so.
  [[nodiscard]] virtual Ref<File> mapped_memory() const { return nullptr; }
  // Whether mmap() of a regular file of this kind maps its pages (->mmap of the page cache).
  [[nodiscard]] virtual bool maps_pages() const { return true; }
  // What /proc/PID/fdinfo tells beside position and flags (->show_fdinfo).
  [[nodiscard]] virtual std::string fdinfo() const { return {}; }
  // getdents64: bytes put into a buffer of `length`; 0 at the end.
  virtual std::int64_t read_directory(Kernel& k, Thread& t, std::uint64_t length) {
    return (void)k, (void)t, (void)length, -ENOTDIR_;
  }
  virtual void status(FileStatus& out) const { out = {}; }

  // Readiness now, and the queue to wait on for a change (null: always ready, as regular files are).
  [[nodiscard]] virtual std::uint32_t poll(Thread& t) {
    return (void)t, poll_bit::in | poll_bit::out | poll_bit::rdnorm | poll_bit::wrnorm;
  }
  [[nodiscard]] virtual WaitQueue* poll_queue() { return nullptr; }
  // After a waiter has come to poll_queue(), or gone: for files that must have somebody else watch for them.
  virtual void waiters_changed(Thread& t) { (void)t; }

  // The file of the kernel below that this one stands for (descriptors donated to a sandbox); else itself.
  [[nodiscard]] virtual File& beneath() { return *this; }

  // Whether it has ->read_iter and ->write_iter, which io_submit() needs (Linux 4.4).
  [[nodiscard]] virtual bool has_iter() const { return false; }

  // Whether read and write take a position (regular files, block devices), and the inode of such files.
  [[nodiscard]] virtual bool seekable() const { return false; }
  [[nodiscard]] virtual Inode* inode() const { return nullptr; }

  // The place in the tree that it was opened at; null for files without one (pipes, sockets).
  [[nodiscard]] virtual const Path* path() const { return nullptr; }

  // What opening it again through /proc/PID/fd gives: a new file of this object (a pipe), this very file (its
  // other end lies outside), or neither (-ENXIO: sockets).
  [[nodiscard]] virtual InodeObject* pipe_object() const { return nullptr; }
  [[nodiscard]] virtual bool reopens_as_itself() const { return false; }

  // Pipes: whether it is one, the bytes waiting in it (tee, splice), and F_GETPIPE_SZ (0) or F_SETPIPE_SZ.
  [[nodiscard]] virtual bool is_pipe() const { return false; }
  [[nodiscard]] virtual std::uint64_t buffered() const { return 0; }
  virtual std::int64_t pipe_size(Thread& t, std::uint64_t wanted) { return (void)t, (void)wanted, -EBADF_; }

  // Called when a descriptor is closed (flush), and when the last reference goes (release), with the paying
  // thread.
  virtual void flush(Kernel& k, Thread& t) { (void)k, (void)t; }
  virtual void release(Kernel& k, Thread& t) { (void)k, (void)t; }

  [[nodiscard]] virtual std::string describe() const = 0;  // "/path", "pipe:[7]", "socket:[9]"
  [[nodiscard]] bool readable() const { return (flags & open_flag::accmode) != open_flag::wronly; }
  [[nodiscard]] bool writable() const { return (flags & open_flag::accmode) != 0; }
};

// fput(): drops one reference; the last one ends what epoll watches and calls release(), for which `t` pays.
void put_file(Kernel& k, Thread& t, Ref<File> file);

}  // namespace isosim::kernel
