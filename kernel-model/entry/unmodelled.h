// Calls without a model: they take a declared default path, are counted, and return what was recorded.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "kernel-model/abi/syscall.h"
#include "kernel-model/abi/syscall_names.h"
#include "sim/path.h"
#include "sim/time.h"

namespace isosim::kernel {

class Kernel;

class Unmodelled {
 public:
  struct Count {
    std::uint64_t calls = 0;
    sim::Time time;  // on the default path
  };
  struct Row {
    SysNr nr;  // kSyscallLimit stands for numbers that Linux does not know
    Count count;
  };

  // Resolves the default path of every call: kernel-model/catalogue/defaults.json says which calls take
  // which.
  explicit Unmodelled(const Kernel& kernel);

  // Charges the default path of `sys` and marks it so (Sys::defaulted); returns Sys::recorded, else -ENOSYS.
  // Throws std::runtime_error if `strict`.
  std::int64_t run(Thread& thread, Sys& sys, bool strict);

  [[nodiscard]] std::vector<Row> rows() const;  // calls that happened, by number
  [[nodiscard]] sim::PathId path(SysNr nr) const { return paths_[nr < kSyscallLimit ? nr : kSyscallLimit]; }

 private:
  std::array<sim::PathId, kSyscallLimit + 1> paths_;
  std::array<Count, kSyscallLimit + 1> counts_{};
};

}  // namespace isosim::kernel
