// The file tree that the traced programs found when they started, as far as their calls show it: a kernel
// that starts from exactly this tree answers the calls as recorded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace isosim::traces {

class Trace;

enum class NodeKind : std::uint8_t { file, directory, symlink, char_device, block_device, fifo, socket };

// Who answers for a path: an ordinary file system, or a kernel's own.
enum class FileSystem : std::uint8_t { disk, procfs, sysfs, devtmpfs };

// An extended attribute that was read with success.
struct Xattr {
  std::string name;
  std::uint32_t size = 0;  // bytes
};

// Of a kernel's own file from its start: bytes up to each read that got less than it asked for.
using Reading = std::vector<std::uint32_t>;

struct Node {
  std::string path;  // absolute, without "." and "..", no symlink among its parents
  NodeKind kind = NodeKind::file;
  FileSystem file_system = FileSystem::disk;
  bool filler = false;      // no call names it: it makes a directory's records add up, or ends a symlink
  bool size_known = false;  // else `size` is the least that the calls allow, or a declared default
  std::uint16_t mode = 0;   // permission bits, 07777
  std::uint32_t uid = 0, gid = 0;
  std::uint32_t links = 1;
  std::uint32_t major = 0, minor = 0;  // devices
  std::uint64_t size = 0;              // bytes at the start; symlinks: length of the target
  std::uint64_t inode = 0;   // as recorded, 0 if never printed; equal numbers on one device are hard links
  std::uint64_t device = 0;  // st_dev as recorded (major << 20 | minor), 0 if never printed
  std::string target;        // symlinks
  std::string interpreter;   // scripts: what ran instead, if a call tells
  // procfs, sysfs: each time that it was read; the last one stands for all later ones. Files of a process are
  // not listed here: their contents change with the process.
  std::vector<Reading> readings;
  std::int32_t refusal =
      0;  // procfs, sysfs: what opening it or reading the link gives; 0: nothing against it
  std::int32_t xattr_error =
      0;  // what reading any other attribute gives: ENODATA, EOPNOTSUPP; 0: never asked
  std::vector<Xattr> xattrs;
  std::vector<std::string>
      listing;  // directories that were listed: names in the order of enumeration, without . and ..
};

// A name that did not resolve at the start, with the error it gave: ENOENT, ENOTDIR, EACCES, ELOOP ...
struct MissingPath {
  std::string path;
  std::int32_t error = 0;
};

// A call that no tree could make come out as recorded, given the calls before it (something outside the trace
// changed the files, or the trace is incomplete).
struct Contradiction {
  std::uint64_t line = 0;
  std::string path;
  const char* reason = "";
};

struct InitialTree {
  std::vector<Node> nodes;               // sorted by path: parents come first
  std::vector<MissingPath> missing;      // sorted by path; disjoint from `nodes`
  std::vector<std::string> changed;      // sorted: paths that the trace creates, removes, renames or writes
  std::string working_directory;         // of the first process
  bool working_directory_known = false;  // else it is TreeOptions::working_directory
  std::uint32_t umask = 022;
  std::uint32_t uid = 0, gid = 0;     // of the first process
  std::vector<std::uint32_t> groups;  // its supplementary ones

  std::uint64_t path_calls = 0;               // calls that name a path or list a directory
  std::uint64_t contradicted = 0;             // of those, the ones that contradict the tree
  std::vector<Contradiction> contradictions;  // the first of them
  std::uint64_t fillers = 0;
  std::uint32_t passes = 0;  // over the trace

  [[nodiscard]] const Node* find(std::string_view path) const;  // null if absent
};

struct TreeOptions {
  std::string working_directory = "/work";    // if nothing in the trace tells
  std::uint64_t executable_bytes = 1u << 20;  // of programs whose size no call shows
  std::uint64_t procfs_bytes = 0;             // st_size of procfs files
};

InitialTree infer_tree(const Trace& trace, const TreeOptions& options = {});

}  // namespace isosim::traces
