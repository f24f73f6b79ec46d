// glibc's malloc as a program's kernel sees it: when it asks for memory, and how much.
#pragma once

#include <cstdint>

namespace isosim::workloads {

class Program;

// Allocation without free: blocks are cut from the top of the heap, which grows by brk; large ones are
// mapped.
class Malloc {
 public:
  explicit Malloc(Program& program);

  // The address of a block of `size` bytes.
  std::uint64_t allocate(std::uint64_t size);

 private:
  Program& program_;
  std::uint64_t top_ = 0;  // next free byte
  std::uint64_t end_ = 0;  // of the heap
};

}  // namespace isosim::workloads
