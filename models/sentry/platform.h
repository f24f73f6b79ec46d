// How the Sentry runs application code and gets back control (pkg/sentry/platform).
#pragma once

#include <cstdint>
#include <functional>

#include "kernel-model/mm/page_table.h"
#include "models/go/runtime.h"
#include "models/sentry/go_scheduler.h"

namespace isosim::models {

class Sentry;

class Platform {
 public:
  virtual ~Platform() = default;

  // The descriptor of its device that runsc create opened; -1: there is none, boot() opens it if it needs
  // one.
  std::int32_t device = -1;
  // 1 KB of the sandbox's memory for futex words of its own.
  kernel::Address words = 0;

  // Once, in the sandbox's first goroutine, before its filter is installed. Throws std::runtime_error if the
  // host refuses.
  virtual void boot(go::G& g) = 0;

  // A task's life: runs the thread's program to its end, in the task's goroutine.
  virtual void run(SentryTask& task) = 0;

  // The application makes a call: leaves it, has the Sentry answer, goes back to it.
  virtual std::int64_t application_call(kernel::Thread& thread, kernel::Sys& sys) = 0;

  // The application computes; returns what is left when something wants the task.
  virtual sim::Time compute(SentryTask& task, sim::Time span) = 0;

  // The application accesses its memory. Returns 0, or a negative errno where it would be killed.
  virtual std::int64_t touch(SentryTask& task, kernel::Address address, std::uint64_t length, bool write) = 0;

  // Runs what only the Sentry can do, such as sleeping, when the program asks for it other than by a call.
  virtual void in_sentry(SentryTask& /*task*/, const std::function<void()>& what) { what(); }

  // The task's goroutine is about to sleep: it runs its application no more, if it did.
  virtual void enter_sentry(SentryTask& /*task*/) {}

  // Around the Sentry's handling of a fault of the application.
  virtual void fault_begin(SentryTask& task) = 0;
  virtual void fault_end(SentryTask& task) = 0;

  // First use of memory that is mapped for the application: what the layers below still owe.
  virtual void first_touch(SentryTask& task, kernel::Address application, kernel::Address sentry,
                           std::uint64_t length, bool write) = 0;

  // AddressSpace.MapFile and Unmap, of whole pages.
  virtual void map(SentryTask& task, kernel::Address address, std::uint64_t length,
                   kernel::Address sentry) = 0;
  // `pages`: how many of them were there.
  virtual void unmap(SentryTask& task, kernel::Address address, std::uint64_t length,
                     std::uint64_t pages) = 0;

  // Pages of the task's memory may not be written any more as they are (fork, mprotect).
  virtual void rights_lost(SentryTask& /*task*/) {}

  // Makes a task that runs its application return to the Sentry (context.Interrupt; bounceToKernel). No
  // effect on one that does not run it.
  virtual void bounce(SentryTask& task, go::G& by) = 0;
  // Sleeps until the tasks that `by` made return have done so, where the platform waits for that.
  virtual void settle(go::G& /*by*/) {}

  // Before a call of the Sentry into the host, from whatever mode the thread is in.
  virtual void leave_guest(go::M& m) = 0;

  // The Sentry's own access to memory of its process, from whatever mode the goroutine runs in.
  virtual void touch_own(go::G& g, kernel::Address address, std::uint64_t length, bool write) = 0;
};

}  // namespace isosim::models
