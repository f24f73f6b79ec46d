// isosim trace: convert and info.
#pragma once

namespace CLI {
class App;
}

namespace isosim::cli {

void declare_trace(CLI::App& app);

}  // namespace isosim::cli
