// The model beside the published rows: signed errors, as docs/accuracy.md shows them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "calibration/target.h"

namespace isosim::calibration {

struct Measurement {
  double seconds = 0;                                          // mean an operation
  double kvm_exits = 0, page_fault_exits = 0, user_exits = 0;  // of the whole run
  [[nodiscard]] double of(Metric metric) const;
};

// All runs that `targets` and `ratios` ask for, each once; those that name no count do `operations`.
std::vector<Run> runs_of(const std::vector<Target>& targets, const std::vector<ClaimedRatio>& ratios);

// On machine e5-2630v3. Throws what the run throws.
Measurement measure(const Run& run, std::uint64_t operations);

using Measurements = std::map<Run, Measurement>;

struct Row {
  Target target;
  double model = 0;
  [[nodiscard]] double factor() const { return model / target.published; }
};
std::vector<Row> rows_of(const std::vector<Target>& targets, const Measurements& measured);

struct Summary {  // of the latencies
  std::size_t rows = 0;
  double median_factor = 1;  // of max(factor, 1 / factor)
  double worst_factor = 1;
};
Summary summarise(const std::vector<Row>& rows);

// Published and modelled ratio of two latencies.
struct Ratio {
  std::string name;
  double published = 1, model = 1;
};
std::vector<Ratio> runc_ratios(
    const std::vector<Row>& rows);  // over native: rows that differ in the platform alone
std::vector<Ratio> ratios_of(const std::vector<ClaimedRatio>& claimed, const Measurements& measured);

// The document. `known_gaps`: text of calibration/known-gaps.md.
std::string accuracy_document(const std::vector<Row>& rows, const std::vector<Ratio>& claimed,
                              const std::string& known_gaps);

}  // namespace isosim::calibration
