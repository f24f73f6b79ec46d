// Goes from one stack to another.
#pragma once

#include <boost/context/fiber.hpp>
#include <utility>

#include "sim/sanitizer_fiber.h"

namespace isosim::sim {

// Where a stack that was left goes on: a task's, or the one that the engine runs on.
struct Continuation {
  boost::context::fiber fiber;  // empty while it runs
  [[no_unique_address]] StackBounds bounds;
};

// Keeps the running stack in `from` and goes on at `to`; returns when another switch comes back. Boost's
// resume_with() because it arrives with a return, resume() with an indirect jump: after that the processor's
// prediction of returns is off by one call and misses every return of the resumed task's callers.
inline void switch_stack(Continuation& from, Continuation& to) {
  Announcement announcement(from.bounds, to.bounds);
  std::move(to.fiber).resume_with([&from](boost::context::fiber&& left) {
    from.fiber = std::move(left);
    return boost::context::fiber{};
  });
  announcement.arrived();
}

}  // namespace isosim::sim
