// Requests to the kernel's routing and link tables, as Go's netlink package makes them: a socket each.
#pragma once

#include "models/container/runtime_calls.h"

namespace isosim::models {

// One request of `bytes` and what it needs before and after. Answers are not modelled.
void netlink_request(RuntimeCalls& calls, std::uint64_t bytes);

}  // namespace isosim::models
