// What processes ask of memory management and of the descriptor table as they begin and end.
#pragma once

#include <cstdint>

#include "kernel-model/abi/payload.h"

namespace isosim::kernel {

class Kernel;
class Process;
class Thread;

void copy_mm(Kernel& k, Thread& t, Process& child, bool share);
void drop_mm(Kernel& k, Thread& t, Process& process);
void drop_files(Kernel& k, Thread& t, Process& process);

}  // namespace isosim::kernel
