// "Did you mean": the candidate with the smallest edit distance.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace isosim::sim {

// The nearest candidate by edit distance, the first among equals; empty if there is none.
std::string nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace isosim::sim
