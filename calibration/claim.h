// Statements of a paper's text, and how they are checked: relations between numbers that runs give.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "calibration/measurement.h"

namespace isosim::calibration {

// A number read off a run.
struct Quantity {
  Run run;
  Metric metric = Metric::seconds;
};

// A check is made at each point of its sweep: with each of `values` as --arg of those of its runs that do not
// name the argument themselves. Without values there is one point.
struct Sweep {
  std::string argument;
  std::vector<std::string> values;
};

enum class Relation : std::uint8_t {
  within,    // the value, or its ratio to `over`, lies in the range
  rising,    // it grows from each point to the next
  falling,   // it gets smaller
  order,     // each value is smaller than the next one
  crossover  // the first point whose value reaches the threshold lies in the range, as a number
};

// Which points of a sweep have to lie in the range.
enum class Which : std::uint8_t { each, most, any, largest };

struct Check {
  Relation relation = Relation::within;
  std::vector<Quantity> values;
  std::vector<Quantity> over;  // one that they are divided by, or none
  Sweep sweep;
  Which which = Which::each;
  double low = 0, high = 0;  // the range, ends included
  double threshold = 0;
};

struct Claim {
  std::string id, section;
  std::string statement;  // in our words
  std::string published;  // the number or the trend, as text
  std::vector<Check> checks;
  std::string not_evaluated;  // why there is none
};

// Reads a document of the form of calibration/claims-schema.json. Throws std::invalid_argument with `where`,
// the JSON pointer and what would be right.
std::vector<Claim> read_claims(std::string_view text, std::string_view where);

// Those of HotCloud'19, sections 2 to 3.6 without 3.4.
std::vector<Claim> hotcloud19_claims();

}  // namespace isosim::calibration
