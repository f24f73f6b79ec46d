#include "sim/observe/profile.h"

#include <algorithm>
#include <ostream>

namespace isosim::sim {

namespace {

// A semicolon or a line's end in a name would break the line apart.
std::string fold_safe(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == ';' || c == '\n' || c == '\r'; }, ':');
  return name;
}

}  // namespace

Profile::Profile(const Catalogue& catalogue) : catalogue_(catalogue) { nodes_.push_back({0, Kind::root, 0}); }

std::uint32_t Profile::child(std::uint32_t parent, Kind kind, std::uint32_t key) {
  // Names and paths share the key's space: one bit keeps them apart.
  const std::uint64_t edge = std::uint64_t{parent} << 32 | (kind == Kind::path ? 0x8000'0000u : 0u) | key;
  const auto [it, fresh] = children_.try_emplace(edge, static_cast<std::uint32_t>(nodes_.size()));
  if (fresh) nodes_.push_back({parent, kind, key});
  return it->second;
}

std::uint32_t& Profile::current(const Task& task) {
  if (task.id() >= current_.size()) current_.resize(task.id() + std::size_t{1});
  std::uint32_t& node = current_[task.id()];
  if (node == 0) node = child(0, Kind::task, names_.id(task.name()));
  return node;
}

void Profile::on_charge(const Task& task, PathId path, Time, Time span, std::uint64_t) {
  Node& node = nodes_[child(current(task), Kind::path, path.index)];
  ++node.count;
  node.time += span;
  total_ += span;
}

void Profile::on_enter(const Task& task, std::string_view frame, Time) {
  std::uint32_t& node = current(task);
  node = child(node, Kind::frame, names_.id(frame));
  ++nodes_[node].count;
}

void Profile::on_leave(const Task& task, Time) {
  std::uint32_t& node = current(task);
  if (nodes_[node].kind == Kind::frame) node = nodes_[node].parent;  // else entered before anybody watched
}

void Profile::on_wait(const Task& task, std::string_view, Time start, Time end) {
  nodes_[current(task)].waited += end - start;
}

std::vector<Profile::Total> Profile::by_path() const {
  std::vector<Total> totals;
  std::vector<std::size_t> place(catalogue_.size(), SIZE_MAX);
  for (const Node& node : nodes_) {
    if (node.kind != Kind::path) continue;
    if (place[node.key] == SIZE_MAX) {
      place[node.key] = totals.size();
      totals.push_back({catalogue_[PathId{static_cast<std::uint16_t>(node.key)}].id, 0, {}, {}, {}});
    }
    Total& total = totals[place[node.key]];
    total.count += node.count;
    total.self += node.time;
    total.inclusive += node.time;
  }
  return totals;
}

std::vector<Profile::Total> Profile::by_layer() const {
  std::vector<Total> totals;
  for (const Total& path : by_path()) {
    const std::string& layer = catalogue_[catalogue_.find(path.name)].layer;
    auto it = std::find_if(totals.begin(), totals.end(), [&](const Total& t) { return t.name == layer; });
    if (it == totals.end()) it = totals.insert(it, {layer, 0, {}, {}, {}});
    it->count += path.count;
    it->self += path.self;
    it->inclusive += path.self;
  }
  return totals;
}

std::vector<Profile::Total> Profile::by_frame() const {
  // One more than there are names: charges outside of frames.
  std::vector<Total> by_name(names_.size() + 1);
  const std::size_t outside = names_.size();
  for (const Node& node : nodes_) {
    if (node.kind == Kind::frame) by_name[node.key].count += node.count;
    if (node.time == Time{} && node.waited == Time{}) continue;
    bool innermost = true;
    std::vector<std::uint32_t> counted;  // a frame inside itself counts once
    for (const Node* at = &node; at->kind != Kind::root; at = &nodes_[at->parent]) {
      if (at->kind != Kind::frame) continue;
      Total& total = by_name[at->key];
      if (innermost) total.self += node.time;
      innermost = false;
      if (std::find(counted.begin(), counted.end(), at->key) != counted.end()) continue;
      counted.push_back(at->key);
      total.inclusive += node.time;
      total.waited += node.waited;
    }
    if (innermost) {
      by_name[outside].self += node.time;
      by_name[outside].inclusive += node.time;
      by_name[outside].waited += node.waited;
    }
  }
  std::vector<Total> totals;
  for (std::size_t i = 0; i < by_name.size(); ++i) {
    if (by_name[i].count == 0 && i != outside) continue;  // the name of a task
    if (i != outside) by_name[i].name = names_[static_cast<std::uint32_t>(i)];
    totals.push_back(by_name[i]);
  }
  return totals;
}

void Profile::write_folded(std::ostream& out) const {
  std::vector<std::string> stacks(nodes_.size());
  for (std::size_t i = 1; i < nodes_.size(); ++i) {
    const Node& node = nodes_[i];
    stacks[i] = node.parent == 0 ? "" : stacks[node.parent] + ";";
    stacks[i] +=
        fold_safe(node.kind == Kind::path ? catalogue_[PathId{static_cast<std::uint16_t>(node.key)}].id
                                          : names_[node.key]);
    if (node.time != Time{}) out << stacks[i] << ' ' << node.time.ps << '\n';
  }
}

}  // namespace isosim::sim
