#include "calibration/claim.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <stdexcept>

#include "calibration/csv.h"
#include "models/platform.h"
#include "models/platform_schema.h"
#include "sim/data_file.h"
#include "sim/nearest.h"
#include "workloads/micro/workload.h"

namespace isosim::data {
std::span<const sim::DataFile> claim_files();
std::span<const sim::DataFile> claim_schema_files();
}  // namespace isosim::data

namespace isosim::calibration {

namespace {

using Json = nlohmann::ordered_json;

// What a check of a relation needs beside its values, and what it may have.
struct Form {
  std::string_view name;
  Relation relation;
  std::size_t least_values, most_values;
  std::set<std::string_view> required, optional;
};

const std::vector<Form>& forms() {
  static const std::vector<Form> all{
      {"within",
       Relation::within,
       1,
       1,
       {},
       {"over", "sweep", "which", "expect", "tolerance", "low", "high"}},
      {"rising", Relation::rising, 1, 1, {"sweep"}, {"over"}},
      {"falling", Relation::falling, 1, 1, {"sweep"}, {"over"}},
      {"order", Relation::order, 2, 100, {}, {"sweep"}},
      {"crossover", Relation::crossover, 1, 1, {"sweep", "threshold", "low", "high"}, {"over"}}};
  return all;
}

class Reader {
 public:
  Reader(std::string_view where, std::string pointer) : where_(where), pointer_(std::move(pointer)) {}

  Check check(const Json& json) const {
    const std::string name = json["relation"];
    const Form& form =
        *std::find_if(forms().begin(), forms().end(), [&](const Form& f) { return f.name == name; });
    check_keys(json, form);
    Check check;
    check.relation = form.relation;
    for (const Json& value : json["values"])
      check.values.push_back(quantity(value, fmt::format("/values/{}", check.values.size())));
    if (check.values.size() < form.least_values || check.values.size() > form.most_values)
      fail("/values",
           fmt::format("'{}' wants {}, there are {}", name, count_text(form), check.values.size()));
    if (json.contains("over")) check.over.push_back(quantity(json["over"], "/over"));
    if (json.contains("sweep")) read_sweep(json["sweep"], check.sweep);
    if (json.contains("which")) check.which = which(json["which"]);
    if (form.relation == Relation::within || form.relation == Relation::crossover) read_range(json, check);
    check.threshold = json.value("threshold", 0.0);
    if (form.relation == Relation::crossover) check_numbers(check.sweep);
    return check;
  }

  [[noreturn]] void fail(std::string_view below, std::string_view what) const {
    throw std::invalid_argument(fmt::format("{}#{}{}: {}", where_, pointer_, below, what));
  }

 private:
  static std::string count_text(const Form& form) {
    if (form.least_values != form.most_values) return fmt::format("at least {} values", form.least_values);
    return form.least_values == 1 ? "one value" : fmt::format("{} values", form.least_values);
  }

  void check_keys(const Json& json, const Form& form) const {
    for (const std::string_view key : form.required)
      if (!json.contains(key))
        fail(fmt::format("/{}", key), fmt::format("missing: '{}' needs it", form.name));
    for (const auto& [key, unused] : json.items())
      if (key != "relation" && key != "values" && !form.required.contains(key) &&
          !form.optional.contains(key))
        fail("/" + key, fmt::format("'{}' has no use for it", form.name));
  }

  // METRIC WORKLOAD PLATFORM NAME=VALUE...
  Quantity quantity(const std::string& text, std::string_view at) const {
    const Cells words = split(text, ' ');
    if (words.size() < 3)
      fail(at, fmt::format("want METRIC WORKLOAD PLATFORM and arguments as NAME=VALUE, is '{}'", text));
    Quantity read;
    read.metric =
        static_cast<Metric>(index(words[0], {kMetricNames.begin(), kMetricNames.end()}, "metric", at));
    read.run.workload = words[1];
    read.run.platform = words[2];
    index(words[1], workload_names(), "workload", at);
    const std::vector<std::string> platforms = models::platform_names();
    index(words[2], {platforms.begin(), platforms.end()}, "platform", at);
    for (std::size_t i = 3; i < words.size(); ++i) {
      const std::size_t equals = words[i].find('=');
      if (equals == std::string_view::npos) fail(at, fmt::format("want NAME=VALUE, is '{}'", words[i]));
      read.run.arguments.emplace(words[i].substr(0, equals), words[i].substr(equals + 1));
    }
    return read;
  }

