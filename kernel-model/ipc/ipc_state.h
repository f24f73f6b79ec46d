// What pipes, polling and sockets share in one kernel.
#pragma once

#include <cstdint>
#include <map>

#include "kernel-model/ipc/ipc_paths.h"
#include "kernel-model/net/net_state.h"

namespace isosim::kernel {

class Kernel;

class IpcState {
 public:
  explicit IpcState(Kernel& kernel);
  ~IpcState();

  const IpcPaths paths;
  NetState net;

  // The number of the next inode without a file system (get_next_ino): pipes, sockets.
  std::uint64_t next_inode() { return next_inode_++; }

  // Bytes that each user has in POSIX message queues (user_struct.mq_bytes): RLIMIT_MSGQUEUE.
  std::map<std::uint32_t, std::uint64_t> mqueue_bytes;

  // The name for Cpu::copy of data that belongs to such an inode: apart from the objects of file systems.
  static constexpr std::uint64_t object(std::uint64_t inode) { return inode | 1ull << 62; }

 private:
  std::uint64_t next_inode_ = 4096;
};

}  // namespace isosim::kernel
