// How runsc's processes handle small files and descriptors.
#pragma once

#include <string_view>
#include <vector>

#include "models/container/runtime_calls.h"

namespace isosim::models::runsc {

inline constexpr const char* kBinary = "/usr/local/bin/runsc";

// ioutil.ReadFile and WriteFile.
void read_file(RuntimeCalls& calls, std::string_view path);
void write_file(RuntimeCalls& calls, std::string_view path, std::uint64_t bytes);

// forkAndExecInChild (syscall/exec_linux.go of Go 1.12): descriptors that the child gets, from 3 on.
void donate(RuntimeCalls& child, const std::vector<std::int32_t>& descriptors);

// pivot_root(".", ".") and off with the old root (runsc/cmd/chroot.go).
void pivot_root(RuntimeCalls& calls, std::string_view root);

}  // namespace isosim::models::runsc
