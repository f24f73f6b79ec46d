// The model beside the published rows: signed errors, as docs/accuracy.md shows them.
#pragma once

#include <string>
#include <vector>

#include "calibration/claim.h"
#include "calibration/target.h"

namespace isosim::calibration {

// All runs that `targets`, `ratios` and `claims` ask for, each once and complete.
std::vector<Run> runs_of(const std::vector<Target>& targets, const std::vector<ClaimedRatio>& ratios,
                         const std::vector<Claim>& claims, const Measurements& measured);

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

// A table of what becomes of each, under a line with the sums.
std::string claims_table(const std::vector<Claim>& claims, const Measurements& measured);

// The document. `claims`: claims_table(). `known_gaps`: text of calibration/known-gaps.md.
std::string accuracy_document(const std::vector<Row>& rows, const std::vector<Ratio>& claimed,
                              const std::string& claims, const std::string& known_gaps);

}  // namespace isosim::calibration
