// Facts about the system: names, memory, randomness, the kernel log; and what only an administrator may do.
#include <algorithm>

#include "kernel-model/misc/calls.h"
#include "kernel-model/misc/credentials.h"
#include "kernel-model/misc/misc_state.h"
#include "kernel-model/process/namespaces.h"
#include "kernel-model/tty/pty.h"

namespace isosim::kernel {

namespace {

constexpr std::uint64_t kNameLimit = 64;  // __NEW_UTS_LEN

std::int64_t sys_uname(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.uname);
  s.out.text = t.process->namespaces->uts->nodename;
  return s.u64(0) == 0 ? -EFAULT_ : 0;
}

std::int64_t set_name(Kernel& k, Thread& t, Sys& s, std::string& name) {
  t.charge(k.misc->paths.uname);
  if (!capable(*t.process, Cap::sys_admin)) return -EPERM_;
  if (s.u64(1) > kNameLimit) return -EINVAL_;
  const auto text = s.text(0);
  if (text.empty() && s.u64(1) != 0) return -EFAULT_;
  name = std::string(text.substr(0, s.u64(1)));
  return 0;
}

std::int64_t sys_sethostname(Kernel& k, Thread& t, Sys& s) {
  return set_name(k, t, s, t.process->namespaces->uts->nodename);
}
std::int64_t sys_setdomainname(Kernel& k, Thread& t, Sys& s) {
  return set_name(k, t, s, t.process->namespaces->uts->domainname);
}

std::int64_t sys_sysinfo(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.sysinfo);
  s.out.value = static_cast<std::uint64_t>(k.cpu.spec().memory_bytes);
  return s.u64(0) == 0 ? -EFAULT_ : 0;
}

std::int64_t sys_getrandom(Kernel& k, Thread& t, Sys& s) {
  constexpr std::uint64_t kNonblock = 1, kRandom = 2, kInsecure = 4;
  constexpr std::uint64_t kLargest = 33554431;  // INT_MAX >> 6 (ENTROPY_SHIFT + 3): 4.4, /dev/urandom
  constexpr std::uint64_t kInt = 0x7fffffff;
  const std::uint64_t flags = s.u64(2);
  if ((flags & ~(kNonblock | kRandom | kInsecure)) != 0 ||
      (flags & (kRandom | kInsecure)) == (kRandom | kInsecure))
    return t.charge(k.misc->paths.field), -EINVAL_;
  if (s.u64(0) == 0 && s.u64(1) != 0) return t.charge(k.misc->paths.field), -EFAULT_;
  const std::uint64_t bytes = std::min(s.u64(1), kInt) > kLargest ? kLargest : s.u64(1);
  t.charge(k.misc->paths.getrandom, (bytes + 63) / 64);
  return static_cast<std::int64_t>(bytes);
}

// Reading and clearing the kernel's log; dmesg_restrict is 0, so that reading all of it is allowed to
// everybody.
std::int64_t sys_syslog(Kernel& k, Thread& t, Sys& s) {
  constexpr std::uint64_t kReadAll = 3, kSizeUnread = 9, kSizeBuffer = 10;
  constexpr std::int64_t kLogBytes = 1 << 18;  // CONFIG_LOG_BUF_SHIFT=18
  t.charge(k.misc->paths.uname);
  const std::uint64_t type = s.u64(0);
  if (type != kReadAll && type != kSizeBuffer && !capable(*t.process, Cap::syslog) &&
      !capable(*t.process, Cap::sys_admin))
    return -EPERM_;
  if (type > kSizeBuffer) return -EINVAL_;
  if (type == kSizeBuffer) return kLogBytes;
  if (type == kSizeUnread || type == 0 || type == 1) return 0;
  if ((type == 2 || type == 3 || type == 4) && (s.u64(1) == 0 || static_cast<std::int32_t>(s.u64(2)) < 0))
    return -EINVAL_;
  if (type == 8 && (s.u64(2) < 1 || s.u64(2) > 8)) return -EINVAL_;
  return 0;  // the log is empty: nothing in the model prints
}

// Calls whose permission is all that the model knows; what they would do with it has no model.
template <Cap cap>
std::int64_t privileged(Kernel& k, Thread& t, Sys& s) {
  if (!capable(*t.process, cap)) return t.charge(k.misc->paths.field), -EPERM_;
  return k.default_path(t, s);
}

std::int64_t sys_iopl(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.field);
  if (s.u64(0) > 3) return -EINVAL_;
  return s.u64(0) != 0 && !capable(*t.process, Cap::sys_rawio) ? -EPERM_ : 0;
}

std::int64_t sys_ioperm(Kernel& k, Thread& t, Sys& s) {
  constexpr std::uint64_t kPorts = 65536;
  t.charge(k.misc->paths.field);
  if (s.u64(0) + s.u64(1) <= s.u64(0) || s.u64(0) + s.u64(1) > kPorts) return -EINVAL_;
  return s.u64(2) != 0 && !capable(*t.process, Cap::sys_rawio) ? -EPERM_ : 0;
}

// tty_vhangup_self()
std::int64_t sys_vhangup(Kernel& k, Thread& t, Sys& /*s*/) {
  t.charge(k.misc->paths.field);
  if (!capable(*t.process, Cap::sys_tty_config)) return -EPERM_;
  if (const std::shared_ptr<Pty> terminal = t.process->pty) hang_up(k, t, terminal);
  return 0;
}

}  // namespace

void register_system_calls(SyscallTable& table) {
  table.set(nr::uname, sys_uname);
  table.set(nr::sethostname, sys_sethostname);
  table.set(nr::setdomainname, sys_setdomainname);
  table.set(nr::sysinfo, sys_sysinfo);
  table.set(nr::getrandom, sys_getrandom);
  table.set(nr::syslog, sys_syslog);
  table.set(nr::vhangup, sys_vhangup);
  table.set(nr::iopl, sys_iopl);
  table.set(nr::ioperm, sys_ioperm);
}

}  // namespace isosim::kernel
