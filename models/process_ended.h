// Thrown out of a call by a process that was killed in it, to end what it still had to do.
#pragma once

namespace isosim::models {

struct ProcessEnded {};

}  // namespace isosim::models
