// What a fid stands for, and the tree of paths that fids were walked along (pkg/p9/server.go, path_tree.go).
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "models/go/sync.h"
#include "models/gofer/server/local_file.h"

namespace isosim::models::gofer {

struct FidRef;

// One path, shared by all fids that lead there. Renames and removals go through it to every one of them.
struct PathNode {
  go::RwMutex lock;
  std::vector<FidRef*> children;  // fids of files in this directory
  std::map<std::string, std::shared_ptr<PathNode>, std::less<>> nodes;

  std::shared_ptr<PathNode> node_for(std::string_view name);
};

struct FidRef {
  LocalFile file;
  std::uint32_t references = 0;  // the file is closed with the last
  bool opened = false;
  bool deleted = false;
  p9::OpenFlags open_flags = p9::OpenFlags::read_only;
  std::uint32_t type = 0;  // S_IFMT bits
  std::shared_ptr<PathNode> node;
  FidRef* parent = nullptr;  // holds a reference; null: a root
  std::string name;          // in its parent's node
  std::size_t slot = 0;      // in its parent's node
  bool listed = false;       // there at all

  [[nodiscard]] bool is_directory() const { return type == 0040000; }
};

// The tree and the fids' lifetimes. Callers hold the locks that pkg/p9 holds.
class PathTree {
 public:
  PathTree() : root_(std::make_shared<PathNode>()) {}

  // A fidRef with one reference, listed under `name` in `parent` unless that is null; it takes over a
  // reference to it.
  FidRef& make(FidRef* parent, std::string_view name, std::shared_ptr<PathNode> node);
  [[nodiscard]] const std::shared_ptr<PathNode>& root() const { return root_; }

  // DecRef: closes the file with the last reference, and lets the parent go.
  void drop(HostFiles& host, FidRef* ref);

  void list(FidRef& parent, FidRef& ref, std::string_view name);
  void mark_child_deleted(FidRef& directory, std::string_view name);
  // After a rename on the host.
  void rename_child(HostFiles& host, FidRef& from, std::string_view name, FidRef& to,
                    std::string_view new_name);
  [[nodiscard]] std::size_t live() const { return refs_.size() - free_.size(); }

 private:
  std::vector<FidRef*> remove_named(PathNode& node, std::string_view name);
  static void unlist(FidRef& ref);
  static void mark_all_deleted(PathNode& node);
  static void notify_renamed(PathNode& node);

  std::shared_ptr<PathNode> root_;
  std::deque<FidRef> refs_;
  std::vector<FidRef*> free_;
};

}  // namespace isosim::models::gofer
