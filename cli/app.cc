#include "cli/app.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <stdexcept>

#include "cli/accuracy_command.h"
#include "cli/compare_command.h"
#include "cli/explain_command.h"
#include "cli/list_command.h"
#include "cli/replay_command.h"
#include "cli/trace_command.h"

namespace isosim::cli {

int run(int argc, char** argv) {
  CLI::App app{"isosim: what a program's system calls cost on native Linux, in containers and in sandboxes"};
  app.set_version_flag("--version", std::string("isosim 0.1.0"));
  app.require_subcommand(1);
  declare_replay(app);
  declare_run(app);
  declare_compare(app);
  declare_accuracy(app);
  declare_explain(app);
  declare_list(app);
  declare_trace(app);
  try {
    app.parse(argc, argv);
    if (std::fflush(stdout) != 0)
      throw std::runtime_error(fmt::format("cannot write the output: {}", std::strerror(errno)));
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : 2;
  } catch (const std::exception& error) {
    std::fputs(fmt::format("isosim: {}\n", error.what()).c_str(),
               stderr);  // throws nothing if that fails too
    return 1;
  }
  return 0;
}

}  // namespace isosim::cli
