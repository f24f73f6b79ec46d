#include "kernel-model/fs/device_file.h"

#include "kernel-model/fs/namei.h"
#include "kernel-model/fs/user_copy.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"
#include "kernel-model/tty/pty.h"

namespace isosim::kernel {

namespace {

constexpr std::uint64_t device(std::uint64_t major, std::uint64_t minor) { return major * 256 + minor; }

}  // namespace

std::int64_t MemoryDevice::read(Kernel& k, Thread& t, const Io& io) {
  t.charge(k.vfs->paths.device);
  if (kind_ == Kind::null) return 0;
  if (user_access(k, t, io, 0, io.length, true) < io.length) return -EFAULT_;
  switch (kind_) {
    case Kind::null:
      break;
    case Kind::zero:
    case Kind::full:
      k.cpu.zero(*t.task, io.length);
      break;
    case Kind::random:
      t.charge(k.vfs->paths.random, (io.length + 63) / 64);
      k.cpu.copy_level(*t.task, cpu::Level::l1, io.length);
      break;
  }
  return static_cast<std::int64_t>(io.length);
}

std::int64_t MemoryDevice::write(Kernel& k, Thread& t, const Io& io) {
  t.charge(k.vfs->paths.device);
  if (kind_ == Kind::full) return -ENOSPC_;
  return static_cast<std::int64_t>(io.length);
}

std::int64_t Terminal::read(Kernel& k, Thread& t, const Io& io) {
  t.charge(k.vfs->paths.device);
  if (lines_.empty()) return (flags & open_flag::nonblock) ? -EAGAIN_ : 0;
  const std::uint64_t count = std::min<std::uint64_t>(io.length, lines_.front());
  if (user_access(k, t, io, 0, count, true) < count) return -EFAULT_;
  lines_.front() -= static_cast<std::uint32_t>(count);
  if (lines_.front() == 0) lines_.pop_front();
  k.cpu.copy_level(*t.task, cpu::Level::l1, count);
  return static_cast<std::int64_t>(count);
}

std::int64_t Terminal::write(Kernel& k, Thread& t, const Io& io) {
  t.charge(k.vfs->paths.device);
  if (user_access(k, t, io, 0, io.length, false) < io.length) return -EFAULT_;
  k.cpu.copy_level(*t.task, cpu::Level::l1, io.length);
  return static_cast<std::int64_t>(io.length);
}

std::int64_t Terminal::ioctl(Kernel& /*k*/, Thread& t, std::uint64_t request, std::uint64_t /*argument*/,
                             Out& out) {
  constexpr std::uint64_t kTcgets = 0x5401, kTcsetsf = 0x5404, kTiocgpgrp = 0x540F, kTiocspgrp = 0x5410,
                          kTiocgwinsz = 0x5413, kTiocswinsz = 0x5414, kFionread = 0x541B, kTiocgsid = 0x5429,
                          kTiocsctty = 0x540E, kTiocnotty = 0x5422;
  if (request >= kTcgets && request <= kTcsetsf) return 0;  // TCGETS, TCSETS, TCSETSW, TCSETSF
  switch (request) {
    case kTiocgpgrp:
      out.value = static_cast<std::uint64_t>(t.process->pgid);
      return 0;
    case kTiocgsid:
      out.value = static_cast<std::uint64_t>(t.process->sid);
      return 0;
    case kFionread:
      out.value = lines_.empty() ? 0 : lines_.front();
      return 0;
    case kTiocsctty:
    case kTiocnotty:
      t.process->terminal = request == kTiocsctty;
      return 0;
    case kTiocspgrp:
    case kTiocgwinsz:
    case kTiocswinsz:
      return 0;
    default:
      return -ENOTTY_;
  }
}

void register_devices(Vfs& vfs) {
  const auto memory = [&vfs](std::uint64_t minor, MemoryDevice::Kind kind) {
    vfs.devices[device(1, minor)] = [kind](Thread&, const Path& path, std::uint32_t, Ref<File>& out) {
      return out = new MemoryDevice(path, kind), std::int64_t{0};
    };
  };
  memory(3, MemoryDevice::Kind::null);
  memory(5, MemoryDevice::Kind::zero);
  memory(7, MemoryDevice::Kind::full);
  memory(8, MemoryDevice::Kind::random);
  memory(9, MemoryDevice::Kind::random);
  const auto terminal = [](Thread&, const Path& path, std::uint32_t, Ref<File>& out) {
    return out = new Terminal(path), std::int64_t{0};
  };
  vfs.devices[device(5, 0)] = [terminal](Thread& t, const Path& path, std::uint32_t flags, Ref<File>& out) {
    if (t.process->pty) return out = open_slave(t, path, t.process->pty, flags), std::int64_t{0};
    return t.process->terminal ? terminal(t, path, flags, out) : -ENXIO_;  // tty_open_current_tty
  };
  vfs.devices[device(5, 1)] = terminal;  // console
  const auto ptys = std::make_shared<PtyTable>();
  vfs.devices[device(5, 2)] = [ptys](Thread& t, const Path& path, std::uint32_t, Ref<File>& out) {
    return ptys->open_master(t, path, out);
  };
  constexpr std::uint64_t kMostTerminals = 256;  // minors of one major
  for (std::uint64_t pts = 0; pts < kMostTerminals; ++pts) {
    vfs.devices[device(136, pts)] = [ptys, terminal, pts](Thread& t, const Path& path, std::uint32_t flags,
                                                          Ref<File>& out) {
      auto pty = ptys->find(static_cast<int>(pts));
      if (!pty) return terminal(t, path, flags, out);  // of somebody outside
      return out = open_slave(t, path, std::move(pty), flags), std::int64_t{0};
    };
  }
}

void make_device_nodes(Vfs& vfs, FsContext& context, const std::string& where) {
  const auto node = [&](const char* name, std::uint64_t major, std::uint64_t minor, std::uint32_t mode) {
    vfs.populate(
        context,
        {.path = where + "/" + name, .mode = file_mode::character | mode, .rdev = device(major, minor)});
  };
  node("null", 1, 3, 0666);
  node("zero", 1, 5, 0666);
  node("full", 1, 7, 0666);
  node("random", 1, 8, 0666);
  node("urandom", 1, 9, 0666);
  node("tty", 5, 0, 0666);
  node("console", 5, 1, 0600);
  node("ptmx", 5, 2, 0666);
  vfs.populate(context, {.path = where + "/pts", .mode = file_mode::directory | 0755});
  const auto link = [&](const char* name, const char* target) {
    vfs.populate(context, {.path = where + "/" + name, .mode = file_mode::symlink | 0777, .target = target});
  };
  link("fd", "/proc/self/fd");
  link("stdin", "/proc/self/fd/0");
  link("stdout", "/proc/self/fd/1");
  link("stderr", "/proc/self/fd/2");
}

}  // namespace isosim::kernel
