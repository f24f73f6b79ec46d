#include "models/gofer/server/fid_ref.h"

#include <utility>

namespace isosim::models::gofer {

std::shared_ptr<PathNode> PathNode::node_for(std::string_view name) {
  const auto found = nodes.find(name);
  if (found != nodes.end()) return found->second;
  return nodes.emplace(name, std::make_shared<PathNode>()).first->second;
}

FidRef& PathTree::make(FidRef* parent, std::string_view name, std::shared_ptr<PathNode> node) {
  if (free_.empty()) free_.push_back(&refs_.emplace_back());
  FidRef& ref = *free_.back();
  free_.pop_back();
  ref = FidRef{};
  ref.references = 1;
  ref.node = std::move(node);
  ref.parent = parent;
  if (parent && !name.empty()) list(*parent, ref, name);
  return ref;
}

void PathTree::list(FidRef& parent, FidRef& ref, std::string_view name) {
  ref.name = name;
  ref.slot = parent.node->children.size();
  ref.listed = true;
  parent.node->children.push_back(&ref);
}

void PathTree::unlist(FidRef& ref) {
  if (!std::exchange(ref.listed, false)) return;
  std::vector<FidRef*>& siblings = ref.parent->node->children;
  siblings[ref.slot] = siblings.back();
  siblings[ref.slot]->slot = ref.slot;
  siblings.pop_back();
}

void PathTree::drop(HostFiles& host, FidRef* ref) {
  while (ref && --ref->references == 0) {
    ref->file.close(host);
    FidRef* const parent = ref->parent;
    if (parent) unlist(*ref);
    ref->node.reset();
    free_.push_back(ref);
    ref = parent;
  }
}

// All fids of the name, no longer listed.
std::vector<FidRef*> PathTree::remove_named(PathNode& node, std::string_view name) {
  std::vector<FidRef*> found;
  for (FidRef* child : node.children)
    if (child->name == name) found.push_back(child);
  for (FidRef* child : found) unlist(*child);
  return found;
}

void PathTree::mark_all_deleted(PathNode& node) {
  for (FidRef* child : node.children) child->deleted = true;
  for (const auto& [_, below] : node.nodes) mark_all_deleted(*below);
}

void PathTree::mark_child_deleted(FidRef& directory, std::string_view name) {
  for (FidRef* child : remove_named(*directory.node, name)) child->deleted = true;
  const std::shared_ptr<PathNode> node = directory.node->node_for(name);
  directory.node->nodes.erase(directory.node->nodes.find(name));
  mark_all_deleted(*node);
}

void PathTree::notify_renamed(PathNode& node) {
  for (FidRef* child : node.children) child->file.renamed(child->parent->file, child->name);
  for (const auto& [_, below] : node.nodes) notify_renamed(*below);
}

void PathTree::rename_child(HostFiles& host, FidRef& from, std::string_view name, FidRef& to,
                            std::string_view new_name) {
  mark_child_deleted(to, new_name);
  std::vector<FidRef*> old_parents;
  for (FidRef* child : remove_named(*from.node, name)) {
    old_parents.push_back(child->parent);
    child->parent = &to;
    ++to.references;
    list(to, *child, new_name);
    child->file.renamed(to.file, new_name);
  }
  const std::shared_ptr<PathNode> node = from.node->node_for(name);
  from.node->nodes.erase(from.node->nodes.find(name));
  // pkg/p9 stores the node under the new name in the old directory; paths to it are looked up in the new one.
  to.node->nodes.insert_or_assign(std::string(new_name), node);
  notify_renamed(*node);
  for (FidRef* parent : old_parents) drop(host, parent);
}

}  // namespace isosim::models::gofer
