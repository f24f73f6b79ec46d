// The inferred tree in the order in which a file system has to be filled.
#pragma once

#include <functional>

#include "kernel-model/fs/vfs.h"
#include "traces/infer_tree.h"
#include "workloads/replay/relocation.h"

namespace isosim::workloads {

// Calls `create` for every node: parents first, the children of a listed directory in the order of its
// listing; then for every path that is known to be missing, with mode 0. Nodes lie where `relocation` has
// them.
void for_each_initial_file(const traces::InitialTree& tree, const Relocation& relocation,
                           const std::function<void(const kernel::InitialFile&)>& create);

}  // namespace isosim::workloads
