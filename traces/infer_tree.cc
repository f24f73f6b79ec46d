#include "traces/infer_tree.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>
#include <unordered_map>

#include "traces/infer_links.h"
#include "traces/infer_listing.h"
#include "traces/infer_walk.h"
#include "traces/mount_points.h"
#include "traces/trace.h"

namespace isosim::traces {

namespace {

using namespace infer;

constexpr std::uint32_t kMostPasses = 8;  // each but the last found a symlink or the working directory

std::string parent_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 ? "/" : std::string(path.substr(0, slash));
}

class Builder {
 public:
  Builder(const Walk& walk, const Known& known, const TreeOptions& options) : walk_(walk), options_(options) {
    tree_.working_directory = known.working_directory;
    tree_.working_directory_known = known.working_directory_known;
    tree_.umask = walk.first_umask.value_or(022);
    tree_.uid = walk.first_uid.value_or(0);
    tree_.gid = walk.first_gid.value_or(0);
    tree_.groups = walk.first_groups.value_or(std::vector<std::uint32_t>{});
    tree_.path_calls = walk.path_calls;
    tree_.contradicted = walk.contradicted;
    tree_.contradictions = walk.contradictions;
  }

  InitialTree build() {
    root();
    for (DentryId id = 0; id < names().dentry_count(); ++id) dentry(id);
    lists();
    scripts();
    if (uses_loader_) interpreter();
    directory(tree_.working_directory);
    parents();
    std::sort(tree_.nodes.begin(), tree_.nodes.end(),
              [](const Node& a, const Node& b) { return a.path < b.path; });
    count_links();
    misses();
    return std::move(tree_);
  }

 private:
  [[nodiscard]] const Names& names() const { return walk_.names; }

  void add(Node node) {
    if (paths_.insert(node.path).second) tree_.nodes.push_back(std::move(node));
  }

  Node plain(std::string path, NodeKind kind) const {
    Node node;
    node.path = std::move(path);
    node.kind = kind;
    node.file_system = file_system_of(node.path);
    node.uid = tree_.uid;
    node.gid = tree_.gid;
    const bool own = node.file_system == FileSystem::procfs || node.file_system == FileSystem::sysfs;
    if (kind == NodeKind::directory) {
      const bool open_to_all = node.path == "/tmp" || node.path == "/var/tmp" || node.path == "/dev/shm" ||
                               node.path == "/dev/mqueue";
      node.mode = open_to_all ? 01777 : own ? 0555 : node.path == "/root" ? 0700 : 0755;
      if (open_to_all) node.uid = node.gid = 0;
      node.size = own ? 0 : 4096;
    } else if (kind == NodeKind::symlink) {
      node.mode = 0777;
    } else {
      node.mode = own ? 0444 : 0644;
    }
    return node;
  }

  void root() {
    Node node = plain("/", NodeKind::directory);
    evidence(node, names().inode(Names::root));
    add(std::move(node));
  }

  void directory(const std::string& path) {
    if (!path.empty() && path.front() == '/') add(plain(path, NodeKind::directory));
  }

  void evidence(Node& node, const Inode& inode) {
    if (inode.mode_known) node.mode = inode.mode;
    if (!inode.mode_known && inode.executed) node.mode = 0755;
    if (inode.owner_known && !inode.owner_changed) node.uid = inode.uid, node.gid = inode.gid;
    if (inode.foreign && !inode.owner_known) node.uid = node.gid = 0;
    if (inode.closed && !inode.mode_known && !inode.opened && !inode.executed)
      node.mode = node.kind == NodeKind::directory ? 0700 : 0600;
    node.refusal = inode.refusal;
    if (inode.links_known) node.links = inode.links;
    node.inode = inode.inode_number;
    node.device = inode.device;
    node.xattr_error = inode.xattr_error;
    node.xattrs = inode.xattrs;
    node.readings = inode.readings;
    std::size_t readings = node.readings.size();
    while (readings > 1 && node.readings[readings - 2] == node.readings.back()) --readings;
    node.readings.resize(readings);
    node.major = inode.major;
    node.minor = inode.minor;
    if (node.kind == NodeKind::symlink) {
      node.target = inode.target;
      node.size = node.target.size();
      node.size_known = true;
    } else if (node.kind == NodeKind::file || node.kind == NodeKind::directory) {
      node.size_known = inode.size_exact;
      if (inode.size_exact || inode.size_least > node.size) node.size = inode.size_least;
      if (!inode.size_exact && inode.executed) node.size = std::max(node.size, options_.executable_bytes);
      if (!inode.size_exact && node.file_system == FileSystem::procfs && node.kind == NodeKind::file) {
        node.size = options_.procfs_bytes;
      }
    }
    for (const KnownDevice& device : kDevices) {
      if (device.path != node.path) continue;
      node.kind = NodeKind::char_device;
      node.major = device.major;
      node.minor = device.minor;
      if (!inode.mode_known) node.mode = device.mode;
      node.size = 0;
    }
  }

