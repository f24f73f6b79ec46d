// The model beside the published rows: signed errors, as docs/accuracy.md shows them.
#pragma once

#include <string>
#include <vector>

#include "calibration/target.h"

namespace isosim::calibration {

struct Row {
  Target target;
  double model_seconds = 0;
  [[nodiscard]] double factor() const { return model_seconds / target.seconds; }
};

// Runs the target's workload on its platform, machine e5-2630v3; mean seconds an operation. Throws what the
// run throws.
double run_target(const Target& target, std::uint64_t operations);

struct Summary {
  double median_factor = 1;  // of max(factor, 1 / factor)
  double worst_factor = 1;
};
Summary summarise(const std::vector<Row>& rows);

// A pair of rows that differ in the platform alone: published and modelled runc/native ratio.
struct Ratio {
  std::string name;
  double published = 1, model = 1;
};
std::vector<Ratio> runc_ratios(const std::vector<Row>& rows);

// The document. `known_gaps`: text of calibration/known-gaps.md.
std::string accuracy_document(const std::vector<Row>& rows, const std::string& known_gaps);

}  // namespace isosim::calibration
