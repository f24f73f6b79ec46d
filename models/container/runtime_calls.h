// System calls of a container runtime's processes, as they make them.
#pragma once

#include <array>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "kernel-model/kernel.h"
#include "models/process_ended.h"

namespace isosim::models {

class RuntimeCalls {
 public:
  using Arguments = std::array<std::uint64_t, 6>;
  using Texts = std::initializer_list<std::pair<std::size_t, std::string_view>>;

  // `thread` makes the calls. What it reads and writes lies at `buffer`.
  RuntimeCalls(kernel::Thread& thread, kernel::Address buffer) : thread_(thread), buffer_(buffer) {}

  // The result or a negative errno. `texts`: the strings that arguments point to.
  std::int64_t attempt(kernel::SysNr nr, Arguments args, Texts texts = {});
  // The same; a failure ends the runtime with std::runtime_error, which names the call.
  std::int64_t call(kernel::SysNr nr, Arguments args, Texts texts = {});
  std::int64_t call(kernel::Sys& sys);

  void make_directories(std::string_view path);  // mkdir -p
  void mount(std::string_view source, std::string_view target, std::string_view type, std::uint64_t flags,
             std::string_view data = {});
  std::int32_t open(std::string_view path, std::uint64_t flags);
  void close(std::int32_t fd);
  void write(std::int32_t fd, std::uint64_t bytes);
  std::int64_t read(std::int32_t fd, std::uint64_t bytes);
  std::array<std::int32_t, 2> pipe();
  std::array<std::int32_t, 2> socket_pair();  // AF_UNIX, stream
  // Starts a process that runs `body`, up to its end or ProcessEnded; its number in the caller's name space.
  std::int32_t clone(std::uint64_t flags, std::function<void(kernel::Thread&)> body);
  // The same with all of `flags`, for a thread of the same process.
  std::int32_t thread_of_process(std::uint64_t flags, std::function<void(kernel::Thread&)> body);
  void wait_for(std::int32_t pid);

  [[nodiscard]] kernel::Address buffer() const { return buffer_; }
  [[nodiscard]] kernel::Thread& thread() const { return thread_; }
  [[nodiscard]] kernel::Kernel& kernel() const { return thread_.kernel; }

 private:
  std::int64_t run(kernel::Sys& sys);

  kernel::Thread& thread_;
  kernel::Address buffer_;
};

// A buffer in the memory of the thread's process.
kernel::Address map_buffer(kernel::Thread& thread, std::uint64_t bytes);

}  // namespace isosim::models