  void dentry(DentryId id) {
    const Dentry& name = names().dentry(id);
    const Inode& folder = names().inode(name.dir);
    if (name.changed) tree_.changed.push_back(names().path(id));
    if (name.start == State::unknown || !folder.from_start) return;
    std::string path = names().path(id);
    uses_loader_ |= path == "/etc/ld.so.cache" || path == "/etc/ld.so.preload";
    if (name.start == State::absent) {
      if (name.start_error != 0) tree_.missing.push_back({std::move(path), name.start_error});
      return;
    }
    const InodeId inode = name.start_inode;
    const bool known = inode != kNone;
    if (known && names().inode(inode).written && !name.changed) tree_.changed.push_back(path);
    Node node = plain(std::move(path), known ? names().inode(inode).kind : NodeKind::file);
    if (known) {
      evidence(node, names().inode(inode));
      node_of_[inode] = node.path;
    }
    add(std::move(node));
  }

  void lists() {
    for (const auto& [inode, listing] : walk_.listings) {
      const std::string path = names().path_of(inode);
      if (const FileSystem fs = file_system_of(path); fs == FileSystem::procfs || fs == FileSystem::sysfs)
        continue;
      const auto assumed = inode == Names::root ? names_in_root() : std::vector<std::string_view>{};
      ListingPlan plan = plan_listing(names(), inode, listing, assumed);
      if (plan.exact) settle_root(assumed, plan.order);
      for (const std::string& filler : plan.fillers) {
        Node node = plain((path == "/" ? "" : path) + "/" + filler, NodeKind::file);
        node.filler = true;
        add(std::move(node));
        ++tree_.fillers;
      }
      if (!plan.exact) {
        ++tree_.contradicted;
        tree_.contradictions.push_back(
            {0, path, "its listing does not add up from the names that are known to be in it"});
      }
      orders_[path] = std::move(plan.order);
    }
  }

  // What the root of every machine has, of every one whose programs need the dynamic loader, and of this one.
  [[nodiscard]] std::vector<std::string_view> names_in_root() const {
    std::vector<std::string_view> assumed{"dev", "etc", "home", "proc", "root",
                                          "run", "sys", "tmp",  "usr",  "var"};
    if (uses_loader_) assumed.emplace_back("lib64");
    const std::string_view directory = tree_.working_directory;
    if (directory.size() > 1) assumed.push_back(directory.substr(1, directory.find('/', 1) - 1));
    return assumed;
  }

  // A listing says which of them are there.
  void settle_root(const std::vector<std::string_view>& assumed, const std::vector<std::string>& order) {
    for (const std::string_view name : assumed) {
      std::string path = "/" + std::string(name);
      if (name == "lib64" || paths_.contains(path) || at_or_below(tree_.working_directory, path)) continue;
      if (std::find(order.begin(), order.end(), name) != order.end()) {
        directory(path);
      } else {
        tree_.missing.push_back({std::move(path), ENOENT});
      }
    }
  }

  // An interpreter that took a script's place is mapped by execve, too.
  void scripts() {
    for (const Walk::Resolved& r : walk_.resolved) {
      const auto at = std::find_if(tree_.nodes.begin(), tree_.nodes.end(),
                                   [&](const Node& node) { return node.path == r.path; });
      if (!r.program || at == tree_.nodes.end() || at->kind != NodeKind::file || r.path == r.real_path)
        continue;
      at->interpreter = r.real_path;
      Node program = plain(r.real_path, NodeKind::file);
      program.mode = 0755;
      program.size = options_.executable_bytes;
      add(std::move(program));
    }
  }

