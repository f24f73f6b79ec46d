// A published result, and the run that it is compared with.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace isosim::calibration {

struct Target {
  std::string experiment, platform, storage, x;  // as in the CSV
  double seconds = 0;                            // median
  std::string workload;                          // of isosim
  std::map<std::string, std::string> arguments;
};

// The rows of HotCloud'19 for the workloads and platforms that isosim has, in the order of the file. Throws
// std::runtime_error with the line of a malformed row.
std::vector<Target> hotcloud19_targets();

}  // namespace isosim::calibration
