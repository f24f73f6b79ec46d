// isosim compare: results side by side, what changed first.
#pragma once

namespace CLI {
class App;
}

namespace isosim::cli {

void declare_compare(CLI::App& app);

}  // namespace isosim::cli