  static std::vector<std::string_view> workload_names() {
    std::vector<std::string_view> names;
    for (const workloads::Workload& workload : workloads::workloads()) names.push_back(workload.name);
    return names;
  }

  std::size_t index(std::string_view word, const std::vector<std::string_view>& known, std::string_view what,
                    std::string_view at) const {
    const auto found = std::find(known.begin(), known.end(), word);
    if (found == known.end())
      fail(at, fmt::format("no {} '{}'; nearest: '{}'", what, word, sim::nearest(word, known)));
    return static_cast<std::size_t>(found - known.begin());
  }

  static Which which(const std::string& name) {
    if (name == "most") return Which::most;
    if (name == "any") return Which::any;
    return name == "largest" ? Which::largest : Which::each;
  }

  void read_sweep(const std::string& text, Sweep& sweep) const {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) fail("/sweep", fmt::format("want NAME=VALUE,VALUE, is '{}'", text));
    sweep.argument = text.substr(0, equals);
    for (const std::string_view value : split(std::string_view(text).substr(equals + 1), ','))
      sweep.values.emplace_back(value);
    if (sweep.values.size() < 2) fail("/sweep", "want at least two values");
  }

  // A range, or a number and how far off it one may be.
  void read_range(const Json& json, Check& check) const {
    const bool range = json.contains("low") && json.contains("high");
    const bool about = json.contains("expect") && json.contains("tolerance");
    const bool half = json.contains("low") != json.contains("high") ||
                      json.contains("expect") != json.contains("tolerance");
    if (range == about || half) fail("", "want low and high, or expect and tolerance");
    if (range) {
      check.low = json["low"];
      check.high = json["high"];
    } else {
      const double expect = json["expect"], tolerance = json["tolerance"];
      if (tolerance < 0) fail("/tolerance", "want 0 or more");
      check.low = expect * (1 - tolerance);
      check.high = expect * (1 + tolerance);
    }
    if (check.low > check.high) fail("", "the range is empty: low is above high");
  }

  void check_numbers(const Sweep& sweep) const {
    double number = 0;
    for (std::size_t i = 0; i < sweep.values.size(); ++i)
      if (!read_number(sweep.values[i], number))
        fail("/sweep", fmt::format("a crossover needs numbers, this is '{}'", sweep.values[i]));
  }

  std::string_view where_;
  std::string pointer_;
};

}  // namespace

std::vector<Claim> read_claims(std::string_view text, std::string_view where) {
  static const Json schema = Json::parse(data::claim_schema_files().front().text);
  const Json document = models::parse_json(text, where);
  models::check_schema(document, schema, where);
  std::vector<Claim> claims;
  std::set<std::string> ids;
  for (const Json& json : document["claims"]) {
    const std::string pointer = fmt::format("/claims/{}", claims.size());
    const Reader reader(where, pointer);
    Claim claim{json["id"],
                json["section"],
                json["statement"],
                json["published"],
                {},
                json.value("not_evaluated", "")};
    if (!ids.insert(claim.id).second) reader.fail("/id", fmt::format("'{}' is there twice", claim.id));
    const Json checks = json.value("checks", Json::array());
    for (std::size_t i = 0; i < checks.size(); ++i)
      claim.checks.push_back(Reader(where, fmt::format("{}/checks/{}", pointer, i)).check(checks[i]));
    if (claim.checks.empty() == claim.not_evaluated.empty())
      reader.fail("", "want checks, or in their place the reason in not_evaluated");
    claims.push_back(std::move(claim));
  }
  return claims;
}

std::vector<Claim> hotcloud19_claims() {
  const sim::DataFile& file = data::claim_files().front();
  return read_claims(file.text, file.name);
}

}  // namespace isosim::calibration
