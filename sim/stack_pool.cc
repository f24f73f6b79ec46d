#include "sim/stack_pool.h"

#include <sys/mman.h>
#include <unistd.h>

#include <new>

#include "sim/sanitizer_fiber.h"

namespace isosim::sim {

namespace {

// A guard page splits the mapping in two, and Linux allows 65,530 mappings a process (vm.max_map_count); so
// stacks beyond this many have none. Ordinary runs stay far below.
constexpr std::size_t guarded_stacks = 8192;
constexpr std::size_t stacks_per_chunk = 64;

// Tops of stacks at the same offset of their pages would share a few sets of every cache, and a switch
// touches half a dozen lines there. So they lie at different lines, still low enough for one page to hold
// what a switch touches.
constexpr std::size_t line = 64, colours = 48;

std::size_t page_bytes() {
  static const auto bytes = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

}  // namespace

StackPool::StackPool(std::size_t bytes) : bytes_((bytes + page_bytes() - 1) / page_bytes() * page_bytes()) {}

StackPool::~StackPool() {
  for (void* chunk : chunks_) munmap(chunk, stacks_per_chunk * (bytes_ + page_bytes()));
}

void StackPool::grow() {
  const std::size_t slot = bytes_ + page_bytes();
  void* memory = mmap(nullptr, stacks_per_chunk * slot, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  chunks_.push_back(memory);
  // One touched page a stack must not become a huge page.
  madvise(memory, stacks_per_chunk * slot, MADV_NOHUGEPAGE);
  unpoison(memory, stacks_per_chunk * slot);
  free_.reserve(total_ + stacks_per_chunk);
  for (std::size_t i = stacks_per_chunk; i-- > 0;) {
    char* base = static_cast<char*>(memory) + i * slot;
    if (total_ < guarded_stacks) mprotect(base, page_bytes(), PROT_NONE);
    boost::context::stack_context stack;
    const std::size_t colour = (total_ + i) % colours * line;
    stack.sp = base + slot - colour;
    stack.size = bytes_ - colour;
    free_.push_back(stack);
  }
  total_ += stacks_per_chunk;
}

boost::context::stack_context StackPool::get() {
  if (free_.empty()) grow();
  const boost::context::stack_context stack = free_.back();
  free_.pop_back();
  return stack;
}

void StackPool::put(const boost::context::stack_context& stack) {
  unpoison(static_cast<char*>(stack.sp) - stack.size, stack.size);
  free_.push_back(stack);
}

}  // namespace isosim::sim
