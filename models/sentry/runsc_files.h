// What runsc's processes share.
#pragma once

#include <string_view>

#include "models/container/go_files.h"

namespace isosim::models::runsc {

inline constexpr const char* kBinary = "/usr/local/bin/runsc";

// pivot_root(".", ".") and off with the old root (runsc/cmd/chroot.go).
void pivot_root(RuntimeCalls& calls, std::string_view root);

}  // namespace isosim::models::runsc
