// The start of a program written in Go, as container runtimes are: execve of a large static binary, what its
// runtime asks the kernel for before main() (rt0_linux_amd64.s, os_linux.go, malloc.go, signal_unix.go of
// Go 1.12), the page faults of its initialisation and its init functions.
#pragma once

#include <string>
#include <string_view>

#include "models/container/runtime_calls.h"

namespace isosim::models {

inline constexpr const char* kOwnProgram = "/proc/self/exe";  // how runtimes start themselves again

// Puts the binary there, its pages in the page cache: it ran before. Costs no time.
void install_go_program(kernel::Vfs& vfs, kernel::FsContext& files, const std::string& path,
                        std::uint64_t bytes);

// Replaces the caller's program; of the new one nothing has run.
void exec_program(RuntimeCalls& calls, std::string_view path);

// Up to main() of the program that the thread's process has; see exec_go_program().
RuntimeCalls start_go_runtime(kernel::Thread& thread, int threads, std::uint64_t buffer_bytes = 64 << 10);

// Replaces the caller's program. Returns what makes the new one's calls, with a buffer of `buffer_bytes` in
// its memory. `threads`: those that its runtime starts beside the first, sysmon among them; they sleep until
// the process ends.
RuntimeCalls exec_go_program(RuntimeCalls& calls, std::string_view path, int threads,
                             std::uint64_t buffer_bytes = 64 << 10);

}  // namespace isosim::models
