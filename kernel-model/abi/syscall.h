// One system call as it reaches a kernel, and the interface that every kernel offers to programs.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "kernel-model/abi/payload.h"

namespace isosim::kernel {

class Thread;

// x86-64 system call number. Names: kernel-model/abi/syscall_names.h.
using SysNr = std::uint16_t;
inline constexpr SysNr kUnknownSyscall = 0xFFFF;

struct Sys {
  SysNr nr = kUnknownSyscall;
  std::array<std::uint64_t, 6> arg{};  // registers, as Linux x86-64 passes them
  std::array<Payload, 6> at{};         // at[i]: what arg[i] points to
  Out out;
  std::optional<std::int64_t>
      recorded;  // what the call returned when it was recorded; used only by calls without a model
  bool defaulted =
      false;  // set by the kernel: the call has no model, took its default path, returned `recorded`

  [[nodiscard]] std::int32_t fd(int i) const {
    return static_cast<std::int32_t>(arg[static_cast<std::size_t>(i)]);
  }
  [[nodiscard]] std::int64_t s64(int i) const {
    return static_cast<std::int64_t>(arg[static_cast<std::size_t>(i)]);
  }
  [[nodiscard]] std::uint64_t u64(int i) const { return arg[static_cast<std::size_t>(i)]; }

  // The payload of argument i if it is a T, else null: the kernel answers EFAULT.
  template <class T>
  [[nodiscard]] const T* get(int i) const {
    return std::get_if<T>(&at[static_cast<std::size_t>(i)]);
  }
  // A path or other string; empty view if absent.
  [[nodiscard]] std::string_view text(int i) const {
    const auto* view = get<std::string_view>(i);
    return view ? *view : std::string_view{};
  }
};

// What a program runs on: the Linux model, or a kernel that stands on one (the Sentry).
class SyscallTarget {
 public:
  virtual ~SyscallTarget() = default;

  // Runs the call on `thread`; returns its result or a negative errno. Blocks the thread's task as the call
  // would.
  virtual std::int64_t syscall(Thread& thread, Sys& sys) = 0;

  // User computation of `span` (at the core's base frequency), preemptible; pending signals and timers
  // interrupt it.
  virtual void compute(Thread& thread, sim::Time span) = 0;

  // The thread does `what` as its kernel does between its calls (a signal that is delivered).
  virtual void in_kernel(Thread& thread, const std::function<void()>& what) { return (void)thread, what(); }

  // User code reads or writes [address, address + length): faults in what is not mapped. Returns 0 or
  // -EFAULT.
  virtual std::int64_t touch(Thread& thread, Address address, std::uint64_t length, bool write) = 0;
};

}  // namespace isosim::kernel
