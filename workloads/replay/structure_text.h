// Structures as strace prints them, one payload or value at a time.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kernel-model/abi/payload.h"
#include "workloads/replay/fd_map.h"

namespace isosim::workloads {

// The number that the text is, also by a constant's name; else `otherwise`.
std::int64_t number(std::string_view text, std::int64_t otherwise = 0);
// The first word of a mask in hexadecimal.
std::uint64_t first_word(std::string_view text);
// [5], and [5] => [10] where the call moved it on.
std::int64_t first_number(std::string_view text);
sim::Time time_of(std::string_view text);  // timespec and timeval
kernel::SocketAddress socket_address(std::string_view text);
std::uint64_t signal_mask(std::string_view text);
kernel::SignalAction signal_action(std::string_view text);
kernel::SignalEvent signal_event(std::string_view text, const FdMap& fds);
kernel::SchedulingAttributes scheduling_attributes(std::string_view text);
std::uint64_t capabilities(std::string_view text);
std::vector<std::int32_t> descriptor_set(std::string_view text, const FdMap& fds);  // of select
kernel::FileLock file_lock(std::string_view text, std::uint64_t command);
kernel::Payload option_value(std::string_view text);  // of setsockopt
std::vector<std::string> string_list(std::string_view text);
std::size_t count_of_vars(std::string_view text);  // of an environment that is not printed

}  // namespace isosim::workloads
