// isosim replay and isosim run.
#pragma once

namespace CLI {
class App;
}

namespace isosim::cli {

void declare_replay(CLI::App& app);
void declare_run(CLI::App& app);

}  // namespace isosim::cli
