#include "workloads/replay/populate.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>
#include <vector>

namespace isosim::workloads {

using traces::Node;
using traces::NodeKind;

namespace {

std::uint32_t type_bits(NodeKind kind) {
  switch (kind) {
    case NodeKind::file:
      return 0100000;
    case NodeKind::directory:
      return 0040000;
    case NodeKind::symlink:
      return 0120000;
    case NodeKind::char_device:
      return 0020000;
    case NodeKind::block_device:
      return 0060000;
    case NodeKind::fifo:
      return 0010000;
    case NodeKind::socket:
      return 0140000;
  }
  return 0;
}

std::string_view parent_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string_view::npos ? std::string_view("/") : path.substr(0, slash);
}

// Position of each child in its parent's listing.
using Ranks = std::map<std::pair<std::string_view, std::string_view>, std::size_t>;

Ranks ranks_of(const traces::InitialTree& tree) {
  Ranks ranks;
  for (const Node& node : tree.nodes)
    for (std::size_t i = 0; i < node.listing.size(); ++i) ranks[{node.path, node.listing[i]}] = i;
  return ranks;
}

kernel::InitialFile initial_file(const Node& node) {
  kernel::InitialFile file;
  file.path = node.path;
  file.mode = type_bits(node.kind) | node.mode;
  file.size = node.size;
  file.uid = node.uid;
  file.gid = node.gid;
  file.rdev = std::uint64_t{node.major} << 8 | node.minor;
  file.target = node.target;
  file.interpreter = node.interpreter;
  file.readings = node.readings;
  file.refusal = node.refusal;
  for (const traces::Xattr& xattr : node.xattrs) file.xattrs.emplace_back(xattr.name, xattr.size);
  file.xattr_error = node.xattr_error;
  return file;
}

}  // namespace

void for_each_initial_file(const traces::InitialTree& tree, const Relocation& relocation,
                           const std::function<void(const kernel::InitialFile&)>& create) {
  const auto create_at_its_place = [&](kernel::InitialFile file) {
    if (relocation.moves(file.target)) file.target.insert(0, relocation.to);
    if (relocation.moves(file.interpreter)) file.interpreter.insert(0, relocation.to);
    if (relocation.is_top(file.path) && file.mode != 0) create(file);
    if (relocation.moves(file.path)) file.path.insert(0, relocation.to);
    create(file);
  };
  const Ranks ranks = ranks_of(tree);
  using Key = std::tuple<std::size_t, std::string_view, std::size_t, std::string_view>;
  const auto key = [&ranks](const Node& node) -> Key {
    const std::string_view path = node.path;
    const std::string_view name = path.substr(path.rfind('/') + 1);
    const auto rank = ranks.find({parent_of(path), name});
    const auto depth = path == "/" ? 0 : static_cast<std::size_t>(std::count(path.begin(), path.end(), '/'));
    return {depth, parent_of(path), rank == ranks.end() ? SIZE_MAX : rank->second, path};
  };
  std::vector<std::pair<Key, const Node*>> order;
  for (const Node& node : tree.nodes) order.emplace_back(key(node), &node);
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [position, node] : order) create_at_its_place(initial_file(*node));
  for (const traces::MissingPath& missing : tree.missing) {
    kernel::InitialFile file;
    file.path = missing.path;
    file.mode = 0;
    create_at_its_place(std::move(file));
  }
}

}  // namespace isosim::workloads
