// isosim list: what there is to choose from.
#pragma once

namespace CLI {
class App;
}

namespace isosim::cli {

void declare_list(CLI::App& app);

}  // namespace isosim::cli
