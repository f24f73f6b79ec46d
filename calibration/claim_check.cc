#include "calibration/claim_check.h"

#include <fmt/core.h>

#include <algorithm>
#include <functional>

#include "calibration/csv.h"

namespace isosim::calibration {

namespace {

std::size_t points(const Check& check) { return std::max<std::size_t>(1, check.sweep.values.size()); }

Run run_at(const Check& check, const Quantity& quantity, std::size_t point) {
  Run run = quantity.run;
  if (!check.sweep.values.empty()) run.arguments.try_emplace(check.sweep.argument, check.sweep.values[point]);
  return run;
}

std::string time_text(double seconds) {
  if (seconds < 1e-3) return fmt::format("{:.3g} us", seconds * 1e6);
  return seconds < 1 ? fmt::format("{:.3g} ms", seconds * 1e3) : fmt::format("{:.3g} s", seconds);
}

// What one check sees, and how it is shown.
class Numbers {
 public:
  Numbers(const Check& check, const Measurements& measured) : check_(check), measured_(measured) {}

  [[nodiscard]] double at(std::size_t point, std::size_t value = 0) const {
    const auto read = [&](const Quantity& q) { return measured_.of(run_at(check_, q, point), q.metric); };
    const double number = read(check_.values[value]);
    return check_.over.empty() ? number : number / read(check_.over.front());
  }

  [[nodiscard]] std::vector<double> all(std::size_t value = 0) const {
    std::vector<double> numbers;
    for (std::size_t i = 0; i < points(check_); ++i) numbers.push_back(at(i, value));
    return numbers;
  }

  [[nodiscard]] std::string text(double number) const {
    const Metric metric = check_.values.front().metric;
    if (check_.over.empty() && metric == Metric::seconds) return time_text(number);
    return number < 1000 ? fmt::format("{:.3g}", number) : fmt::format("{:.0f}", number);
  }

  [[nodiscard]] std::string text(const std::vector<double>& numbers) const {
    std::string joined;
    for (const double number : numbers) joined += (joined.empty() ? "" : ", ") + text(number);
    return joined;
  }

 private:
  const Check& check_;
  const Measurements& measured_;
};

Verdict within(const Check& check, const Numbers& numbers) {
  std::vector<double> all = numbers.all();
  if (check.which == Which::largest) all = {*std::max_element(all.begin(), all.end())};
  const auto inside =
      std::count_if(all.begin(), all.end(), [&](double n) { return n >= check.low && n <= check.high; });
  const auto count = static_cast<std::ptrdiff_t>(all.size());
  const std::ptrdiff_t wanted = check.which == Which::any    ? 1
                                : check.which == Which::most ? count / 2 + 1
                                                             : count;
  return {true, inside >= wanted, numbers.text(all)};
}

Verdict monotone(const Numbers& numbers, bool rising) {
  const std::vector<double> all = numbers.all();
  const auto breaks = [rising](double a, double b) { return rising ? a >= b : a <= b; };
  return {true, std::adjacent_find(all.begin(), all.end(), breaks) == all.end(), numbers.text(all)};
}

Verdict ordered(const Check& check, const Numbers& numbers) {
  Verdict verdict{true, true, ""};
  for (std::size_t point = 0; point < points(check); ++point) {
    std::vector<double> values;
    for (std::size_t i = 0; i < check.values.size(); ++i) values.push_back(numbers.at(point, i));
    verdict.holds = verdict.holds &&
                    std::adjacent_find(values.begin(), values.end(), std::greater_equal<>()) == values.end();
    verdict.model += (point == 0 ? "" : "; ") + numbers.text(values);
  }
  return verdict;
}

Verdict crossover(const Check& check, const Numbers& numbers) {
  const std::vector<double> all = numbers.all();
  const auto first = std::find_if(all.begin(), all.end(), [&](double n) { return n >= check.threshold; });
  if (first == all.end()) return {true, false, "nowhere: " + numbers.text(all)};
  const std::string& at = check.sweep.values[static_cast<std::size_t>(first - all.begin())];
  double number = 0;
  read_number(at, number);
  return {true, number >= check.low && number <= check.high, fmt::format("at {}: {}", at, numbers.text(all))};
}

Verdict evaluate(const Check& check, const Measurements& measured) {
  const Numbers numbers(check, measured);
  switch (check.relation) {
    case Relation::rising:
    case Relation::falling:
      return monotone(numbers, check.relation == Relation::rising);
    case Relation::order:
      return ordered(check, numbers);
    case Relation::crossover:
      return crossover(check, numbers);
    default:
      return within(check, numbers);
  }
}

}  // namespace

std::vector<Run> runs_of(const Claim& claim) {
  std::vector<Run> runs;
  for (const Check& check : claim.checks)
    for (const auto* list : {&check.values, &check.over})
      for (const Quantity& quantity : *list)
        for (std::size_t i = 0; i < points(check); ++i) runs.push_back(run_at(check, quantity, i));
  return runs;
}

Verdict evaluate(const Claim& claim, const Measurements& measured) {
  Verdict whole{!claim.checks.empty(), true, ""};
  for (const Check& check : claim.checks) {
    const Verdict part = evaluate(check, measured);
    whole.holds = whole.holds && part.holds;
    whole.model += (whole.model.empty() ? "" : "; ") + part.model;
  }
  return whole;
}

}  // namespace isosim::calibration
