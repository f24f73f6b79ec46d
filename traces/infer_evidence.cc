// What single calls show of an inode as it was at the start.
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>

#include "traces/infer_walk.h"
#include "traces/structure.h"

namespace isosim::traces::infer {

NodeKind kind_of(std::uint64_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR:
      return NodeKind::directory;
    case S_IFLNK:
      return NodeKind::symlink;
    case S_IFCHR:
      return NodeKind::char_device;
    case S_IFBLK:
      return NodeKind::block_device;
    case S_IFIFO:
      return NodeKind::fifo;
    case S_IFSOCK:
      return NodeKind::socket;
    default:
      return NodeKind::file;
  }
}

void Walk::kind_evidence(InodeId id, NodeKind kind) {
  if (id == kNone) return;
  Inode& inode = names.inode(id);
  if (inode.kind_known && inode.kind == kind) return;
  if (inode.kind_known && inode.kind == NodeKind::symlink) return;  // what calls found behind it
  if (inode.kind_known && kind == NodeKind::symlink) {  // what calls showed so far is its target's
    inode.followed = true;
    inode.mode_known = inode.owner_known = inode.links_known = inode.size_exact = false;
    inode.size_least = 0;
  }
  inode.kind = kind;
  inode.kind_known = true;
  if (kind == NodeKind::directory) inode.real = true;
}

void Walk::stat_evidence(const Event& e, InodeId id, const Arg& structure) {
  const std::string_view text = structure.text;
  if (structure.kind != Arg::Kind::structure) return;
  Inode& inode = names.inode(id);
  if (inode.kind_known && inode.kind == NodeKind::symlink) {
    const std::string_view mode = field(text, text.find("stx_mode") == text.npos ? "st_mode" : "stx_mode");
    const auto bits = integer(mode);
    if (bits && kind_of(static_cast<std::uint64_t>(*bits)) != NodeKind::symlink) return;  // its target's
  }
  std::uint32_t device_major = 0, device_minor = 0;
  for (const Field f : fields(text)) {
    if (f.name.size() < 4) continue;
    const bool extended = f.name.starts_with("stx_");
    const std::string_view name = f.name.substr(extended ? 4 : 3);
    if (name == "rdev" || name == "dev") {  // makedev(0xfe, 0)
      const std::size_t open = f.value.find('('), comma = f.value.find(',');
      if (open == std::string_view::npos || comma == std::string_view::npos) continue;
      const auto major = integer(f.value.substr(open + 1, comma - open - 1));
      const auto minor = integer(f.value.substr(comma + 1, f.value.find(')') - comma - 1));
      if (!major || !minor) continue;
      if (name == "rdev") {
        inode.major = static_cast<std::uint32_t>(*major);
        inode.minor = static_cast<std::uint32_t>(*minor);
      } else {
        inode.device = static_cast<std::uint64_t>(*major) << 20 | static_cast<std::uint64_t>(*minor);
      }
      continue;
    }
    const bool wanted = name == "mode" || name == "size" || name == "nlink" || name == "uid" ||
                        name == "gid" || name == "ino" || name == "rdev_major" || name == "rdev_minor" ||
                        name == "dev_major" || name == "dev_minor";
    if (!wanted) continue;
    const auto number = integer(f.value);
    if (!number) continue;
    const auto value = static_cast<std::uint64_t>(*number);
    const auto small = static_cast<std::uint32_t>(value);
    if (name == "mode") {
      kind_evidence(id, kind_of(value));
      if (inode.from_start && !inode.mode_known && !inode.mode_changed) {
        inode.mode = static_cast<std::uint16_t>(value & 07777);
        inode.mode_known = true;
      }
    } else if (name == "size") {
      size_evidence(id, value);
    } else if (name == "nlink") {
      if (!inode.links_known && !inode.links_changed) inode.links = small, inode.links_known = true;
    } else if (name == "uid" || name == "gid") {
      if (inode.owner_changed) continue;
      (name == "uid" ? inode.uid : inode.gid) = small;
      inode.owner_known = true;
    } else if (name == "ino") {
      inode.inode_number = value;
    } else if (name == "rdev_major") {
      inode.major = small;
    } else if (name == "rdev_minor") {
      inode.minor = small;
    } else if (name == "dev_major") {
      device_major = small;
    } else if (name == "dev_minor") {
      device_minor = small;
    }
  }
  if (device_major || device_minor) inode.device = std::uint64_t{device_major} << 20 | device_minor;
  (void)e;
}

void Walk::size_evidence(InodeId id, std::uint64_t size) {
  Inode& inode = names.inode(id);
  if (inode.kind_known && inode.kind != NodeKind::file && inode.kind != NodeKind::directory &&
      inode.kind != NodeKind::symlink) {
    return;
  }
  if (inode.maybe_created && !inode.truncated && size > std::max(inode.written_end, inode.appended))
    names.was_there(id);
  if (!inode.from_start || inode.size_exact || inode.truncated) return;
  if (inode.kind == NodeKind::directory && inode.written) return;
  if (inode.appended > 0) {
    if (inode.written_end > 0 || size < inode.appended) return;
    inode.size_least = size - inode.appended;
  } else if (size > inode.written_end || !inode.written) {
    inode.size_least = size;
  } else {
    return;
  }
  inode.size_exact = true;
}

