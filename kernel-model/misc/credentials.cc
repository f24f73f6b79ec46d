#include "kernel-model/misc/credentials.h"

namespace isosim::kernel {

namespace {

// Capabilities that go with the file-system id (CAP_FS_SET).
constexpr std::uint64_t kFsCapabilities =
    capability_bit(Cap::chown) | capability_bit(Cap::mknod) | capability_bit(Cap::dac_override) |
    capability_bit(Cap::dac_read_search) | capability_bit(Cap::fowner) | capability_bit(Cap::fsetid) |
    capability_bit(Cap::linux_immutable) | capability_bit(Cap::mac_override);

// cap_emulate_setxuid: leaving root drops capabilities, becoming root raises them again.
void fix_capabilities(Credentials& now, const Credentials& old, bool keep) {
  const bool was_root = old.uid == 0 || old.euid == 0 || old.suid == 0;
  const bool is_root = now.uid == 0 || now.euid == 0 || now.suid == 0;
  if (was_root && !is_root) {
    if (!keep) now.permitted = 0;
    now.capabilities = 0;
    now.ambient = 0;
  }
  if (old.euid == 0 && now.euid != 0) now.capabilities = 0;
  if (old.euid != 0 && now.euid == 0) now.capabilities = now.permitted;
}

std::int64_t commit(Credentials& c, Credentials next, bool keep) {
  next.fsuid = next.euid;
  next.fsgid = next.egid;
  fix_capabilities(next, c, keep);
  c = std::move(next);
  return 0;
}

}  // namespace

std::int64_t set_uid(Credentials& c, std::uint32_t uid, bool keep) {
  if (uid == kUnchanged) return -EINVAL_;
  Credentials next = c;
  if (capable(c, Cap::setuid)) {
    next.uid = next.suid = uid;
  } else if (uid != c.uid && uid != c.suid) {
    return -EPERM_;
  }
  next.euid = uid;
  return commit(c, std::move(next), keep);
}

std::int64_t set_gid(Credentials& c, std::uint32_t gid) {
  if (gid == kUnchanged) return -EINVAL_;
  if (capable(c, Cap::setgid)) {
    c.gid = c.sgid = gid;
  } else if (gid != c.gid && gid != c.sgid) {
    return -EPERM_;
  }
  c.egid = c.fsgid = gid;
  return 0;
}

std::int64_t set_re_uid(Credentials& c, std::uint32_t real, std::uint32_t effective, bool keep) {
  Credentials next = c;
  const bool privileged = capable(c, Cap::setuid);
  if (real != kUnchanged) {
    if (!privileged && real != c.uid && real != c.euid) return -EPERM_;
    next.uid = real;
  }
  if (effective != kUnchanged) {
    if (!privileged && effective != c.uid && effective != c.euid && effective != c.suid) return -EPERM_;
    next.euid = effective;
  }
  if (real != kUnchanged || (effective != kUnchanged && effective != c.uid)) next.suid = next.euid;
  return commit(c, std::move(next), keep);
}

std::int64_t set_re_gid(Credentials& c, std::uint32_t real, std::uint32_t effective) {
  const bool privileged = capable(c, Cap::setgid);
  if (real != kUnchanged && !privileged && real != c.gid && real != c.egid) return -EPERM_;
  if (effective != kUnchanged && !privileged && effective != c.gid && effective != c.egid &&
      effective != c.sgid)
    return -EPERM_;
  const bool saves = real != kUnchanged || (effective != kUnchanged && effective != c.gid);
  if (real != kUnchanged) c.gid = real;
  if (effective != kUnchanged) c.egid = effective;
  if (saves) c.sgid = c.egid;
  c.fsgid = c.egid;
  return 0;
}

std::int64_t set_res_uid(Credentials& c, std::uint32_t real, std::uint32_t effective, std::uint32_t saved,
                         bool keep) {
  const auto allowed = [&](std::uint32_t id) {
    return id == kUnchanged || capable(c, Cap::setuid) || id == c.uid || id == c.euid || id == c.suid;
  };
  if (!allowed(real) || !allowed(effective) || !allowed(saved)) return -EPERM_;
  Credentials next = c;
  if (real != kUnchanged) next.uid = real;
  if (effective != kUnchanged) next.euid = effective;
  if (saved != kUnchanged) next.suid = saved;
  return commit(c, std::move(next), keep);
}

std::int64_t set_res_gid(Credentials& c, std::uint32_t real, std::uint32_t effective, std::uint32_t saved) {
  const auto allowed = [&](std::uint32_t id) {
    return id == kUnchanged || capable(c, Cap::setgid) || id == c.gid || id == c.egid || id == c.sgid;
  };
  if (!allowed(real) || !allowed(effective) || !allowed(saved)) return -EPERM_;
  if (real != kUnchanged) c.gid = real;
  if (effective != kUnchanged) c.egid = effective;
  if (saved != kUnchanged) c.sgid = saved;
  c.fsgid = c.egid;
  return 0;
}

std::uint32_t set_fs_uid(Credentials& c, std::uint32_t uid) {
  const std::uint32_t old = c.fsuid;
  if (uid == kUnchanged) return old;
  if (uid != c.uid && uid != c.euid && uid != c.suid && uid != c.fsuid && !capable(c, Cap::setuid))
    return old;
  if (old == 0 && uid != 0) c.capabilities &= ~kFsCapabilities;
  if (old != 0 && uid == 0) c.capabilities |= kFsCapabilities & c.permitted;
  c.fsuid = uid;
  return old;
}

std::uint32_t set_fs_gid(Credentials& c, std::uint32_t gid) {
  const std::uint32_t old = c.fsgid;
  if (gid == kUnchanged) return old;
  if (gid == c.gid || gid == c.egid || gid == c.sgid || gid == c.fsgid || capable(c, Cap::setgid))
    c.fsgid = gid;
  return old;
}

}  // namespace isosim::kernel
