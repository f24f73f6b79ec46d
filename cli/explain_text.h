// A recorded call as text: who did what, in which order, and who waited for whom.
#pragma once

#include <string>
#include <vector>

#include "sim/path.h"
#include "workloads/step_recorder.h"

namespace isosim::cli {

// A line a frame (a system call, a message, a change of ring), a wait and a stretch of work between them.
// What others do stands further right.
std::string render_sequence(const std::vector<workloads::Step>& steps, const std::vector<std::string>& tasks,
                            const sim::Catalogue& catalogue);

// A line a charge.
std::string render_charges(const std::vector<workloads::Step>& steps, const std::vector<std::string>& tasks,
                           const sim::Catalogue& catalogue);

// Where the caller's time went, by layer, and how long the others worked.
std::string render_sums(const std::vector<workloads::Step>& steps, const std::vector<std::string>& tasks,
                        const sim::Catalogue& catalogue);

}  // namespace isosim::cli
