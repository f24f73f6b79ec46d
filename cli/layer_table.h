// Where the time goes on several platforms: by part of the stack, then by layer, and what each adds to the
// first.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace isosim::cli {

// The part of a stack that a layer belongs to: "Sentry" for "sentry vfs".
std::string_view layer_part(std::string_view layer);

// `results`: elements of "results" of one or more documents; `labels`: their columns' names.
std::string layer_table(const std::vector<const nlohmann::ordered_json*>& results,
                        const std::vector<std::string>& labels);

// The same by system call, `most` rows.
std::string call_table(const std::vector<const nlohmann::ordered_json*>& results,
                       const std::vector<std::string>& labels, std::size_t most);

}  // namespace isosim::cli
