// Who is at the other end of the sockets and pipes of a trace, and what the first process had open when it
// started.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace isosim::traces {

class Trace;

enum class Peer : std::uint8_t {
  none,     // no socket, or one that never had a peer
  inside,   // a traced process, or this one
  outside,  // the record is all that is known of it: data and readiness arrive as recorded
};

enum class DescriptorKind : std::uint8_t {
  unknown,
  file,
  directory,
  null_device,
  char_device,
  tty,
  pipe_read,
  pipe_write,
  socket,
  anonymous
};

struct InitialDescriptor {
  std::int32_t fd = -1;
  DescriptorKind kind = DescriptorKind::unknown;
  Peer peer = Peer::none;   // pipes and sockets: outside
  std::uint32_t flags = 0;  // open flags; access mode from the calls made through it
  bool close_on_exec = false;
  std::string path;            // files and devices, if a note or call tells
  std::uint64_t position = 0;  // of a file, bytes; 0 if no call tells
};

class Peers {
 public:
  // The peer of the socket that event `index` of `tid` created or accepted. Listening sockets: outside if any
  // connection came from outside.
  [[nodiscard]] Peer of(std::int32_t tid, std::uint64_t index) const;

  std::vector<InitialDescriptor> initial;  // sorted by fd; of the first process; 0, 1 and 2 are always there
  bool terminal = false;                   // the first process has a controlling terminal
  // What the first process led when it started. A tracer's child leads neither its process group nor its
  // session: this is what it does unless calls show otherwise.
  bool leads_group = false, leads_session = false;
  std::int32_t group = 0;  // number of the group that it started in, if another leads it and a call tells
  std::uint64_t inside = 0, outside = 0;  // sockets

 private:
  friend Peers infer_peers(const Trace& trace);
  struct Event {
    std::int32_t tid;
    std::uint64_t index;
    bool operator==(const Event&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Event& e) const {
      return e.index * 0x9E3779B97F4A7C15u + static_cast<std::uint32_t>(e.tid);
    }
  };
  std::unordered_map<Event, Peer, Hash> peers_;  // looked up, never iterated
};

Peers infer_peers(const Trace& trace);

}  // namespace isosim::traces
