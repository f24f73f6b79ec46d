#include "workloads/call_statistics.h"

#include <algorithm>
#include <string>

namespace isosim::workloads {

using kernel::SysNr;

LatencySummary summarise(const sim::Histogram& histogram) {
  return {histogram.count(),       histogram.sum(),         histogram.quantile(500),
          histogram.quantile(950), histogram.quantile(990), histogram.max()};
}

void CallStatistics::add(SysNr nr, sim::Time span, bool failed, bool defaulted) {
  auto& entry = entries_[std::min(nr, kernel::kSyscallLimit)];
  if (!entry) entry = std::make_unique<Entry>();
  entry->latency.add(span);
  entry->errors += failed ? 1 : 0;
  if (defaulted) {
    ++entry->defaulted;
    entry->defaulted_time += span;
  }
  ++calls_;
}

std::vector<CallRow> CallStatistics::rows() const {
  std::vector<CallRow> rows;
  for (SysNr nr = 0; nr <= kernel::kSyscallLimit; ++nr) {
    if (!entries_[nr]) continue;
    const std::string_view name = kernel::syscall_name(nr);
    const Entry& entry = *entries_[nr];
    rows.push_back({name.empty() ? "(unknown number)" : std::string(name), entry.errors, entry.defaulted,
                    entry.defaulted_time, summarise(entry.latency)});
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const CallRow& a, const CallRow& b) { return a.latency.total > b.latency.total; });
  return rows;
}

LatencySummary CallStatistics::all() const {
  sim::Histogram sum;
  for (const auto& entry : entries_)
    if (entry) sum.merge(entry->latency);
  return summarise(sum);
}

}  // namespace isosim::workloads
