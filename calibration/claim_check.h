// Claims held against what was measured.
#pragma once

#include <string>
#include <vector>

#include "calibration/claim.h"

namespace isosim::calibration {

// The runs that a claim's checks ask for; one may be there more than once.
std::vector<Run> runs_of(const Claim& claim);

struct Verdict {
  bool evaluated = false, holds = false;
  std::string model;  // the numbers that decided
};

// Of a claim without checks: not evaluated. Throws std::out_of_range if one of its runs is not in `measured`.
Verdict evaluate(const Claim& claim, const Measurements& measured);

}  // namespace isosim::calibration
