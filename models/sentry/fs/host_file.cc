#include "models/sentry/fs/host_file.h"

#include <utility>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/inode.h"
#include "kernel-model/ipc/poll_waiter.h"
#include "kernel-model/kernel.h"
#include "kernel-model/signal/signal.h"

namespace isosim::models {

namespace nr = kernel::nr;
using kernel::Io;
using kernel::Kernel;
using kernel::Sys;
using kernel::Thread;
namespace bit = kernel::poll_bit;

namespace {

constexpr std::uint32_t kTypeMask = 0170000;

std::uint64_t word(std::int64_t value) { return static_cast<std::uint64_t>(value); }

std::int64_t plain(go::G& g, kernel::SysNr number, std::array<std::uint64_t, 6> arguments) {
  Sys sys;
  sys.nr = number;
  sys.arg = arguments;
  return g.call(sys);
}

std::int64_t file_status(go::G& g, std::int32_t fd, kernel::Address buffer, kernel::FileStatus& out) {
  Sys sys;
  sys.nr = nr::fstat;
  sys.arg = {word(fd), buffer};
  const std::int64_t result = g.call(sys);
  out = sys.out.stat;
  return result;
}

}  // namespace

HostFile::HostFile(Services& services, std::int32_t fd, kernel::File& host_file, std::uint32_t mode,
                   std::uint64_t inode, bool terminal)
    : services_(services),
      fd_(fd),
      host_file_(&host_file),
      mode_(mode),
      inode_(inode),
      terminal_(terminal),
      read_(services.host().catalogue.find("sentry.host_file.read")),
      write_(services.host().catalogue.find("sentry.host_file.write")) {}

// newFileFromDonatedFD, newInode, newDescriptor. What may block must not, and is watched by the notifier.
kernel::Ref<HostFile> HostFile::import(go::G& g, Services& services, Kernel& sentry, std::int32_t donated,
                                       bool terminal) {
  constexpr std::uint64_t kGetFlags = 3, kSetFlags = 4;
  Notifier& notifier = services.notifier();
  kernel::FileStatus status;
  if (file_status(g, donated, notifier.buffer(), status) < 0) return nullptr;
  const std::int64_t flags = plain(g, nr::fcntl, {word(donated), kGetFlags});
  file_status(g, donated, notifier.buffer(), status);
  const std::int64_t own = plain(g, nr::dup, {word(donated)});
  if (flags < 0 || own < 0) return nullptr;
  const std::int64_t now = plain(g, nr::fcntl, {word(own), kGetFlags});
  plain(g, nr::fcntl, {word(own), kSetFlags, word(now) | kernel::open_flag::nonblock});
  const auto fd = static_cast<std::int32_t>(own);
  kernel::File& host_file = *g.thread().process->files->get(fd);
  kernel::Ref<HostFile> file(new HostFile(services, fd, host_file, status.mode, status.inode, terminal));
  file->flags = static_cast<std::uint32_t>(flags);
  notifier.add(g, fd, file->queue_, sentry);
  return file;
}

std::int64_t HostFile::read(Kernel& k, Thread& t, const Io& io) {
  t.charge(read_);
  return transfer(k, t, io, false);
}

std::int64_t HostFile::write(Kernel& k, Thread& t, const Io& io) {
  t.charge(write_);
  return transfer(k, t, io, true);
}

// readv and writev of pkg/sentry/syscalls/linux: a file that would block is tried once more after its waiter
// is registered, so that no event is missed.
std::int64_t HostFile::transfer(Kernel& k, Thread& t, const Io& io, bool write) {
  std::uint64_t done = 0;
  std::int64_t result = attempt(t, io, write, done);
  if (result == -kernel::EAGAIN_ && !io.nonblock) {
    kernel::PollWaiter waiter(t);
    waiter.watch(*this, (write ? bit::out : bit::in) | bit::hup | bit::err);
    while ((result = attempt(t, io, write, done)) == -kernel::EAGAIN_) {
      if (kernel::signal_pending(t)) {
        result = -kernel::ERESTARTSYS_;
        break;
      }
      waiter.sleep(k, sim::Time::max());
    }
  }
  return done > 0 ? static_cast<std::int64_t>(done) : result;
}

// fd.ReadWriter: one call a block of the buffer; a write goes on until all is written or it fails, a short
// read is the end.
std::int64_t HostFile::attempt(Thread& t, const Io& io, bool write, std::uint64_t& done) {
  if (io.length == 0) return 0;
  go::G& g = services_.goroutine(t);
  std::vector<kernel::IoVec> blocks;
  if (services_.host_blocks(t, io, io.length, !write, blocks) == 0) return -kernel::EFAULT_;
  std::uint64_t skip = done;
  for (const kernel::IoVec& block : blocks) {
    std::uint64_t at = std::min(skip, block.length);
    skip -= at;
    while (at < block.length) {
      const std::int64_t moved =
          plain(g, write ? nr::write : nr::read, {word(fd_), block.base + at, block.length - at});
      if (write && moved == -kernel::EINTR_) continue;
      if (moved <= 0) return !write && done > 0 ? 0 : moved;
      at += word(moved);
      done += word(moved);
      if (!write && at < block.length) return 0;
    }
  }
  return 0;
}

// SeekWithDirCursor (fs/fsutil/file.go).
std::int64_t HostFile::seek(Kernel& /*k*/, Thread& /*t*/, std::int64_t /*offset*/, int /*whence*/) {
  return (mode_ & kTypeMask) == kernel::file_mode::character ? 0 : -kernel::ESPIPE_;
}

std::int64_t HostFile::sync(Kernel& /*k*/, Thread& t, bool /*data_only*/) {
  return plain(services_.goroutine(t), nr::fsync, {word(fd_)});
}

// What is not a terminal for the Sentry has no ioctl (FileNoIoctl); what is passes on attributes and window
// size, and keeps its process group itself.
std::int64_t HostFile::ioctl(Kernel& /*k*/, Thread& t, std::uint64_t request, std::uint64_t /*argument*/,
                             kernel::Out& out) {
  constexpr std::uint64_t kTcgets = 0x5401, kTcsetsf = 0x5404, kTiocgpgrp = 0x540F, kTiocspgrp = 0x5410,
                          kTiocgwinsz = 0x5413, kTiocswinsz = 0x5414;
  if (!terminal_) return -kernel::ENOTTY_;
  if ((request >= kTcgets && request <= kTcsetsf) || request == kTiocgwinsz || request == kTiocswinsz)
    return plain(services_.goroutine(t), nr::ioctl, {word(fd_), request, services_.notifier().buffer()});
  if (request == kTiocgpgrp) {
    if (foreground_ == 0) foreground_ = t.process->pgid;
    out.value = word(foreground_);
    return 0;
  }
  if (request != kTiocspgrp) return -kernel::ENOTTY_;
  foreground_ = t.process->pgid;
  return 0;
}

// The host keeps a donated file's attributes: each look is a call.
void HostFile::status(kernel::FileStatus& out) const {
  Notifier& notifier = services_.notifier();
  file_status(notifier.current(), fd_, notifier.buffer(), out);
}

// NonBlockingPoll: a raw call.
std::uint32_t HostFile::poll(Thread& t) {
  const kernel::PollFd wanted{fd_, bit::in | bit::pri | bit::out | bit::err | bit::hup, 0};
  Sys sys;
  sys.nr = services_.release().ppoll ? nr::ppoll : nr::poll;
  sys.arg = {services_.notifier().buffer(), 1, 0};
  sys.at[0] = std::span<const kernel::PollFd>(&wanted, 1);
  if (services_.release().ppoll) sys.at[2] = kernel::Timespec{};
  return services_.goroutine(t).raw_call(sys) > 0 ? sys.out.polled.front().revents : 0;
}

void HostFile::waiters_changed(Thread& t) { services_.notifier().update(services_.goroutine(t), fd_); }

void HostFile::release(Kernel& /*k*/, Thread& t) {
  go::G& g = services_.goroutine(t);
  services_.notifier().remove(g, fd_);
  plain(g, nr::close, {word(fd_)});
}

std::string HostFile::describe() const { return "host:[" + std::to_string(inode_) + "]"; }

}  // namespace isosim::models
