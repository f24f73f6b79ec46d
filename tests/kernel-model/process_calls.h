// Calls that a test's process makes to have others beside it.
#pragma once

#include <functional>

#include "tests/kernel-model/fs_fixture.h"

namespace isosim::test {

// A child that runs `body` and exits; `flags` of clone, SIGCHLD if none are given. Returns its pid.
inline std::int64_t fork(Thread& t, std::function<void(Thread&)> body, std::uint64_t flags = 17) {
  Sys s;
  s.nr = nr::clone;
  s.arg[0] = flags;
  s.at[0] = ChildEntry{std::move(body)};
  return t.kernel.syscall(t, s);
}

inline void sleep(Thread& t, std::int64_t milliseconds) {
  Sys s;
  s.nr = nr::nanosleep;
  s.at[0] = Timespec{sim::milliseconds(milliseconds)};
  t.kernel.syscall(t, s);
}

// For any child.
inline void wait(Thread& t) {
  Sys s;
  s.nr = nr::wait4;
  s.arg = {~0ull};
  t.kernel.syscall(t, s);
}

}  // namespace isosim::test
