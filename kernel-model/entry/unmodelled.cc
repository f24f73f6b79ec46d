#include "kernel-model/entry/unmodelled.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "kernel-model/catalogue/load.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

Unmodelled::Unmodelled(const Kernel& kernel) {
  paths_.fill(kernel.path("default.other"));
  // What the kernel does with a number that it does not know is measured: nothing beyond entry.
  paths_[kSyscallLimit] = kernel.path("default.unknown_number");
  for (const auto& [call, path] : default_path_names()) {
    const auto nr = syscall_number(call);
    if (!nr)
      throw std::invalid_argument(fmt::format("defaults.json: {}: no call '{}' on x86-64", path, call));
    paths_[*nr] = kernel.path(path);
  }
}

std::int64_t Unmodelled::run(Thread& thread, Sys& sys, bool strict) {
  if (strict) {
    const auto name = syscall_name(sys.nr);
    throw std::runtime_error(
        fmt::format("system call {} ({}) has no model, and --strict refuses the default path; thread {} ({}) "
                    "made it at {} ns",
                    sys.nr, name.empty() ? "not a Linux x86-64 number" : name, thread.tid, thread.name,
                    thread.now().ps / 1000));
  }
  const sim::Time start = thread.now();
  thread.charge(path(sys.nr));
  Count& count = counts_[std::min(sys.nr, kSyscallLimit)];
  ++count.calls;
  count.time += thread.now() - start;
  sys.defaulted = true;
  return sys.recorded.value_or(-ENOSYS_);
}

std::vector<Unmodelled::Row> Unmodelled::rows() const {
  std::vector<Row> rows;
  for (SysNr nr = 0; nr <= kSyscallLimit; ++nr)
    if (counts_[nr].calls != 0) rows.push_back({nr, counts_[nr]});
  return rows;
}

}  // namespace isosim::kernel
