// Options that several subcommands share: which platforms and machine, what is changed, where results go.
#pragma once

#include <string>
#include <vector>

#include "cli/workers.h"
#include "models/platform.h"

namespace CLI {
class App;
}

namespace isosim::cli {

// NAME or NAME:STORAGE, as --platform takes them: a platform, and on which of its storages a trace's files
// lie.
struct PlatformChoice {
  std::string platform, storage;  // empty: not said
};
PlatformChoice platform_choice(const std::string& argument);

struct CommonOptions {
  std::vector<std::string> platforms;
  std::string machine = "e5-2630v3";
  std::vector<std::string> set, patches;
  std::string json, timeline, folded, vcd;
  int jobs = 0;  // 0: as many as there are processors
  bool strict = false;

  void declare(CLI::App& command);
  [[nodiscard]] models::StackRequest request(const std::string& platform) const;
  [[nodiscard]] int parallel() const;
  // The file an observer of this platform writes: tagged with its name if there are several platforms.
  [[nodiscard]] std::string file_for(const std::string& file, const std::string& platform) const;
};

// Writes the document to --json, if asked for, and the rendered text to standard output.
void finish(const CommonOptions& options, const std::string& document, const std::string& text);

}  // namespace isosim::cli
