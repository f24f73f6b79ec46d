// Values as people write them: 64MiB, 10us, 2.4GHz, true.
#pragma once

#include <string_view>

namespace isosim::models {

// The value of `text` in `unit` (bytes, ns, us, ms, s, cycles, GHz, bool, 1 ...). A suffix must belong to the
// unit; none means the unit itself. Throws std::invalid_argument that starts with `where`.
double parse_quantity(std::string_view text, std::string_view unit, std::string_view where);

}  // namespace isosim::models
