// Descriptor tables, open file descriptions and working directories of the traced processes.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "traces/infer_names.h"

namespace isosim::traces::infer {

enum class OpenKind : std::uint8_t { unknown, file, directory, device, pipe, socket, anonymous };

// Where an event is: the thread and its position among the thread's events.
struct EventRef {
  std::int32_t tid = -1;
  std::uint64_t index = 0;
};

// Both directions of a pipe, socket pair or connection share one channel; `side` says which end a description
// is.
using ChannelId = std::uint32_t;

struct Description {
  OpenKind kind = OpenKind::unknown;
  bool position_known = false;
  bool inherited = false;  // open before the trace
  bool described = false;  // inherited: what notes tell of it was taken in
  bool listening = false;
  std::uint8_t side = 0;  // of the channel; pipes: 0 reads, 1 writes
  InodeId inode = kNone;
  ChannelId channel = kNone;
  std::uint32_t flags = 0;  // open flags
  std::uint64_t position = 0;
  std::uint64_t serial = 0;  // never reused
  EventRef made_by;
  std::string address;  // sockets: what they are bound to
};

struct Descriptor {
  std::shared_ptr<Description> open;
  bool close_on_exec = false;
};

struct FdTable {
  std::vector<Descriptor> slots;
  std::uint32_t id = 0;
};

struct FsContext {
  InodeId directory = kNone;  // kNone: not known
  std::uint32_t umask = 022;
  bool umask_known = false;
  bool moved = false;  // by an absolute path
};

struct Process {
  std::int32_t pid = 0;
  std::int32_t parent_pid = -1;
  std::uint32_t memory = 0;   // address space: equal after CLONE_VM until execve
  std::uint32_t threads = 0;  // alive
  bool first = false;         // not a child of a traced process
  std::shared_ptr<FdTable> files;
  std::shared_ptr<FsContext> fs;
};

// clone(2) flags, include/uapi/linux/sched.h.
namespace clone_flag {
inline constexpr std::uint64_t vm = 0x100, fs = 0x200, files = 0x400, vfork = 0x4000, thread = 0x10000;
}

class Processes {
 public:
  // The process of a thread. One that no call made is a first process: descriptors 0, 1 and 2 are inherited.
  Process& of(std::int32_t tid);
  Process& clone(std::int32_t parent_tid, std::int32_t child_tid, std::uint64_t flags);
  void exec(std::int32_t tid);
  void exit(std::int32_t tid);
  void unshare(std::int32_t tid, std::uint64_t flags);

  Description* at(std::int32_t tid, std::int64_t fd);  // null: not open as far as known
  std::shared_ptr<Description> shared(std::int32_t tid, std::int64_t fd);
  std::shared_ptr<Description> open(OpenKind kind, EventRef by);
  void install(std::int32_t tid, std::int64_t fd, std::shared_ptr<Description> open, bool close_on_exec);
  void close(std::int32_t tid, std::int64_t fd);
  void close_range(std::int32_t tid, std::uint64_t first, std::uint64_t last, bool only_mark);

  [[nodiscard]] std::size_t first_processes() const { return first_processes_; }

 private:
  Process& make(std::int32_t pid);
  std::unordered_map<std::int32_t, std::shared_ptr<Process>> threads_;  // by tid; never iterated
  std::uint32_t next_memory_ = 0, next_table_ = 0;
  std::uint64_t next_serial_ = 0;
  std::size_t first_processes_ = 0;
};

}  // namespace isosim::traces::infer
