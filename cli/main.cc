#include "cli/app.h"

// libsystemc exports a main() that wants this symbol; ours is the one that runs.
extern "C" int sc_main(int, char**) { return 0; }

int main(int argc, char** argv) { return isosim::cli::run(argc, argv); }
