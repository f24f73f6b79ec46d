// Runs, and what was read off them.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace isosim::calibration {

// A run of a workload on a platform.
struct Run {
  std::string platform, workload;
  std::map<std::string, std::string> arguments;  // --arg
  auto operator<=>(const Run&) const = default;
};

// What of a run a result is about.
enum class Metric : std::uint8_t {
  seconds,    // mean of an operation
  rate,       // operations a second of the run, warming up included: of those that go on at the same time
  kvm_exits,  // of the whole run, as the next two
  page_fault_exits,  // EPT violations
  user_exits,
  mmaps,          // calls of mmap
  offered_calls,  // of the platform: models::CallInterface
  host_calls
};
inline constexpr std::array<std::string_view, 8> kMetricNames{
    "seconds", "rate", "kvm_exits", "page_fault_exits", "user_exits", "mmaps", "offered_calls", "host_calls"};

struct Measurement {
  std::array<double, kMetricNames.size()> values{};
  double& operator[](Metric metric) { return values[static_cast<std::size_t>(metric)]; }
  double operator[](Metric metric) const { return values[static_cast<std::size_t>(metric)]; }
};

// On machine e5-2630v3. Throws what the run throws.
Measurement measure(const Run& run);

// What was measured, by run.
class Measurements {
 public:
  // Runs of workloads that repeat an operation and do not say how often do it `operations` times.
  explicit Measurements(std::uint64_t operations) : operations_(operations) {}

  // The run with the count that it has.
  [[nodiscard]] Run complete(Run run) const;

  void add(const Run& run, const Measurement& measured) { by_run_[complete(run)] = measured; }

  // Throws std::out_of_range for a run that was not made.
  [[nodiscard]] double of(const Run& run, Metric metric) const { return by_run_.at(complete(run))[metric]; }

 private:
  std::uint64_t operations_;
  std::map<Run, Measurement> by_run_;
};

}  // namespace isosim::calibration
