// isosim accuracy: the model beside the published results.
#pragma once

namespace CLI {
class App;
}

namespace isosim::cli {

void declare_accuracy(CLI::App& app);

}  // namespace isosim::cli