  // The dynamic loader is mapped by execve itself: no call names it.
  void interpreter() {
    for (const Node& node : tree_.nodes) {
      if (node.path == "/lib" && node.kind == NodeKind::symlink) {
        Node lib64 = plain("/lib64", NodeKind::symlink);
        lib64.target = "usr/lib64";
        lib64.size = lib64.target.size();
        add(std::move(lib64));
        break;
      }
    }
    const bool merged = paths_.contains("/lib64") && !names_directory("/lib64");
    Node loader =
        plain(std::string(merged ? "/usr/lib64" : "/lib64") + "/ld-linux-x86-64.so.2", NodeKind::file);
    loader.mode = 0755;
    loader.size = options_.executable_bytes;
    add(std::move(loader));
  }

  [[nodiscard]] bool names_directory(std::string_view path) const {
    for (const Node& node : tree_.nodes) {
      if (node.path == path) return node.kind == NodeKind::directory;
    }
    return false;
  }

  void parents() {
    const std::size_t count = tree_.nodes.size();
    for (std::size_t i = 0; i < count; ++i) {
      for (std::string path = parent_of(tree_.nodes[i].path); !paths_.contains(path); path = parent_of(path))
        directory(path);
    }
  }

  void count_links() {
    std::unordered_map<std::string, std::size_t> at;  // looked up only
    for (std::size_t i = 0; i < tree_.nodes.size(); ++i) at[tree_.nodes[i].path] = i;
    for (Node& node : tree_.nodes) {
      if (const auto order = orders_.find(node.path); order != orders_.end())
        node.listing = std::move(order->second);
      if (node.path == "/") continue;
      Node& parent = tree_.nodes[at[parent_of(node.path)]];
      if (parent.kind != NodeKind::directory) parent.kind = NodeKind::directory, parent.mode |= 0111;
    }
    std::map<std::string, std::uint32_t> folders;
    for (const Node& node : tree_.nodes) {
      if (node.kind == NodeKind::directory && node.path != "/") ++folders[parent_of(node.path)];
    }
    for (Node& node : tree_.nodes) {
      if (node.kind == NodeKind::directory && node.links == 1) node.links = 2 + folders[node.path];
    }
  }

  void misses() {
    std::erase_if(tree_.missing, [&](const MissingPath& m) { return paths_.contains(m.path); });
    std::sort(tree_.missing.begin(), tree_.missing.end(),
              [](const MissingPath& a, const MissingPath& b) { return a.path < b.path; });
    std::sort(tree_.changed.begin(), tree_.changed.end());
    tree_.changed.erase(std::unique(tree_.changed.begin(), tree_.changed.end()), tree_.changed.end());
  }

  const Walk& walk_;
  const TreeOptions& options_;
  InitialTree tree_;
  std::set<std::string, std::less<>> paths_;
  std::map<std::string, std::vector<std::string>> orders_;
  std::map<InodeId, std::string> node_of_;
  bool uses_loader_ = false;
};

}  // namespace

const Node* InitialTree::find(std::string_view path) const {
  const auto at =
      std::lower_bound(nodes.begin(), nodes.end(), path,
                       [](const Node& node, std::string_view wanted) { return node.path < wanted; });
  return at != nodes.end() && at->path == path ? &*at : nullptr;
}

InitialTree infer_tree(const Trace& trace, const TreeOptions& options) {
  Known known;
  known.working_directory = options.working_directory;
  TaskLinks links(trace);
  for (std::uint32_t pass = 1;; ++pass) {
    Walk walk(known, links);
    std::unordered_map<std::int32_t, std::uint64_t> positions;  // looked up only
    MergedCursor events = trace.effects();
    for (Event event; events.next(event);) walk.apply(event, positions[event.tid]++);
    if (pass < kMostPasses && learn(walk, known)) continue;
    InitialTree tree = Builder(walk, known, options).build();
    tree.passes = pass;
    return tree;
  }
}

}  // namespace isosim::traces
