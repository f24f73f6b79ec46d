// ioctl of pseudo terminals (drivers/tty/tty_io.c, tty_ioctl.c, pty.c). The window's size is only passed on,
// and nothing here depends on it.
#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"
#include "kernel-model/tty/pty.h"

namespace isosim::kernel {

namespace {

// include/uapi/asm-generic/ioctls.h
enum PtyRequest : std::uint64_t {
  tcgets = 0x5401,
  tcsets = 0x5402,
  tcsetsf = 0x5404,
  tcsbrk = 0x5409,
  tcxonc = 0x540A,
  tcflsh = 0x540B,
  tiocexcl = 0x540C,
  tiocnxcl = 0x540D,
  tiocsctty = 0x540E,
  tiocgpgrp = 0x540F,
  tiocspgrp = 0x5410,
  tiocoutq = 0x5411,
  tiocgwinsz = 0x5413,
  tiocswinsz = 0x5414,
  fionread = 0x541B,
  tiocpkt = 0x5420,
  tiocnotty = 0x5422,
  tiocsetd = 0x5423,
  tiocgetd = 0x5424,
  tcsbrkp = 0x5425,
  tiocgsid = 0x5429,
  tiocgptpeer = 0x5441,
  tiocgptn = 0x80045430,
  tiocsptlck = 0x40045431,
  tiocgptlck = 0x80045439,
};

}  // namespace

std::int64_t PtyEnd::device_ioctl(Kernel& k, Thread& t, std::uint64_t request, std::uint64_t argument,
                                  IoctlArgument* data, Out& out) {
  t.charge(k.vfs->paths.device);
  if (request >= tcsets && request <= tcsetsf) {
    if (const auto* modes = dynamic_cast<const TerminalModes*>(data)) {
      if (pty->modes.canonical && !modes->canonical)  // n_tty_set_termios: what was typed can be read now
        for (; !pty->lines.empty(); pty->lines.pop_front()) pty->typed += pty->lines.front();
      pty->modes = *modes;
    }
    return 0;
  }
  switch (request) {
    case tcgets:
    case tiocgwinsz:
    case tiocswinsz:
    case tcsbrk:
    case tcsbrkp:
    case tcxonc:
    case tiocexcl:
    case tiocnxcl:
    case tiocsetd:
      return 0;
    case tcflsh: {  // 0: input, 1: output, 2: both; of the slave's side
      if (argument > 2) return -EINVAL_;
      if (argument != 1) pty->lines.clear(), pty->typed = 0;
      if (argument != 0) pty->output = 0;
      return 0;
    }
    case tiocgetd:
      out.value = 0;  // N_TTY
      return 0;
    case tiocgpgrp:
      out.value = static_cast<std::uint64_t>(pty->foreground);
      return 0;
    case tiocspgrp:
      if (t.process->pty != pty || t.process->sid != pty->session) return -ENOTTY_;
      pty->foreground = static_cast<std::int32_t>(argument);
      return 0;
    case tiocgsid:
      if (pty->session == 0) return -ENOTTY_;
      out.value = static_cast<std::uint64_t>(pty->session);
      return 0;
    default:
      return -ENOTTY_;
  }
}

std::int64_t PtyMaster::device_ioctl(Kernel& k, Thread& t, std::uint64_t request, std::uint64_t argument,
                                     IoctlArgument* data, Out& out) {
  switch (request) {
    case tiocgptn:
      out.value = static_cast<std::uint64_t>(pty->number);
      return 0;
    case tiocsptlck:
    case tiocgptlck:  // programs unlock the slave before anybody opens it
    case tiocoutq:
      return 0;
    case tiocpkt:
      pty->packets = argument != 0;
      return 0;
    case fionread:
      out.value = pty->output;
      return 0;
    case tiocgptpeer: {  // since Linux 4.13; argument: open flags
      const auto wanted = static_cast<std::uint32_t>(argument);
      const Path place = k.vfs->find(*t.process->fs, "/dev/pts/" + std::to_string(pty->number));
      Ref<File> slave = open_slave(t, place.dentry ? place : path_, pty, wanted);
      slave->flags = wanted & ~(open_flag::cloexec | open_flag::noctty);  // not open()'s O_LARGEFILE
      return t.process->files->install(std::move(slave), (wanted & open_flag::cloexec) != 0);
    }
    default:
      return PtyEnd::device_ioctl(k, t, request, argument, data, out);
  }
}

std::int64_t PtySlave::device_ioctl(Kernel& k, Thread& t, std::uint64_t request, std::uint64_t argument,
                                    IoctlArgument* data, Out& out) {
  Process& process = *t.process;
  if (!pty->has_master) return request == tiocspgrp ? -ENOTTY_ : -EIO_;
  switch (request) {
    case tiocsctty:
      if (process.pid == process.sid && process.sid == pty->session) return 0;
      if (process.pid != process.sid || process.terminal) return -EPERM_;
      if (pty->session != 0) {
        if (argument != 1 || process.credentials.euid != 0) return -EPERM_;
        drop_terminal(k, pty);
      }
      take_terminal(process, pty);
      return 0;
    case tiocnotty:
      if (process.pty != pty) return -ENOTTY_;
      if (process.pid == process.sid) {
        drop_terminal(k, pty);
      } else {
        process.pty = nullptr;
        process.terminal = false;
      }
      return 0;
    case fionread:
      out.value = !pty->lines.empty() ? pty->lines.front() : pty->modes.canonical ? 0 : pty->typed;
      return 0;
    case tiocoutq:
      out.value = pty->output;
      return 0;
    default:
      return PtyEnd::device_ioctl(k, t, request, argument, data, out);
  }
}

}  // namespace isosim::kernel
