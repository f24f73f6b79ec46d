#include "kernel-model/mm/memory_manager.h"

#include "kernel-model/kernel.h"

namespace isosim::kernel {

MemoryManager::MemoryManager(Kernel& kernel) : kernel_(kernel) {}

std::int64_t MemoryManager::touch(Thread& thread, Address /*address*/, std::uint64_t length, bool write) {
  kernel_.cpu.copy_level(*thread.task, write ? cpu::Level::l1 : cpu::Level::l2, length);
  return 0;
}

}  // namespace isosim::kernel
