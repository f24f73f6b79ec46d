#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

// libsystemc exports a main() that wants this symbol; Catch2's main() is the one that runs.
extern "C" int sc_main(int, char**) { return 0; }
