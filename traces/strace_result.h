// What follows the arguments of a call: "= 3", "= -1 ENOENT (...)", "= ? ERESTARTSYS (...)", "= 0x8001 (flags
// ...)", "<0.000012>".
#pragma once

#include "traces/event.h"

namespace isosim::traces {

// p is behind the closing parenthesis. Fills the result fields, duration_ns if there is one, injected. False
// if this is no result.
bool parse_result(const char* p, const char* end, Event& event);

}  // namespace isosim::traces
