// Any trace replays to its end: no crash, no hang, no undefined behaviour in the models below. Not one of
// tools/test's fuzzers, as it takes all rooms and half an hour to find anything:
//   cmake --preset fuzz -B build/fuzz && cmake --build build/fuzz --target fuzz_replay
//   build/fuzz/tests/fuzz/fuzz_replay -timeout=60 NEW_INPUTS tests/fuzz/corpus/strace
#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "models/platform.h"
#include "sim/params.h"
#include "workloads/replay/replayer.h"

namespace {

using namespace isosim;

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

// Another number in the place of one of the line's.
void change_number(std::string& line, std::minstd_rand& random) {
  static constexpr std::array<const char*, 18> kValues = {"0",
                                                          "1",
                                                          "2",
                                                          "3",
                                                          "4",
                                                          "7",
                                                          "-1",
                                                          "4096",
                                                          "4095",
                                                          "65536",
                                                          "2147483647",
                                                          "-2147483648",
                                                          "4294967295",
                                                          "1048576",
                                                          "9223372036854775807",
                                                          "0x7f0000001000",
                                                          "18446744073709551615",
                                                          "NULL"};
  std::vector<std::size_t> starts;
  for (std::size_t i = 1; i < line.size(); ++i)
    if (std::isdigit(static_cast<unsigned char>(line[i])) &&
        !std::isalnum(static_cast<unsigned char>(line[i - 1])))
      starts.push_back(i);
  if (starts.empty()) return;
  const std::size_t at = starts[random() % starts.size()];
  std::size_t end = at;
  while (end < line.size() && std::isalnum(static_cast<unsigned char>(line[end]))) ++end;
  line.replace(at, end - at, kValues[random() % kValues.size()]);
}

void change(std::vector<std::string>& lines, std::minstd_rand& random) {
  const std::size_t at = random() % lines.size(), other = random() % lines.size();
  switch (random() % 6) {
    case 0:
      lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(at));
      break;
    case 1: {
      const std::string copy = lines[at];
      lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(other), copy);
      break;
    }
    case 2:
      std::swap(lines[at], lines[other]);
      break;
    default:
      change_number(lines[at], random);
  }
}

}  // namespace

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

// Whole lines and numbers, rather than bytes: most of what comes out is still a trace.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
                                               unsigned seed) {
  std::minstd_rand random(seed);
  if (random() % 8 == 0) return LLVMFuzzerMutate(data, size, most);
  std::vector<std::string> lines = lines_of({reinterpret_cast<const char*>(data), size});
  for (auto left = 1 + random() % 4; left != 0 && !lines.empty(); --left) change(lines, random);
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  const std::size_t length = std::min(text.size(), most);
  std::memcpy(data, text.data(), length);
  return length;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr std::array<const char*, 4> kPlatforms = {"native", "native", "runc", "gvisor-kvm"};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const traces::Trace trace = traces::Trace::parse(text);
    if (trace.info().calls == 0) return 0;
    const workloads::TraceAnalysis analysis(trace);
    sim::Settings settings;
    models::StackRequest request;
    request.platform = kPlatforms[size % kPlatforms.size()];
    request.machine = "e5-2630v3";
    const auto stack = models::build_stack(request, settings);
    workloads::Replayer(*stack, trace, analysis, {}).run();
  } catch (const traces::TraceError&) {
  }
  return 0;
}
