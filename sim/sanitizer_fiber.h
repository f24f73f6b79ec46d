// Tells AddressSanitizer when another stack becomes the current one; without it every switch looks like a
// wild stack pointer. Nothing here exists in other builds.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define ISOSIM_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ISOSIM_ASAN 1
#endif
#endif

#ifdef ISOSIM_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace isosim::sim {

#ifdef ISOSIM_ASAN

struct StackBounds {
  const void* bottom = nullptr;
  std::size_t size = 0;
};

// Made before a switch to another stack; arrived() when control is back. Where the bounds of the stack that
// was left belong is known only there, and what they are only on the other side.
class Announcement {
 public:
  Announcement(StackBounds& from, const StackBounds& to) {
    left_ = &from;
    __sanitizer_start_switch_fiber(&fake_, to.bottom, to.size);
  }
  void arrived() { __sanitizer_finish_switch_fiber(fake_, &left_->bottom, &left_->size); }

  // The same for the first and the last moment of a stack.
  static void first_arrival() { __sanitizer_finish_switch_fiber(nullptr, &left_->bottom, &left_->size); }
  static void last_departure(StackBounds& from, const StackBounds& to) {
    left_ = &from;
    __sanitizer_start_switch_fiber(nullptr, to.bottom, to.size);
  }

 private:
  static inline thread_local StackBounds* left_ = nullptr;
  void* fake_ = nullptr;
};

inline void unpoison(void* memory, std::size_t bytes) { __asan_unpoison_memory_region(memory, bytes); }

#else

struct StackBounds {
  StackBounds() = default;
  StackBounds(const void*, std::size_t) {}
};

struct Announcement {
  Announcement(const StackBounds&, const StackBounds&) {}
  void arrived() {}
  static void first_arrival() {}
  static void last_departure(const StackBounds&, const StackBounds&) {}
};

inline void unpoison(void*, std::size_t) {}

#endif

}  // namespace isosim::sim
