// The isosim command: parses the command line and runs the subcommand.
#pragma once

namespace isosim::cli {

// Returns the exit code: 0 done, 1 the input is wrong or could not be read, 2 the command line is wrong.
int run(int argc, char** argv);

}  // namespace isosim::cli
