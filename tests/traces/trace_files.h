// The real traces that the tests read.
#pragma once

#include <algorithm>
#include <filesystem>
#include <vector>

#include "traces/input.h"
#include "traces/tar.h"

namespace isosim::traces {

inline std::filesystem::path trace_folder() {
  return std::filesystem::path(ISOSIM_SOURCE_DIR) / "tests" / "data" / "traces";
}

inline std::vector<std::filesystem::path> test_traces() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(trace_folder())) {
    if (entry.path().extension() == ".zst") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

inline std::string unpacked(const std::filesystem::path& file) {
  return read_all(*open_input(file), std::size_t{1} << 30, file.string());
}

// A line that has no line feed counts.
inline std::uint64_t count_lines(const std::filesystem::path& file) {
  const std::string text = unpacked(file);
  const auto lines = [](std::string_view t) {
    return static_cast<std::uint64_t>(std::count(t.begin(), t.end(), '\n')) +
           (!t.empty() && t.back() != '\n');
  };
  if (!is_tar(text)) return lines(text);
  std::uint64_t n = 0;
  for (const TarMember& m : tar_members(text, file.string())) n += lines(m.bytes);
  return n;
}

}  // namespace isosim::traces
