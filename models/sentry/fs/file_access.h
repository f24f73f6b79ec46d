// Who may change the files of a mount (runsc's --file-access).
#pragma once

#include <cstdint>

namespace isosim::models {

// exclusive: the Sentry alone, which may cache; shared: others too, so it asks each time.
enum class FileAccess : std::uint8_t { exclusive, shared };

}  // namespace isosim::models
