// Rules of identity: what a set*id call may do and what it does to capabilities (kernel/sys.c,
// security/commoncap.c).
#pragma once

#include <cstdint>

#include "kernel-model/abi/capability.h"
#include "kernel-model/process/process.h"

namespace isosim::kernel {

inline constexpr std::uint32_t kUnchanged = ~0u;  // -1 as an id

inline bool capable(const Credentials& c, Cap cap) { return (c.capabilities & capability_bit(cap)) != 0; }
inline bool capable(const Process& p, Cap cap) { return capable(p.credentials, cap); }

// Each returns 0 or -EPERM, -EINVAL and changes nothing on failure. `keep`: PR_SET_KEEPCAPS.
std::int64_t set_uid(Credentials& c, std::uint32_t uid, bool keep);
std::int64_t set_gid(Credentials& c, std::uint32_t gid);
std::int64_t set_re_uid(Credentials& c, std::uint32_t real, std::uint32_t effective, bool keep);
std::int64_t set_re_gid(Credentials& c, std::uint32_t real, std::uint32_t effective);
std::int64_t set_res_uid(Credentials& c, std::uint32_t real, std::uint32_t effective, std::uint32_t saved,
                         bool keep);
std::int64_t set_res_gid(Credentials& c, std::uint32_t real, std::uint32_t effective, std::uint32_t saved);
// Both return the old id, whether or not the new one was allowed.
std::uint32_t set_fs_uid(Credentials& c, std::uint32_t uid);
std::uint32_t set_fs_gid(Credentials& c, std::uint32_t gid);

}  // namespace isosim::kernel