// Kernels' own files tell their size as 0: only reading shows what is in them.
void Walk::reads_evidence(Inode& inode, std::uint64_t position, std::uint64_t asked, std::uint64_t got) {
  if (inode.written || asked == 0) return;
  if (position == 0) inode.readings.emplace_back(), inode.reads_end = 0, inode.reads_full = false;
  if (position != inode.reads_end || inode.readings.empty() || got == 0) return;
  Reading& reading = inode.readings.back();
  if (inode.reads_full) {
    reading.back() += static_cast<std::uint32_t>(got);
  } else {
    reading.push_back(static_cast<std::uint32_t>(got));
  }
  inode.reads_full = got == asked;
  inode.reads_end += got;
}

void Walk::read_evidence(InodeId id, std::uint64_t position, std::uint64_t asked, std::uint64_t got) {
  Inode& inode = names.inode(id);
  if (inode.kind_known && inode.kind != NodeKind::file) return;
  if (!inode.kind_known) kind_evidence(id, NodeKind::file);
  if (inode.pseudo) reads_evidence(inode, position, asked, got);
  const std::uint64_t end = position + got;
  if (got > 0 && inode.maybe_created && !inode.truncated &&
      end > std::max(inode.written_end, inode.appended)) {
    names.was_there(id);
  }
  if (!inode.from_start || inode.size_exact || inode.truncated || inode.appended > 0) return;
  if (inode.written && end <= inode.written_end) return;
  if (got > 0) inode.size_least = std::max(inode.size_least, end);
  const bool at_end = got < asked && (got > 0 || position <= inode.size_least);
  if (at_end && end >= inode.size_least) inode.size_exact = true;
}

void Walk::written(InodeId id, std::uint64_t position, std::uint64_t bytes, bool append) {
  Inode& inode = names.inode(id);
  inode.written = true;
  if (append) {
    inode.appended += bytes;
  } else {
    inode.written_end = std::max(inode.written_end, position + bytes);
  }
}

void Walk::resized(InodeId id, std::uint64_t size) {
  Inode& inode = names.inode(id);
  inode.written = true;
  if (size == 0) {
    inode.truncated = true;
    inode.written_end = inode.appended = 0;
  } else {
    inode.written_end = size;  // what lies above is gone, what lies below may be of the start
    inode.appended = 0;
  }
}

void Walk::xattr_evidence(const Event& e, InodeId id, const Arg& name) {
  if (id == kNone || e.return_kind != ReturnKind::value) return;
  Inode& inode = names.inode(id);
  if (e.result < 0) {
    if (e.error == ENODATA || e.error == EOPNOTSUPP) inode.xattr_error = e.error;
    return;
  }
  for (Xattr& known : inode.xattrs) {
    if (known.name == name.text) return;
  }
  inode.xattrs.push_back({std::string(name.text), static_cast<std::uint32_t>(e.result)});
}

void Walk::list_evidence(const Event& e, Description& open) {
  if (e.return_kind != ReturnKind::value || e.result < 0 || open.inode == kNone) return;
  ++path_calls;
  const InodeId directory = open.inode;
  kind_evidence(directory, NodeKind::directory);
  touch(Touch::Kind::content, directory, false);
  if (names.inode(directory).home != kNone && names.path_of(directory) == "/proc/self/fd")
    listed_descriptors(e);
  if (listings.contains(directory) || !names.inode(directory).from_start) return;
  Listing& listing = open_listings_[open.serial];
  if (e.result == 0) {  // the end
    for (DentryId at = names.inode(directory).first_child; at != kNone; at = names.dentry(at).next_sibling) {
      const Dentry& name = names.dentry(at);
      if (!name.changed) continue;
      if (name.now == State::present) listing.made.push_back(at);
      if (name.now == State::absent) listing.gone.push_back(at);
    }
    if (!listing.calls.empty()) listings.emplace(directory, std::move(listing));
    open_listings_.erase(open.serial);
    return;
  }
  Listing::Call call;
  call.bytes = static_cast<std::uint64_t>(e.result);
  if (e.argc > 2) call.room = static_cast<std::uint64_t>(e.args[2].value);
  const std::string_view text = e.argc > 1 ? e.args[1].text : std::string_view{};
  if (text.starts_with('[')) {
    listing.named = true;
    for (const Field element : elements(text)) {
      ++call.entries;
      Listing::Entry entry;
      entry.kind = NodeKind::file;
      if (!string(field(element.value, "d_name"), entry.name)) continue;
      const std::string_view type = field(element.value, "d_type");
      if (type == "DT_DIR") entry.kind = NodeKind::directory;
      if (type == "DT_LNK") entry.kind = NodeKind::symlink;
      if (type == "DT_CHR") entry.kind = NodeKind::char_device;
      if (type == "DT_BLK") entry.kind = NodeKind::block_device;
      if (type == "DT_FIFO") entry.kind = NodeKind::fifo;
      if (type == "DT_SOCK") entry.kind = NodeKind::socket;
      if (entry.name == "." || entry.name == "..") continue;
      const DentryId name = names.child(directory, entry.name);
      if (!names.saw_present(name))
        contradict(e, names.path(name), "was listed, though earlier calls say that it was not there");
      if (type != "DT_UNKNOWN") kind_evidence(names.inode_of(name), entry.kind);
      listing.entries.push_back(std::move(entry));
    }
  } else if (e.argc > 1 && e.args[1].note.starts_with("/* ")) {
    for (const char c : e.args[1].note.substr(3)) {
      if (c < '0' || c > '9') break;
      call.entries = call.entries * 10 + static_cast<std::uint64_t>(c - '0');
    }
  }
  listing.calls.push_back(call);
}

}  // namespace isosim::traces::infer
