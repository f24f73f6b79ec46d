// How programs written in Go handle small files and the descriptors of what they start.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "models/container/runtime_calls.h"

namespace isosim::models {

// ioutil.ReadFile and WriteFile.
void read_file(RuntimeCalls& calls, std::string_view path);
void write_file(RuntimeCalls& calls, std::string_view path, std::uint64_t bytes);

// forkAndExecInChild (syscall/exec_linux.go of Go 1.12): descriptors that the child gets, from `first` on.
void donate(RuntimeCalls& child, const std::vector<std::int32_t>& descriptors, std::uint64_t first = 3);

// os.StartProcess (syscall/exec_unix.go): a vfork, and a pipe that closes with the child's execve. `child`
// makes the calls of the new process, which has the caller's memory until it calls execve. The child's
// number.
std::int32_t start_process(RuntimeCalls& calls, std::function<void(RuntimeCalls&)> child);

}  // namespace isosim::models
