#include "calibration/accuracy.h"

#include <fmt/core.h>

#include <algorithm>

#include "calibration/claim_check.h"

namespace isosim::calibration {

namespace {

double symmetric(double factor) { return std::max(factor, 1 / factor); }

std::string row_name(const Target& target) {
  std::string name = target.experiment;
  if (!target.storage.empty()) name += " " + target.storage;
  if (!target.x.empty()) name += " " + target.x + " B";
  return name;
}

std::string row_line(const Row& row) {
  const bool time = row.target.metric == Metric::seconds;
  const auto value = [time](double v) {
    return time ? fmt::format("{:.3f}", v * 1e6) : fmt::format("{:.0f}", v);
  };
  return fmt::format("| {} | {} | {} | {} | {} | {} | {:+.0f} % |\n", row.target.experiment,
                     row.target.run.platform, row.target.storage, row.target.x, value(row.target.published),
                     value(row.model), 100 * (row.factor() - 1));
}

// Exits are counts of one run, not a figure of the model's speed: a section of their own.
std::string table(const std::vector<Row>& rows, bool times) {
  std::string text =
      "| experiment | platform | storage | bytes | published | model | error |\n| --- | --- | --- | ---: | "
      "---: | ---: | ---: |\n";
  for (const Row& row : rows)
    if ((row.target.metric == Metric::seconds) == times) text += row_line(row);
  return text;
}

std::string ratio_table(const std::vector<Ratio>& ratios) {
  std::string text = "| row | published | model | error |\n| --- | ---: | ---: | ---: |\n";
  for (const Ratio& ratio : ratios)
    text += fmt::format("| {} | {:.2f} | {:.2f} | {:+.0f} % |\n", ratio.name, ratio.published, ratio.model,
                        100 * (ratio.model / ratio.published - 1));
  return text;
}

std::string where(const Run& run) {
  std::string text = run.platform;
  for (const auto& [name, value] : run.arguments) text += " " + name + "=" + value;
  return text;
}

// The container's image is the counterpart of the host's root file system.
std::string native_storage(const std::string& storage) {
  return storage == "overlay:image" ? "ext4" : storage;
}

}  // namespace

std::vector<Run> runs_of(const std::vector<Target>& targets, const std::vector<ClaimedRatio>& ratios,
                         const std::vector<Claim>& claims, const Measurements& measured) {
  std::vector<Run> runs;
  const auto add = [&](const Run& run) {
    const Run complete = measured.complete(run);
    if (std::find(runs.begin(), runs.end(), complete) == runs.end()) runs.push_back(complete);
  };
  for (const Target& target : targets) add(target.run);
  for (const ClaimedRatio& ratio : ratios) add(ratio.over), add(ratio.under);
  for (const Claim& claim : claims)
    for (const Run& run : runs_of(claim)) add(run);
  return runs;
}

std::vector<Row> rows_of(const std::vector<Target>& targets, const Measurements& measured) {
  std::vector<Row> rows;
  for (const Target& target : targets) rows.push_back({target, measured.of(target.run, target.metric)});
  return rows;
}

std::vector<Ratio> ratios_of(const std::vector<ClaimedRatio>& claimed, const Measurements& measured) {
  std::vector<Ratio> ratios;
  for (const ClaimedRatio& claim : claimed)
    ratios.push_back({claim.over.workload + ", " + where(claim.over) + " over " + where(claim.under),
                      claim.published,
                      measured.of(claim.over, Metric::seconds) / measured.of(claim.under, Metric::seconds)});
  return ratios;
}

Summary summarise(const std::vector<Row>& rows) {
  std::vector<double> factors;
  for (const Row& row : rows)
    if (row.target.metric == Metric::seconds) factors.push_back(symmetric(row.factor()));
  if (factors.empty()) return {};
  std::sort(factors.begin(), factors.end());
  return {factors.size(), factors[factors.size() / 2], factors.back()};
}

std::vector<Ratio> runc_ratios(const std::vector<Row>& rows) {
  std::vector<Ratio> ratios;
  for (const Row& runc : rows) {
    if (runc.target.run.platform != "runc") continue;
    for (const Row& native : rows) {
      if (native.target.run.platform != "native" || native.target.experiment != runc.target.experiment ||
          native.target.x != runc.target.x || native.target.storage != native_storage(runc.target.storage))
        continue;
      ratios.push_back({row_name(runc.target), runc.target.published / native.target.published,
                        runc.model / native.model});
    }
  }
  return ratios;
}

std::string claims_table(const std::vector<Claim>& claims, const Measurements& measured) {
  std::size_t held = 0, missed = 0;
  std::string lines;
  for (const Claim& claim : claims) {
    const Verdict verdict = evaluate(claim, measured);
    if (verdict.evaluated) ++(verdict.holds ? held : missed);
    lines += fmt::format("| {} | {} | {} | {} | {} | {} |\n", claim.id, claim.section, claim.statement,
                         claim.published, verdict.evaluated ? verdict.model : claim.not_evaluated,
                         !verdict.evaluated ? "not evaluated"
                         : verdict.holds    ? "holds"
                                            : "**missed**");
  }
  return fmt::format("{} claims: {} hold, {} are missed, {} are not evaluated.\n\n", claims.size(), held,
                     missed, claims.size() - held - missed) +
         "| claim | section | statement | published | model | |\n| --- | --- | --- | --- | --- | --- |\n" +
         lines;
}

std::string accuracy_document(const std::vector<Row>& rows, const std::vector<Ratio>& claimed,
                              const std::string& claims, const std::string& known_gaps) {
  const Summary summary = summarise(rows);
  std::string text =
      "# Accuracy\n\n"
      "Made by `isosim accuracy --out docs/accuracy.md`; a test keeps it up to date. Published: medians of "
      "HotCloud'19's raw\n"
      "data (`calibration/targets/`). Model: means over the workload's operations with the parameters of\n"
      "`cpu/machines/e5-2630v3.json`, which were set by reason and not by a fit. Times in microseconds an "
      "operation.\n\n";
  text += fmt::format("{} rows; median error {:.2f}x, worst {:.2f}x.\n\n", summary.rows,
                      summary.median_factor, summary.worst_factor);
  text += table(rows, true);
  if (std::any_of(rows.begin(), rows.end(),
                  [](const Row& row) { return row.target.metric != Metric::seconds; }))
    text += "\n## Exits of 100,000 calls\n\n" + table(rows, false);
  text += "\n## runc over native\n\n" + ratio_table(runc_ratios(rows));
  text +=
      "\n## Ratios\n\nStated by the paper's text; those of imports are of medians, and compare as ratios "
      "only: the recorded "
      "Python and its\nmodules are of other versions than the authors' were.\n\n" +
      ratio_table(claimed);
  text +=
      "\n## Claims\n\nWhat the paper's text states in sections 2 to 3.6 but 3.4, which is about a network. "
      "How each is "
      "checked:\n`calibration/targets/hotcloud19-claims.json`. Several numbers are those of a sweep, in its "
      "order.\n\n" +
      claims;
  return text + "\n" + known_gaps;
}

}  // namespace isosim::calibration
