// Latencies by system call.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <vector>

#include "kernel-model/abi/syscall_names.h"
#include "sim/observe/histogram.h"
#include "workloads/result.h"

namespace isosim::workloads {

LatencySummary summarise(const sim::Histogram& histogram);

class CallStatistics {
 public:
  void add(kernel::SysNr nr, sim::Time span, bool failed);

  // A row a call, by total time, largest first; `modelled` tells whether a number has a model.
  [[nodiscard]] std::vector<CallRow> rows(const std::function<bool(kernel::SysNr)>& modelled) const;
  [[nodiscard]] LatencySummary all() const;
  [[nodiscard]] std::uint64_t calls() const { return calls_; }

 private:
  struct Entry {
    sim::Histogram latency;
    std::uint64_t errors = 0;
  };
  std::array<std::unique_ptr<Entry>, kernel::kSyscallLimit + 1>
      entries_;  // last: numbers that are no x86-64 call
  std::uint64_t calls_ = 0;
};

}  // namespace isosim::workloads
