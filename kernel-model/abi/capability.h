// Capabilities by number (include/uapi/linux/capability.h; the last three came with 5.8 and 5.9).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace isosim::kernel {

enum class Cap : std::uint8_t {
  chown,
  dac_override,
  dac_read_search,
  fowner,
  fsetid,
  kill,
  setgid,
  setuid,
  setpcap,
  linux_immutable,
  net_bind_service,
  net_broadcast,
  net_admin,
  net_raw,
  ipc_lock,
  ipc_owner,
  sys_module,
  sys_rawio,
  sys_chroot,
  sys_ptrace,
  sys_pacct,
  sys_admin,
  sys_boot,
  sys_nice,
  sys_resource,
  sys_time,
  sys_tty_config,
  mknod,
  lease,
  audit_write,
  audit_control,
  setfcap,
  mac_override,
  mac_admin,
  syslog,
  wake_alarm,
  block_suspend,
  audit_read,
  perfmon,
  bpf,
  checkpoint_restore
};

inline constexpr std::array<std::string_view, 41> kCapabilityNames{"CAP_CHOWN",
                                                                   "CAP_DAC_OVERRIDE",
                                                                   "CAP_DAC_READ_SEARCH",
                                                                   "CAP_FOWNER",
                                                                   "CAP_FSETID",
                                                                   "CAP_KILL",
                                                                   "CAP_SETGID",
                                                                   "CAP_SETUID",
                                                                   "CAP_SETPCAP",
                                                                   "CAP_LINUX_IMMUTABLE",
                                                                   "CAP_NET_BIND_SERVICE",
                                                                   "CAP_NET_BROADCAST",
                                                                   "CAP_NET_ADMIN",
                                                                   "CAP_NET_RAW",
                                                                   "CAP_IPC_LOCK",
                                                                   "CAP_IPC_OWNER",
                                                                   "CAP_SYS_MODULE",
                                                                   "CAP_SYS_RAWIO",
                                                                   "CAP_SYS_CHROOT",
                                                                   "CAP_SYS_PTRACE",
                                                                   "CAP_SYS_PACCT",
                                                                   "CAP_SYS_ADMIN",
                                                                   "CAP_SYS_BOOT",
                                                                   "CAP_SYS_NICE",
                                                                   "CAP_SYS_RESOURCE",
                                                                   "CAP_SYS_TIME",
                                                                   "CAP_SYS_TTY_CONFIG",
                                                                   "CAP_MKNOD",
                                                                   "CAP_LEASE",
                                                                   "CAP_AUDIT_WRITE",
                                                                   "CAP_AUDIT_CONTROL",
                                                                   "CAP_SETFCAP",
                                                                   "CAP_MAC_OVERRIDE",
                                                                   "CAP_MAC_ADMIN",
                                                                   "CAP_SYSLOG",
                                                                   "CAP_WAKE_ALARM",
                                                                   "CAP_BLOCK_SUSPEND",
                                                                   "CAP_AUDIT_READ",
                                                                   "CAP_PERFMON",
                                                                   "CAP_BPF",
                                                                   "CAP_CHECKPOINT_RESTORE"};

constexpr std::uint64_t capability_bit(Cap cap) { return std::uint64_t{1} << static_cast<int>(cap); }

// "CAP_SYS_ADMIN" to Cap::sys_admin.
constexpr std::optional<Cap> capability(std::string_view name) {
  for (std::size_t i = 0; i < kCapabilityNames.size(); ++i)
    if (kCapabilityNames[i] == name) return static_cast<Cap>(i);
  return std::nullopt;
}

}  // namespace isosim::kernel
