// A published result, and the run that it is compared with.
#pragma once

#include <string>
#include <vector>

#include "calibration/measurement.h"

namespace isosim::calibration {

struct Target {
  std::string experiment, storage, x;  // as in the CSV
  Metric metric = Metric::seconds;
  double published = 0;  // median: seconds an operation, or exits in all
  Run run;
};

// The rows of HotCloud'19 for the workloads and platforms that isosim has, in the order of the file. Throws
// std::runtime_error with the line of a malformed row.
std::vector<Target> hotcloud19_targets();

// A ratio of two mean latencies that the paper's text states.
struct ClaimedRatio {
  std::string id;  // in the list of the paper's claims
  Run over, under;
  double published = 1;
};

// Those for the platforms that isosim has; throws as hotcloud19_targets().
std::vector<ClaimedRatio> hotcloud19_ratios();

}  // namespace isosim::calibration
