// Data types of gVisor's dialect of 9P2000.L (pkg/p9/p9.go of release-20190304.1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace isosim::models::p9 {

using Tag = std::uint16_t;
inline constexpr Tag kNoTag = 0xFFFF;

enum class Fid : std::uint32_t {};
inline constexpr Fid kNoFid{0xFFFFFFFF};
inline constexpr std::uint32_t kNoId = 0xFFFFFFFF;  // user or group: none

enum class OpenFlags : std::uint32_t { read_only = 0, write_only = 1, read_write = 2 };
inline constexpr std::uint32_t kOpenModeMask = 3;
// What Tlopen may carry beside the mode without effect: O_DIRECTORY, O_NOATIME, O_LARGEFILE.
inline constexpr std::uint32_t kOpenIgnoredMask = 0200000 | 01000000 | 0100000;
inline constexpr std::uint32_t kOpenTruncate = 01000;  // O_TRUNC: from protocol version 9

inline constexpr std::uint32_t kPermissionsMask = 01777;

namespace qid_type {
inline constexpr std::uint8_t directory = 0x80, append_only = 0x40, symlink = 0x02, regular = 0;
}

struct Qid {
  std::uint8_t type = 0;
  std::uint32_t version = 0;
  std::uint64_t path = 0;
  bool operator==(const Qid&) const = default;
  static void each(auto& m, auto&& v) {
    v("type", m.type);
    v("version", m.version);
    v("path", m.path);
  }
};

// The type of the QID of a file with this st_mode.
std::uint8_t qid_type_of(std::uint32_t mode);

enum class AttrMask : std::uint64_t {
  none = 0,
  mode = 1,
  nlink = 2,
  uid = 4,
  gid = 8,
  rdev = 0x10,
  atime = 0x20,
  mtime = 0x40,
  ctime = 0x80,
  ino = 0x100,
  size = 0x200,
  blocks = 0x400,
  btime = 0x800,
  gen = 0x1000,
  data_version = 0x2000,
  all = 0x3FFF,
};

struct FileTime {
  std::uint64_t seconds = 0, nanoseconds = 0;
  bool operator==(const FileTime&) const = default;
};

struct Attr {
  std::uint32_t mode = 0;  // st_mode
  std::uint32_t uid = 0, gid = 0;
  std::uint64_t nlink = 0, rdev = 0, size = 0, block_size = 0, blocks = 0;
  FileTime atime, mtime, ctime, btime;
  std::uint64_t gen = 0, data_version = 0;
  bool operator==(const Attr&) const = default;
  static void each(auto& m, auto&& v) {
    v.octal("mode", m.mode);
    v("uid", m.uid);
    v("gid", m.gid);
    v("nlink", m.nlink);
    v("rdev", m.rdev);
    v("size", m.size);
    v("blksize", m.block_size);
    v("blocks", m.blocks);
    v.time("atime", m.atime);
    v.time("mtime", m.mtime);
    v.time("ctime", m.ctime);
    v.time("btime", m.btime);
    v("gen", m.gen);
    v("data_version", m.data_version);
  }
};

enum class SetAttrMask : std::uint32_t {
  none = 0,
  permissions = 1,
  uid = 2,
  gid = 4,
  size = 8,
  atime = 0x10,
  mtime = 0x20,
  ctime = 0x40,
  atime_not_system_time = 0x80,  // the time given, not the server's
  mtime_not_system_time = 0x100,
};

struct SetAttr {
  std::uint32_t permissions = 0;
  std::uint32_t uid = 0, gid = 0;
  std::uint64_t size = 0;
  FileTime atime, mtime;
  bool operator==(const SetAttr&) const = default;
  static void each(auto& m, auto&& v) {
    v.permissions("perm", m.permissions);
    v("uid", m.uid);
    v("gid", m.gid);
    v("size", m.size);
    v.time("atime", m.atime);
    v.time("mtime", m.mtime);
  }
};

template <class Mask>
concept IsMask = std::is_same_v<Mask, AttrMask> || std::is_same_v<Mask, SetAttrMask>;
template <IsMask Mask>
constexpr Mask operator|(Mask a, Mask b) {
  return static_cast<Mask>(static_cast<std::uint64_t>(a) | static_cast<std::uint64_t>(b));
}
template <IsMask Mask>
constexpr Mask& operator|=(Mask& a, Mask b) {
  return a = a | b;
}
template <IsMask Mask>
constexpr bool has(Mask mask, Mask bit) {
  return (static_cast<std::uint64_t>(mask) & static_cast<std::uint64_t>(bit)) != 0;
}

// The attributes that fsgofer knows.
inline constexpr AttrMask kServedAttributes =
    AttrMask::mode | AttrMask::nlink | AttrMask::uid | AttrMask::gid | AttrMask::rdev | AttrMask::atime |
    AttrMask::mtime | AttrMask::ctime | AttrMask::size | AttrMask::blocks;

struct FsStat {
  std::uint32_t type = 0, block_size = 0;
  std::uint64_t blocks = 0, blocks_free = 0, blocks_available = 0, files = 0, files_free = 0, fsid = 0;
  std::uint32_t name_length = 0;
  bool operator==(const FsStat&) const = default;
  static void each(auto& m, auto&& v) {
    v("type", m.type);
    v("bsize", m.block_size);
    v("blocks", m.blocks);
    v("bfree", m.blocks_free);
    v("bavail", m.blocks_available);
    v("files", m.files);
    v("ffree", m.files_free);
    v("fsid", m.fsid);
    v("namelen", m.name_length);
  }
};

struct Dirent {
  Qid qid;
  std::uint64_t offset = 0;  // of the entry after this one
  std::uint8_t type = 0;     // as in the QID
  std::string name;
  bool operator==(const Dirent&) const = default;
  static void each(auto& m, auto&& v) {
    v("qid", m.qid);
    v("offset", m.offset);
    v("type", m.type);
    v("name", m.name);
  }
};

// A directory listing in encoded entries, of which the encoder sends the first `limit` bytes.
struct Entries {
  std::uint32_t limit = 0xFFFFFFFF;
  std::vector<Dirent> list;
};

// File contents after a message's fixed part. Only their length travels.
struct Data {
  std::uint32_t length = 0;
  bool operator==(const Data&) const = default;
};

// "9P2000.L.Google.N"; nothing if the text is no such version. 0: plain 9P2000.L.
std::string version_string(std::uint32_t version);
std::optional<std::uint32_t> parse_version(std::string_view text);

}  // namespace isosim::models::p9
