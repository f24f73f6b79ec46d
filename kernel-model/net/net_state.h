// What the sockets of one kernel share: who is bound to which name.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "kernel-model/abi/payload.h"
#include "kernel-model/net/net_paths.h"
#include "kernel-model/net/outside.h"

namespace isosim::kernel {

class Kernel;
class InetSocket;
class Socket;

class NetState {
 public:
  explicit NetState(Kernel& kernel) : outside(kernel), paths(kernel) {}

  Outside outside;

  const NetPaths paths;

  // Unix sockets by name: abstract ones by their name with the leading NUL, others by their path.
  std::map<std::string, Socket*, std::less<>> unix_names;
  std::uint32_t next_unix_name = 1;  // of those that bind to no name

  // Who is bound to a port, by type and number.
  std::map<std::pair<int, std::uint16_t>, std::vector<InetSocket*>> ports;

  // The next port for a socket that did not ask for one (ip_local_port_range starts at 32768).
  std::uint16_t ephemeral_port(int type);

 private:
  std::uint16_t next_port_ = 32768;
};

}  // namespace isosim::kernel
