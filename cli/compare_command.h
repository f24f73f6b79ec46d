// isosim compare: two results side by side, what changed first.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace CLI {
class App;
}

namespace isosim::cli {

void declare_compare(CLI::App& app);

// By layer, then by call, each sorted by how much its time changed. `a` and `b`: elements of "results".
std::string render_comparison(const nlohmann::ordered_json& a, const nlohmann::ordered_json& b);

}  // namespace isosim::cli
