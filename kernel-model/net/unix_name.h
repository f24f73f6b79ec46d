// Names of unix sockets: abstract ones in a table of their own, others are inodes of type socket.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace isosim::kernel {

class Kernel;
class Thread;

// Makes the name: the key for NetState::unix_names comes out. -EADDRINUSE, and what mknod says.
std::int64_t unix_bind_name(Kernel& k, Thread& t, std::string_view name, std::string& key);

// An abstract name that no socket has: a NUL and five hexadecimal digits, counted up.
std::string unix_free_name(Kernel& k);

// -ENOENT, -ECONNREFUSED (no socket of that name), and what path lookup says.
std::int64_t unix_find_name(Kernel& k, Thread& t, std::string_view name, std::string& key);

}  // namespace isosim::kernel
