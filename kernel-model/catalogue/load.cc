#include "kernel-model/catalogue/load.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>

#include "kernel-model/kernel.h"
#include "sim/data_file.h"
#include "sim/nearest.h"

namespace isosim::data {
std::span<const sim::DataFile> catalogue_files();
}

namespace isosim::kernel {

namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 15> kKeys{
    "id",   "layer",     "mode",       "why",         "from", "units_in_from", "lines", "cycles",
    "unit", "unit_from", "unit_lines", "unit_cycles", "code", "everywhere",    "calls"};

class PathReader {
 public:
  PathReader(std::string_view file, std::size_t index, const json& entry)
      : entry_(entry), where_(fmt::format("{}: /{}", file, index)) {}

  sim::PathDef read(std::string_view prefix) {
    if (!entry_.is_object()) fail("", "expected an object with a path");
    for (const auto& item : entry_.items()) require_known(item.key());
    sim::PathDef def;
    def.id = fmt::format("{}.{}", prefix, text("id"));
    where_ += fmt::format(" ({})", text("id"));
    def.layer = text("layer");
    def.mode = mode(prefix.starts_with("guest"));
    def.millilines = thousandths("lines");
    def.millicycles = thousandths("cycles");
    def.unit_millilines = thousandths("unit_lines");
    def.unit_millicycles = thousandths("unit_cycles");
    def.code_millilines =
        entry_.contains("code") ? thousandths("code") : def.millilines + def.unit_millilines;
    if (entry_.contains("unit")) def.unit = text("unit");
    if (def.unit.empty() && (def.unit_millilines != 0 || def.unit_millicycles != 0))
      fail("/unit", "missing: the path has a cost a unit");
    def.source = source();
    return def;
  }

 private:
  [[noreturn]] void fail(std::string_view pointer, std::string_view what) const {
    throw std::invalid_argument(fmt::format("{}{}: {}", where_, pointer, what));
  }

  void require_known(std::string_view key) const {
    if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end())
      fail(fmt::format("/{}", key), fmt::format("unknown key; nearest: '{}'", sim::nearest(key, kKeys)));
  }

  std::string text(std::string_view key) const {
    const auto it = entry_.find(key);
    if (it == entry_.end() || !it->is_string() || it->get_ref<const std::string&>().empty())
      fail(fmt::format("/{}", key), "expected a string that is not empty");
    return *it;
  }

  std::int64_t thousandths(std::string_view key) const {
    const auto it = entry_.find(key);
    if (it == entry_.end()) return 0;
    const double value = it->is_number() ? it->get<double>() : -1;
    if (!(value >= 0 && value < 1e12)) fail(fmt::format("/{}", key), "expected a number from 0 to 1e12");
    return std::llround(value * 1000);
  }

  sim::Mode mode(bool guest) const {
    const std::string name = text("mode");
    if (name == "kernel") return guest ? sim::Mode::guest_kernel : sim::Mode::kernel;
    if (name == "user") return guest ? sim::Mode::guest_user : sim::Mode::user;
    if (name == "idle") return sim::Mode::idle;
    if (name == "hardware") return sim::Mode::hardware;
    fail("/mode", fmt::format("'{}' is none of kernel, user, idle, hardware", name));
  }

  // Where the numbers come from: the operations, or the author's reason.
  std::string source() const {
    std::string ops;
    for (const auto* key : {"from", "unit_from"}) {
      for (const auto& claim : entry_.value(key, json::array())) {
        const std::string op =
            claim.contains("op") ? claim.value("op", "") : claim["ops"][0].get<std::string>();
        if (ops.find(op) == std::string::npos) ops += (ops.empty() ? "gcov, Linux 6.1: " : ", ") + op;
      }
    }
    if (!ops.empty()) return ops;
    return text("why");
  }

  const json& entry_;
  std::string where_;
};

}  // namespace

void load_catalogue_text(sim::Catalogue& catalogue, std::string_view prefix, std::string_view file,
                         std::string_view text) {
  json document;
  try {
    document = json::parse(text);
  } catch (const json::parse_error& error) {
    throw std::invalid_argument(fmt::format("{}: {}", file, error.what()));
  }
  if (!document.is_array()) throw std::invalid_argument(fmt::format("{}: expected an array of paths", file));
  for (std::size_t i = 0; i < document.size(); ++i) {
    try {
      catalogue.add(PathReader(file, i, document[i]).read(prefix));
    } catch (const json::exception& error) {
      throw std::invalid_argument(fmt::format("{}: /{}: {}", file, i, error.what()));
    }
  }
}

void load_catalogue(sim::Catalogue& catalogue, std::string_view prefix) {
  for (const auto& file : data::catalogue_files())
    load_catalogue_text(catalogue, prefix, file.name, file.text);
}

std::vector<std::pair<std::string, std::string>> default_path_names() {
  std::vector<std::pair<std::string, std::string>> names;
  for (const auto& file : data::catalogue_files()) {
    if (!file.name.ends_with("/defaults.json")) continue;
    const json document = json::parse(file.text);
    for (const auto& entry : document)
      for (const auto& call : entry.value("calls", json::array()))
        names.emplace_back(call.get<std::string>(), entry["id"].get<std::string>());
  }
  return names;
}

}  // namespace isosim::kernel
