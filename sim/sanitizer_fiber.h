// Tells AddressSanitizer when a coroutine's stack becomes the current one; without it every switch looks like
// a wild stack pointer. Nothing here exists in other builds.
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

// Around a switch to another stack: announces it, and when control is back says so. `from` receives the
// bounds of the stack that the switch back came from; null where they are known.
class StackSwitch {
 public:
  explicit StackSwitch(const StackBounds& to, StackBounds* from = nullptr) : from_(from) {
    __sanitizer_start_switch_fiber(&fake_, to.bottom, to.size);
  }
  ~StackSwitch() {
    StackBounds ignored;
    StackBounds& from = from_ ? *from_ : ignored;
    __sanitizer_finish_switch_fiber(fake_, &from.bottom, &from.size);
  }
  StackSwitch(const StackSwitch&) = delete;
  StackSwitch& operator=(const StackSwitch&) = delete;

 private:
  void* fake_ = nullptr;
  StackBounds* from_;
};

// The whole life of a coroutine's body: arrival on a fresh stack, and the last departure.
class StackLife {
 public:
  explicit StackLife(StackBounds& resumer) : resumer_(resumer) {
    __sanitizer_finish_switch_fiber(nullptr, &resumer_.bottom, &resumer_.size);
  }
  ~StackLife() { __sanitizer_start_switch_fiber(nullptr, resumer_.bottom, resumer_.size); }
  StackLife(const StackLife&) = delete;
  StackLife& operator=(const StackLife&) = delete;

 private:
  StackBounds& resumer_;
};

// Around the destruction of a finished coroutine: Boost throws on its stack before anything could announce
// the switch, so that stack is announced early.
class StackVisit {
 public:
  StackVisit(const StackBounds& visited, const StackBounds& home) : home_(home) {
    __sanitizer_start_switch_fiber(&fake_, visited.bottom, visited.size);
    __sanitizer_finish_switch_fiber(nullptr, nullptr, nullptr);
  }
  ~StackVisit() {
    __sanitizer_start_switch_fiber(nullptr, home_.bottom, home_.size);
    __sanitizer_finish_switch_fiber(fake_, nullptr, nullptr);
  }
  StackVisit(const StackVisit&) = delete;
  StackVisit& operator=(const StackVisit&) = delete;

 private:
  void* fake_ = nullptr;
  const StackBounds& home_;
};

inline void unpoison(void* memory, std::size_t bytes) { __asan_unpoison_memory_region(memory, bytes); }

#else

struct StackBounds {
  StackBounds() = default;
  StackBounds(const void*, std::size_t) {}
};

struct StackSwitch {
  explicit StackSwitch(const StackBounds&, StackBounds* = nullptr) {}
};

struct StackLife {
  explicit StackLife(StackBounds&) {}
};

struct StackVisit {
  StackVisit(const StackBounds&, const StackBounds&) {}
};

inline void unpoison(void*, std::size_t) {}

#endif

}  // namespace isosim::sim
