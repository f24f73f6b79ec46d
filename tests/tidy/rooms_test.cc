// The house rules that can be counted: who includes whom, how long files are, words that mean unfinished
// work.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

const fs::path kRoot = ISOSIM_SOURCE_DIR;

// What each room may include besides itself.
const std::map<std::string, std::set<std::string>> kMayInclude = {
    {"abi", {}},
    {"sim", {}},
    {"cpu", {"sim"}},
    {"kernel-model", {"abi", "sim", "cpu"}},
    {"kvm-model", {"sim", "cpu", "kernel-model"}},
    {"traces", {"abi", "sim"}},
    {"models", {"sim", "cpu", "kernel-model", "kvm-model"}},
    {"workloads", {"sim", "cpu", "kernel-model", "kvm-model", "models", "traces"}},
    {"calibration", {"sim", "cpu", "kernel-model", "kvm-model", "models", "traces", "workloads"}},
    {"cli", {"sim", "cpu", "kernel-model", "kvm-model", "models", "traces", "workloads", "calibration"}},
};

struct Source {
  fs::path path;  // from the root
  std::vector<std::string> lines;
};

std::vector<Source> sources() {
  std::vector<Source> found;
  for (const auto& [room, allowed] : kMayInclude) {
    if (!fs::exists(kRoot / room)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / room)) {
      const auto extension = entry.path().extension();
      if (extension != ".h" && extension != ".cc") continue;
      Source source{fs::relative(entry.path(), kRoot), {}};
      std::ifstream file(entry.path());
      for (std::string line; std::getline(file, line);) source.lines.push_back(line);
      found.push_back(std::move(source));
    }
  }
  std::sort(found.begin(), found.end(), [](const Source& a, const Source& b) { return a.path < b.path; });
  return found;
}

}  // namespace

TEST_CASE("rooms include only the rooms below them", "[tidy]") {
  for (const Source& source : sources()) {
    const std::string room = source.path.begin()->string();
    for (const std::string& line : source.lines) {
      if (!line.starts_with("#include \"")) continue;
      const std::string included = line.substr(10, line.find('/') - 10);
      INFO(source.path << ": " << line);
      CHECK((included == room || kMayInclude.at(room).contains(included)));
    }
  }
}

TEST_CASE("files are short", "[tidy]") {
  std::vector<std::size_t> lengths;
  std::size_t long_files = 0;
  for (const Source& source : sources()) {
    lengths.push_back(source.lines.size());
    if (source.lines.size() > 350) {
      ++long_files;
      WARN(source.path << " has " << source.lines.size() << " lines");
    }
  }
  std::sort(lengths.begin(), lengths.end());
  CHECK(lengths[lengths.size() / 2] < 120);
  CHECK(long_files <= lengths.size() / 50);
}

TEST_CASE("nothing is left for later, and no result depends on the wall clock or unseeded randomness",
          "[tidy]") {
  const std::vector<std::string> words = {
      "TO"
      "DO",
      "FIX"
      "ME",
      "XX"
      "X",
      "place"
      "holder",
      "not imple"
      "mented",
      "std::rand",
      "random_device",
      "system_clock"};
  for (const Source& source : sources())
    for (const std::string& line : source.lines)
      for (const std::string& word : words) {
        INFO(source.path << ": " << line);
        CHECK(line.find(word) == std::string::npos);
      }
}
