// What System V shared memory and semaphores have in common (ipc/util.c).
#pragma once

#include <cstdint>

#include "kernel-model/abi/capability.h"
#include "kernel-model/misc/credentials.h"
#include "kernel-model/process/process.h"

namespace isosim::kernel {

// Identifiers are this times a sequence number, plus a slot (SEQ_MULTIPLIER, IPCMNI).
inline constexpr std::int32_t kIpcSequenceStep = 32768;
inline constexpr std::uint64_t kIpcCreate = 01000, kIpcExclusive = 02000;  // IPC_CREAT, IPC_EXCL

// ipcperms: `wanted` in the low three bits.
template <class Object>
bool ipc_allowed(const Process& p, const Object& object, std::uint32_t wanted) {
  const Credentials& c = p.credentials;
  std::uint32_t granted = object.mode;
  if (c.euid == object.creator_uid || c.euid == object.uid)
    granted >>= 6;
  else if (c.egid == object.creator_gid || c.egid == object.gid)
    granted >>= 3;
  return (wanted & ~granted & 7) == 0 || capable(c, Cap::ipc_owner);
}

}  // namespace isosim::kernel
