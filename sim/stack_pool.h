// Stacks for tasks: equal in size, reused, cheap enough for 100,000 at once.
#pragma once

#include <boost/context/stack_context.hpp>
#include <cstddef>
#include <vector>

namespace isosim::sim {

class StackPool {
 public:
  // `bytes` a stack, rounded up to whole pages.
  explicit StackPool(std::size_t bytes);
  ~StackPool();  // every stack must be back
  StackPool(const StackPool&) = delete;
  StackPool& operator=(const StackPool&) = delete;

  // Throws std::bad_alloc if the system has no address space left.
  boost::context::stack_context get();
  void put(const boost::context::stack_context& stack);

 private:
  void grow();

  std::size_t bytes_;
  std::vector<boost::context::stack_context> free_;
  std::vector<void*> chunks_;
  std::size_t total_ = 0;
};

}  // namespace isosim::sim
