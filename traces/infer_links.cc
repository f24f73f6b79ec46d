#include "traces/infer_links.h"

#include <algorithm>
#include <optional>

namespace isosim::traces::infer {

namespace {

using Parts = std::vector<std::string_view>;

Parts split(std::string_view path) {
  Parts parts;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    if (end > at) parts.push_back(path.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

std::string join(const Parts& parts, std::size_t count) {
  std::string path;
  for (std::size_t i = 0; i < count; ++i) path.append("/").append(parts[i]);
  return path.empty() ? "/" : path;
}

std::size_t common_suffix(const Parts& a, const Parts& b) {
  std::size_t n = 0;
  while (n < a.size() && n < b.size() && a[a.size() - 1 - n] == b[b.size() - 1 - n]) ++n;
  return n;
}

std::string relative(std::string_view link, std::string_view target) {
  const Parts from = split(link), to = split(target);
  std::size_t shared = 0;
  while (shared + 1 < from.size() && shared < to.size() && from[shared] == to[shared]) ++shared;
  std::string text;
  for (std::size_t i = shared + 1; i < from.size(); ++i) text.append("../");
  for (std::size_t i = shared; i < to.size(); ++i) text.append(to[i]).append(i + 1 < to.size() ? "/" : "");
  return text;
}

struct Link {
  std::string path, target;  // target absolute
};

class Learner {
 public:
  Learner(Walk& walk, Known& known) : walk_(walk), known_(known) {}

  void seen_links() {
    for (InodeId id = 0; id < walk_.names.inode_count(); ++id) {
      const Inode& inode = walk_.names.inode(id);
      if (!inode.from_start || inode.kind != NodeKind::symlink || !inode.kind_known || inode.home == kNone)
        continue;
      const std::string path = walk_.names.path(inode.home);
      if (known_.links.contains(path) || path.starts_with("/proc/")) continue;
      known_.links.emplace(path, inode.target_known ? inode.target : invented(inode));
      again_ |= inode.followed || !inode.target_known;
    }
  }

  void resolved_paths() {
    for (const Walk::Resolved& r : walk_.resolved) {
      if (r.path == r.real_path || r.real_path.empty() || r.real_path.front() != '/') continue;
      if (r.program && opened(r.path)) continue;
      if (const auto link = explain(r.path, r.real_path)) {
        again_ |= known_.links.emplace(link->path, spelled(*link)).second;
      }
    }
  }

  void directory() {
    if (known_.working_directory_known || !walk_.learned_directory) return;
    again_ |= known_.working_directory != *walk_.learned_directory;
    known_.working_directory = *walk_.learned_directory;
    known_.working_directory_known = true;
  }

  [[nodiscard]] bool again() const { return again_; }

 private:
  const Inode* at(const std::string& path) {
    const Found found = walk_.names.find(Names::root, path, false);
    return found.inode == kNone ? nullptr : &walk_.names.inode(found.inode);
  }
  bool real(const std::string& path) {
    const Inode* inode = at(path);
    return inode && inode->real;
  }
  bool opened(const std::string& path) {
    const Inode* inode = at(path);
    return inode && inode->opened;
  }

  // The name of the shallowest component that may be the symlink: /lib/x/libm.so -> /usr/lib/x/libm.so is
  // /lib -> /usr/lib, unless /lib is known to be a directory.
  std::optional<Link> same_suffix(const Parts& path, const Parts& real_path) {
    const std::size_t shared = common_suffix(path, real_path);
    for (std::size_t k = path.size() - shared; k < path.size(); ++k) {
      Link link{join(path, k + 1), join(real_path, k + 1 + real_path.size() - path.size())};
      if (link.path == link.target || link.target.starts_with(link.path + "/") || real(link.path)) continue;
      return link;
    }
    return std::nullopt;
  }

  std::optional<Link> explain(const std::string& path, const std::string& real_path) {
    Parts from = split(path), to = split(real_path);
    if (from.empty() || to.empty()) return std::nullopt;
    if (from.back() == to.back()) {
      if (auto link = same_suffix(from, to)) return link;
    } else {
      Parts from_folder(from.begin(), from.end() - 1), to_folder(to.begin(), to.end() - 1);
      if (from_folder != to_folder && common_suffix(from_folder, to_folder) > 0) {
        if (auto link = same_suffix(from_folder, to_folder)) return link;
      }
    }
    if (real_path.starts_with(path + "/") || real(path)) return std::nullopt;
    return Link{path, real_path};
  }

  // As the link most likely spells its target; lstat may have told the length.
  std::string spelled(const Link& link) {
    std::string near = relative(link.path, link.target);
    const Inode* inode = at(link.path);
    if (inode && inode->kind == NodeKind::symlink && inode->size_exact) {
      if (near.size() == inode->size_least) return near;
      if (link.target.size() == inode->size_least) return link.target;
    }
    return near.starts_with("../") ? link.target : near;
  }

  // A target of the length that lstat told. In the root and not beside the link, whose directory's listing
  // may be known; one each, since one may be a file and the other a directory.
  [[nodiscard]] std::string invented(const Inode& inode) const {
    static constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuvwxyz";
    std::string target(inode.size_exact && inode.size_least > 0 ? inode.size_least : 16, '_');
    if (target.size() < 4) return target;
    target.front() = '/';
    std::size_t serial = known_.links.size();
    for (std::size_t i = 0; i < 3; ++i, serial /= digits.size())
      target[target.size() - 1 - i] = digits[serial % digits.size()];
    return target;
  }

  Walk& walk_;
  Known& known_;
  bool again_ = false;
};

}  // namespace

bool learn(Walk& walk, Known& known) {
  Learner learner(walk, known);
  learner.seen_links();
  learner.resolved_paths();
  learner.directory();
  return learner.again();
}

}  // namespace isosim::traces::infer
