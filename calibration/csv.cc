#include "calibration/csv.h"

#include <charconv>
#include <span>
#include <stdexcept>
#include <string>

#include "sim/data_file.h"

namespace isosim::data {
std::span<const sim::DataFile> target_files();
}

namespace isosim::calibration {

namespace {

std::string_view text_of(std::string_view name) {
  for (const sim::DataFile& file : data::target_files())
    if (file.name.ends_with(name)) return file.text;
  throw std::logic_error(std::string(name) + " is missing in this build");
}

}  // namespace

Cells split(std::string_view text, char separator) {
  Cells cells;
  while (!text.empty()) {
    const std::size_t end = text.find(separator);
    cells.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return cells;
    text.remove_prefix(end + 1);
    if (text.empty()) cells.emplace_back();
  }
  return cells;
}

bool read_number(std::string_view text, double& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

void for_each_row(std::string_view file, const std::function<bool(const Cells&)>& row) {
  std::size_t number = 0, columns = 0;
  std::string_view text = text_of(file);
  if (text.ends_with('\n')) text.remove_suffix(1);
  for (const std::string_view line : split(text, '\n')) {
    const Cells cells = split(line, ',');
    if (++number == 1) {
      columns = cells.size();
    } else if (cells.size() != columns || !row(cells)) {
      throw std::runtime_error(std::string(file) + ":" + std::to_string(number) + ": malformed row");
    }
  }
}

}  // namespace isosim::calibration
