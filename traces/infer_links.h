// Symlinks that one pass over a trace shows, for the next pass to follow.
#pragma once

#include "traces/infer_walk.h"

namespace isosim::traces::infer {

// Adds to `known`. True if the pass would have gone differently with that knowledge.
bool learn(Walk& walk, Known& known);

}  // namespace isosim::traces::infer
