// Results as text for a terminal; everything is taken from the JSON document.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace isosim::cli {

std::string render_replay(const nlohmann::ordered_json& document);
std::string render_run(const nlohmann::ordered_json& document);

}  // namespace isosim::cli
