// Latencies by system call.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "kernel-model/abi/syscall_names.h"
#include "sim/observe/histogram.h"
#include "workloads/result.h"

namespace isosim::workloads {

LatencySummary summarise(const sim::Histogram& histogram);

class CallStatistics {
 public:
  // `defaulted`: the kernel had no model of this call (Sys::defaulted).
  void add(kernel::SysNr nr, sim::Time span, bool failed, bool defaulted = false);

  // A row a call, by total time, largest first.
  [[nodiscard]] std::vector<CallRow> rows() const;
  [[nodiscard]] LatencySummary all() const;
  [[nodiscard]] std::uint64_t calls() const { return calls_; }

 private:
  struct Entry {
    sim::Histogram latency;
    std::uint64_t errors = 0, defaulted = 0;
    sim::Time defaulted_time;
  };
  std::array<std::unique_ptr<Entry>, kernel::kSyscallLimit + 1>
      entries_;  // last: numbers that are no x86-64 call
  std::uint64_t calls_ = 0;
};

}  // namespace isosim::workloads
