#include "models/container/go_files.h"

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/file.h"
#include "kernel-model/process/namespaces.h"

namespace isosim::models {

namespace nr = kernel::nr;

// Reads go on until one returns nothing.
void read_file(RuntimeCalls& calls, std::string_view path) {
  const std::int32_t fd = calls.open(path, 0);
  kernel::Sys status;
  status.nr = nr::fstat;
  status.arg = {static_cast<std::uint64_t>(fd), calls.buffer()};
  calls.call(status);
  while (calls.read(fd, 16 << 10) > 0) {
  }
  calls.close(fd);
}

void write_file(RuntimeCalls& calls, std::string_view path, std::uint64_t bytes) {
  using namespace kernel::open_flag;
  const std::int32_t fd = calls.open(path, std::uint64_t{wronly | creat | trunc});
  calls.write(fd, bytes);
  calls.close(fd);
}

// First out of the way of their places, then to them; the copies stay open over execve.
void donate(RuntimeCalls& child, const std::vector<std::int32_t>& descriptors, std::uint64_t first) {
  constexpr std::uint64_t kSetDescriptorFlags = 2, kCloseOnExec = 1;
  const std::uint64_t above = first + descriptors.size();
  std::uint64_t free = above;
  std::vector<std::uint64_t> from;
  for (const std::int32_t fd : descriptors) {
    const auto number = static_cast<std::uint64_t>(fd);
    if (number >= above) free = std::max(free, number + 1);
    from.push_back(number);
  }
  for (std::uint64_t i = 0; i < from.size(); ++i) {
    if (from[i] >= first + i) continue;
    child.call(nr::dup2, {from[i], free});
    child.call(nr::fcntl, {free, kSetDescriptorFlags, kCloseOnExec});
    from[i] = free++;
  }
  for (std::uint64_t i = 0; i < from.size(); ++i) {
    if (from[i] == first + i)
      child.call(nr::fcntl, {from[i], kSetDescriptorFlags, 0});
    else
      child.call(nr::dup2, {from[i], first + i});
  }
}

std::int32_t start_process(RuntimeCalls& calls, std::function<void(RuntimeCalls&)> child) {
  const auto executed = calls.pipe();
  const std::int32_t pid = calls.clone(kernel::clone_flag::vfork | kernel::clone_flag::vm,
                                       [buffer = calls.buffer(), run = std::move(child)](kernel::Thread& t) {
                                         RuntimeCalls own(t, buffer);
                                         run(own);
                                       });
  calls.close(executed[1]);
  calls.read(executed[0], 8);
  calls.close(executed[0]);
  return pid;
}

}  // namespace isosim::models
