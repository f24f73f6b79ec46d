// The symbolic names that strace prints for numbers: flags, commands, errors, signals.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace isosim::traces {

// One name (no |-combination): O_CREAT, SEEK_SET, SIGCHLD, ENOENT, NULL.
std::optional<std::int64_t> find_constant(std::string_view name);

// 0: not known. Includes the kernel-internal ERESTART*.
int find_errno(std::string_view name);
std::string_view errno_name(int error);  // empty if it has none
std::string_view errno_text(int error);  // "No such file or directory"

// "SIGCHLD", "SIGRT_3"; 0: not known.
int find_signal(std::string_view name);

}  // namespace isosim::traces
