#include "traces/infer_peers.h"

#include <fcntl.h>

#include <algorithm>

#include "traces/infer_walk.h"
#include "traces/trace.h"

namespace isosim::traces {

namespace {

using namespace infer;

DescriptorKind kind_of_inherited(const Walk& walk, const Walk::Inherited& i) {
  const Description& open = *i.open;
  if (i.tty) return DescriptorKind::tty;
  if (open.kind == OpenKind::pipe) {
    return (open.flags & O_ACCMODE) == O_WRONLY || i.fd > 0 ? DescriptorKind::pipe_write
                                                            : DescriptorKind::pipe_read;
  }
  if (open.kind == OpenKind::socket) return DescriptorKind::socket;
  if (open.kind == OpenKind::anonymous) return DescriptorKind::anonymous;
  if (open.inode != kNone && walk.names.inode(open.inode).kind_known) {
    const Inode& inode = walk.names.inode(open.inode);
    switch (inode.kind) {
      case NodeKind::directory:
        return DescriptorKind::directory;
      case NodeKind::char_device:
        if (inode.major == 1 && inode.minor == 3) return DescriptorKind::null_device;
        // What else is a character device, and no terminal, and was there before the program.
        if (i.not_tty && i.note.empty()) return DescriptorKind::null_device;
        if (inode.major == 136 || inode.major == 4 || inode.major == 5) return DescriptorKind::tty;
        if (i.note.starts_with("/dev/null")) return DescriptorKind::null_device;
        return i.note.starts_with("/dev/pts") || i.note.starts_with("/dev/tty") ? DescriptorKind::tty
                                                                                : DescriptorKind::char_device;
      case NodeKind::fifo:
        return i.fd == 0 ? DescriptorKind::pipe_read : DescriptorKind::pipe_write;
      case NodeKind::socket:
        return DescriptorKind::socket;
      default:
        return DescriptorKind::file;
    }
  }
  if (open.kind == OpenKind::file) return DescriptorKind::file;
  if (open.kind == OpenKind::device) {
    return i.note.starts_with("/dev/null") ? DescriptorKind::null_device : DescriptorKind::char_device;
  }
  if (i.seekable) return DescriptorKind::null_device;  // a file of which nothing else is known
  if (i.not_seekable) return i.fd == 0 ? DescriptorKind::pipe_read : DescriptorKind::pipe_write;
  return DescriptorKind::unknown;
}

InitialDescriptor describe(const Walk& walk, const Walk::Inherited& i) {
  InitialDescriptor d;
  d.fd = i.fd;
  d.kind = kind_of_inherited(walk, i);
  d.flags = i.flags.value_or(i.open->flags);
  const bool far = d.kind == DescriptorKind::pipe_read || d.kind == DescriptorKind::pipe_write ||
                   d.kind == DescriptorKind::socket;
  d.peer = far ? Peer::outside : Peer::none;
  if (i.open->inode != kNone && walk.names.inode(i.open->inode).home != kNone) {
    d.path = walk.names.path_of(i.open->inode);
  }
  d.position = i.position.value_or(0);
  if (d.kind == DescriptorKind::null_device) d.path = "/dev/null";
  return d;
}

}  // namespace

Peer Peers::of(std::int32_t tid, std::uint64_t index) const {
  const auto known = peers_.find({tid, index});
  return known == peers_.end() ? Peer::none : known->second;
}

Peers infer_peers(const Trace& trace) {
  Known known;
  known.working_directory = "/";
  TaskLinks links(trace);
  Walk walk(known, links);
  std::unordered_map<std::int32_t, std::uint64_t> positions;  // looked up only
  std::int32_t first_pid = -1;
  MergedCursor events = trace.effects();
  for (Event event; events.next(event);) {
    if (first_pid < 0) first_pid = event.tid;
    walk.apply(event, positions[event.tid]++);
  }
  Peers peers;
  for (const Walk::Socket& socket : walk.sockets) {
    const bool outside = socket.outside || socket.strangers > 0;
    if (!socket.inside && !outside) continue;
    const Peer peer = outside ? Peer::outside : Peer::inside;
    peers.peers_[{socket.made_by.tid, socket.made_by.index}] = peer;
    ++(peer == Peer::outside ? peers.outside : peers.inside);
  }
  // A child's descriptors are its parent's: those that a later process met first were open in the first one
  // too.
  for (const Walk::Inherited& i : walk.inherited) {
    const auto same = std::find_if(peers.initial.begin(), peers.initial.end(),
                                   [&](const InitialDescriptor& d) { return d.fd == i.fd; });
    const InitialDescriptor d = describe(walk, i);
    if (same == peers.initial.end()) {
      peers.initial.push_back(d);
    } else if (same->kind == DescriptorKind::unknown) {
      *same = d;
    }
  }
  for (const std::int32_t fd : walk.never_free()) {
    const bool known_fd =
        std::any_of(peers.initial.begin(), peers.initial.end(), [&](const auto& d) { return d.fd == fd; });
    if (!known_fd) peers.initial.emplace_back().fd = fd;
  }
  for (std::int32_t fd = 0; fd < 3; ++fd) {
    const bool known_fd =
        std::any_of(peers.initial.begin(), peers.initial.end(), [&](const auto& d) { return d.fd == fd; });
    if (known_fd) continue;
    InitialDescriptor& standard = peers.initial.emplace_back();
    standard.fd = fd;
    standard.flags = O_RDWR;
  }
  const bool shown = std::any_of(peers.initial.begin(), peers.initial.end(),
                                 [](const auto& d) { return d.kind == DescriptorKind::tty; });
  peers.terminal = walk.terminal.value_or(shown);
  peers.leads_session = walk.first_session == first_pid;
  peers.leads_group = peers.leads_session || walk.first_group == first_pid;
  if (!peers.leads_group) peers.group = walk.first_group.value_or(0);
  std::sort(peers.initial.begin(), peers.initial.end(),
            [](const auto& a, const auto& b) { return a.fd < b.fd; });
  return peers;
}

}  // namespace isosim::traces
