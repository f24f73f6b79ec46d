// isosim explain: one call, step by step.
#pragma once

namespace CLI {
class App;
}

namespace isosim::cli {

void declare_explain(CLI::App& app);

}  // namespace isosim::cli
