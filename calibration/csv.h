// The files of calibration/targets: comma-separated, a header line, no quotes.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

namespace isosim::calibration {

using Cells = std::vector<std::string_view>;

// Calls `row` for every line of `file` (a name in calibration/targets) but the first. Throws
// std::runtime_error with the line if it has another number of cells than the first, or if `row` returns
// false: malformed.
void for_each_row(std::string_view file, const std::function<bool(const Cells&)>& row);

Cells split(std::string_view text, char separator);  // nothing for an empty text

// False if the whole of `text` is no number.
bool read_number(std::string_view text, double& number);

}  // namespace isosim::calibration
