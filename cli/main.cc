#include "cli/app.h"

int main(int argc, char** argv) { return isosim::cli::run(argc, argv); }
