// Who a process is: user and group ids, supplementary groups, capabilities.
#include "kernel-model/misc/calls.h"
#include "kernel-model/misc/credentials.h"
#include "kernel-model/misc/misc_state.h"

namespace isosim::kernel {

namespace {

template <std::uint32_t Credentials::*id>
std::int64_t get_id(Kernel& k, Thread& t, Sys& /*s*/) {
  t.charge(k.misc->paths.getuid);
  return t.process->credentials.*id;
}

std::uint32_t id_argument(const Sys& s, int i) { return static_cast<std::uint32_t>(s.u64(i)); }

// A set*id call: its rule applied to the caller's credentials.
template <class Rule>
std::int64_t change(Kernel& k, Thread& t, Rule rule) {
  t.charge(k.misc->paths.set_credentials);
  return rule(t.process->credentials, t.process->attributes.keep_capabilities);
}

std::int64_t sys_setuid(Kernel& k, Thread& t, Sys& s) {
  return change(k, t, [&](Credentials& c, bool keep) { return set_uid(c, id_argument(s, 0), keep); });
}
std::int64_t sys_setgid(Kernel& k, Thread& t, Sys& s) {
  return change(k, t, [&](Credentials& c, bool) { return set_gid(c, id_argument(s, 0)); });
}
std::int64_t sys_setreuid(Kernel& k, Thread& t, Sys& s) {
  return change(k, t, [&](Credentials& c, bool keep) {
    return set_re_uid(c, id_argument(s, 0), id_argument(s, 1), keep);
  });
}
std::int64_t sys_setregid(Kernel& k, Thread& t, Sys& s) {
  return change(k, t,
                [&](Credentials& c, bool) { return set_re_gid(c, id_argument(s, 0), id_argument(s, 1)); });
}
std::int64_t sys_setresuid(Kernel& k, Thread& t, Sys& s) {
  return change(k, t, [&](Credentials& c, bool keep) {
    return set_res_uid(c, id_argument(s, 0), id_argument(s, 1), id_argument(s, 2), keep);
  });
}
std::int64_t sys_setresgid(Kernel& k, Thread& t, Sys& s) {
  return change(k, t, [&](Credentials& c, bool) {
    return set_res_gid(c, id_argument(s, 0), id_argument(s, 1), id_argument(s, 2));
  });
}
std::int64_t sys_setfsuid(Kernel& k, Thread& t, Sys& s) {
  return change(k, t, [&](Credentials& c, bool) { return std::int64_t{set_fs_uid(c, id_argument(s, 0))}; });
}
std::int64_t sys_setfsgid(Kernel& k, Thread& t, Sys& s) {
  return change(k, t, [&](Credentials& c, bool) { return std::int64_t{set_fs_gid(c, id_argument(s, 0))}; });
}

std::int64_t sys_getresuid(Kernel& k, Thread& t, Sys& /*s*/) { return t.charge(k.misc->paths.getuid), 0; }

std::int64_t sys_getgroups(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.getuid);
  const auto size = static_cast<std::int32_t>(s.u64(0));
  const auto count = static_cast<std::int64_t>(t.process->credentials.groups.size());
  if (size < 0 || (size != 0 && size < count)) return -EINVAL_;
  return count;
}

std::int64_t sys_setgroups(Kernel& k, Thread& t, Sys& s) {
  constexpr std::uint64_t kMostGroups = 65536;  // NGROUPS_MAX
  Credentials& c = t.process->credentials;
  if (!capable(c, Cap::setgid)) return t.charge(k.misc->paths.field), -EPERM_;
  if (s.u64(0) > kMostGroups) return t.charge(k.misc->paths.field), -EINVAL_;
  const auto* list = s.get<GroupList>(1);
  if (s.u64(0) != 0 && s.u64(1) == 0) return t.charge(k.misc->paths.field), -EFAULT_;
  t.charge(k.misc->paths.set_credentials);
  // Without the list only its length is known: as many groups, all the caller's own.
  c.groups = list ? list->ids : std::vector<std::uint32_t>(s.u64(0), c.gid);
  return 0;
}

// cap_validate_magic(): whether the version is known; one that is not is answered with the kernel's own.
bool known_version(const CapabilityHeader& header) {
  return header.version == 0x19980330 || header.version == 0x20071026 || header.version == 0x20080522;
}

std::int64_t sys_capget(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.capget);
  const auto* header = s.get<CapabilityHeader>(0);
  if (!header) return -EFAULT_;
  if (!known_version(*header)) return s.u64(1) == 0 ? 0 : -EINVAL_;
  if (header->pid < 0) return -EINVAL_;
  if (!thread_argument(k, t, static_cast<std::uint64_t>(header->pid))) return -ESRCH_;
  return 0;
}

// cap_capset: nothing may be raised beyond what is permitted, or inheritable beyond the bounding set.
std::int64_t sys_capset(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.misc->paths.set_credentials);
  if (const auto* header = s.get<CapabilityHeader>(0)) {
    if (!known_version(*header)) return -EINVAL_;
    if (header->pid != 0 && thread_argument(k, t, static_cast<std::uint64_t>(header->pid)) != &t)
      return -EPERM_;
  } else if (s.u64(0) == 0) {
    return -EFAULT_;
  }
  const auto* sets = s.get<CapabilitySets>(1);
  if (!sets) return -EFAULT_;
  Credentials& c = t.process->credentials;
  const bool may_set_pcap = capable(c, Cap::setpcap);
  if (!may_set_pcap && (sets->inheritable & ~(c.inheritable | c.permitted)) != 0) return -EPERM_;
  if ((sets->inheritable & ~(c.inheritable | c.bounding)) != 0) return -EPERM_;
  if ((sets->permitted & ~c.permitted) != 0 || (sets->effective & ~sets->permitted) != 0) return -EPERM_;
  c.capabilities = sets->effective;
  c.permitted = sets->permitted;
  c.inheritable = sets->inheritable;
  c.ambient &= c.permitted & c.inheritable;
  return 0;
}

}  // namespace

void register_identity_calls(SyscallTable& table) {
  table.set(nr::getuid, get_id<&Credentials::uid>);
  table.set(nr::geteuid, get_id<&Credentials::euid>);
  table.set(nr::getgid, get_id<&Credentials::gid>);
  table.set(nr::getegid, get_id<&Credentials::egid>);
  table.set(nr::setuid, sys_setuid);
  table.set(nr::setgid, sys_setgid);
  table.set(nr::setreuid, sys_setreuid);
  table.set(nr::setregid, sys_setregid);
  table.set(nr::setresuid, sys_setresuid);
  table.set(nr::setresgid, sys_setresgid);
  table.set(nr::setfsuid, sys_setfsuid);
  table.set(nr::setfsgid, sys_setfsgid);
  table.set(nr::getresuid, sys_getresuid);
  table.set(nr::getresgid, sys_getresuid);
  table.set(nr::getgroups, sys_getgroups);
  table.set(nr::setgroups, sys_setgroups);
  table.set(nr::capget, sys_capget);
  table.set(nr::capset, sys_capset);
}

}  // namespace isosim::kernel
