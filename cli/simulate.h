// One simulation in this process: a stack, what watches it, and the files that the watchers write.
#pragma once

#include <functional>
#include <string>

#include "cli/common_options.h"
#include "workloads/result.h"

namespace isosim::cli {

// Builds the platform's stack, runs `program` on it and returns the result as JSON text.
std::string simulate(const CommonOptions& options, const std::string& platform,
                     const std::function<workloads::Result(models::Stack&)>& program);

}  // namespace isosim::cli
