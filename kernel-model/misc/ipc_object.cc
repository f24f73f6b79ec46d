#include "kernel-model/misc/ipc_object.h"

#include "kernel-model/misc/credentials.h"

namespace isosim::kernel {

bool ipc_allowed(const Process& p, const IpcObject& object, std::uint32_t wanted) {
  const Credentials& c = p.credentials;
  std::uint32_t granted = object.mode;
  if (c.euid == object.creator_uid || c.euid == object.uid)
    granted >>= 6;
  else if (c.egid == object.creator_gid || c.egid == object.gid)
    granted >>= 3;
  return (wanted & ~granted & 7) == 0 || capable(c, Cap::ipc_owner);
}

bool ipc_owned(const Process& p, const IpcObject& object) {
  const Credentials& c = p.credentials;
  return c.euid == object.uid || c.euid == object.creator_uid || capable(c, Cap::sys_admin);
}

void ipc_assign(IpcObject& object, const Process& p, std::uint64_t flags) {
  const Credentials& c = p.credentials;
  object.mode = static_cast<std::uint32_t>(flags & 0777);
  object.uid = object.creator_uid = c.euid;
  object.gid = object.creator_gid = c.egid;
}

}  // namespace isosim::kernel
