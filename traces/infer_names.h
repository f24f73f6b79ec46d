// The names and inodes that a trace shows, as they are at one moment of it and as they must have been at its
// start.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "traces/infer_tree.h"

namespace isosim::traces::infer {

using InodeId = std::uint32_t;
using DentryId = std::uint32_t;
inline constexpr std::uint32_t kNone = 0xFFFFFFFF;

enum class State : std::uint8_t { unknown, present, absent };

// Documentation/admin-guide/devices.txt of Linux.
struct KnownDevice {
  std::string_view path;
  std::uint32_t major, minor;
  std::uint16_t mode;
};
inline constexpr KnownDevice kDevices[] = {
    {"/dev/null", 1, 3, 0666},    {"/dev/zero", 1, 5, 0666},    {"/dev/full", 1, 7, 0666},
    {"/dev/random", 1, 8, 0666},  {"/dev/urandom", 1, 9, 0666}, {"/dev/tty", 5, 0, 0666},
    {"/dev/console", 5, 1, 0600}, {"/dev/ptmx", 5, 2, 0666},
};

// Directories own the names in them, so that a renamed directory takes them along.
struct Dentry {
  InodeId dir = kNone;
  std::string name;
  State start = State::unknown;
  State now = State::unknown;
  std::int32_t start_error = 0;  // why it was absent: ENOENT, EACCES ...
  bool changed = false;  // the trace created, removed or renamed it: `now` no longer speaks of the start
  InodeId start_inode = kNone;
  InodeId inode = kNone;          // now
  DentryId next_sibling = kNone;  // in the same directory, in the order of discovery
};

struct Inode {
  DentryId home = kNone;     // where it was first found
  DentryId current = kNone;  // where it is now (directories: the one name they have)
  DentryId first_child = kNone, last_child = kNone;
  NodeKind kind = NodeKind::file;
  bool kind_known = false;
  bool from_start = true;      // existed before the trace; an empty directory else has no unknown names
  bool maybe_created = false;  // O_CREAT gave it, and nothing yet says whether it was there
  bool real = false;           // known not to be a symlink
  bool followed = false;       // a call went through it or to its target before it was known to be a symlink
  bool mode_known = false, mode_changed = false;
  bool owner_known = false, owner_changed = false;
  bool links_known = false, links_changed = false;
  bool executed = false;
  bool pseudo = false;       // below /proc or /sys, and not of a traced process
  bool closed = false;       // refused to be read or searched by who does not own it
  bool foreign = false;      // the program did not own it
  std::int32_t refusal = 0;  // pseudo: what opening and reading the link gave: EACCES, ESRCH ...
  bool opened = false;
  bool written = false;     // contents or size changed by the trace
  bool truncated = false;   // nothing of the start's contents is left
  bool size_exact = false;  // size_least is the size at the start
  std::uint16_t mode = 0;
  std::uint32_t uid = 0, gid = 0, links = 1, major = 0, minor = 0;
  std::uint64_t size_least = 0;   // at the start
  std::uint64_t written_end = 0;  // highest byte that the trace wrote at a known position
  std::uint64_t appended = 0;
  std::uint64_t inode_number = 0, device = 0;
  // Reads from the start on: those that got all they asked for count as one with the next.
  std::vector<Reading> readings;
  std::uint64_t reads_end = 0;
  bool reads_full = false;  // the last one got all that it asked for
  std::string target;       // symlink
  bool target_known = false;
  std::int32_t xattr_error = 0;
  std::vector<Xattr> xattrs;
};

// Where a path led.
struct Found {
  DentryId dentry = kNone;  // last component; kNone: the path is a directory reached by "/", "." or ".."
  InodeId inode = kNone;    // of the last component if it has one
  bool blocked = false;     // an earlier component is known not to exist, or not to be a directory
  bool loop = false;        // too many symlinks
  bool directory = false;   // the path ends in a slash
  bool followed = false;    // the call looks behind a symlink at the end
};

class Names {
 public:
  // `links`: symlinks known to exist at the start, by path. The devices above exist in any case.
  explicit Names(const std::map<std::string, std::string, std::less<>>& links);

  static constexpr InodeId root = 0;

  // Follows `path` from `base`. Unknown names get a dentry, and an inode once something lies below them.
  Found find(InodeId base, std::string_view path, bool follow_last);

  // The inode of a dentry that is there now; makes one that was there from the start if nothing is known of
  // it.
  InodeId inode_of(DentryId dentry);

  // A call showed that the name is (not) there now. False: the calls before it say otherwise.
  bool saw_present(DentryId dentry);
  bool saw_absent(DentryId dentry, std::int32_t error);

  // The trace made or removed the name.
  InodeId create(DentryId dentry, NodeKind kind);
  void attach(DentryId dentry, InodeId inode);  // link, target of a rename
  void remove(DentryId dentry);

  // The inode was there at the start after all: O_CREAT had opened it.
  void was_there(InodeId inode);

  [[nodiscard]] Inode& inode(InodeId id) { return inodes_[id]; }
  [[nodiscard]] const Inode& inode(InodeId id) const { return inodes_[id]; }
  [[nodiscard]] Dentry& dentry(DentryId id) { return dentries_[id]; }
  [[nodiscard]] const Dentry& dentry(DentryId id) const { return dentries_[id]; }
  [[nodiscard]] std::size_t inode_count() const { return inodes_.size(); }
  [[nodiscard]] std::size_t dentry_count() const { return dentries_.size(); }

  // Path at the start of the trace.
  [[nodiscard]] std::string path(DentryId dentry) const;
  [[nodiscard]] std::string path_of(InodeId inode) const;

  DentryId child(InodeId dir, std::string_view name);  // makes an unknown one
  InodeId new_inode(bool from_start);

 private:
  struct Key {
    InodeId dir;
    std::string_view name;
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Key& k) const {
      return std::hash<std::string_view>{}(k.name) ^ (k.dir * 0x9E3779B97F4A7C15u);
    }
  };
  void mark_parents_present(DentryId dentry);

  std::deque<Dentry> dentries_;  // addresses are stable: keys view the names
  std::deque<Inode> inodes_;
  std::unordered_map<Key, DentryId, Hash> lookup_;  // never iterated
  const std::map<std::string, std::string, std::less<>>* links_;
};

}  // namespace isosim::traces::infer
