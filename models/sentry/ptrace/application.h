// The application's code of one task of the Sentry, where the Sentry runs it by ptrace: a flow of its own,
// which whatever stub thread has its registers goes on with. While it runs, the Sentry's thread has this flow
// as its task (Thread::task), so that what it spends counts there; while the Sentry handles something, the
// goroutine's.
#pragma once

#include <functional>

#include "kernel-model/kernel.h"
#include "models/go/runtime.h"

namespace isosim::models {

class Stub;

class Application {
 public:
  // Why the code left user mode.
  enum class Trap : std::uint8_t {
    call,    // a system call
    fault,   // a page that the stub process cannot access so
    signal,  // something is pending for the stub thread
    sentry,  // the program waits, other than by a call
    end,     // its code is at its end
  };

  // `thread` is the Sentry's; `last_call`: what the code's end is, for the stub: exit, or rt_sigreturn of a
  // handler.
  Application(kernel::Kernel& host, kernel::Thread& thread, std::function<void()> code,
              kernel::SysNr last_call)
      : host_(host), thread_(thread), code_(std::move(code)), last_call_(last_call) {}
  Application(const Application&) = delete;
  Application& operator=(const Application&) = delete;

  // Its own side: what the program does. call() returns what the Sentry answered.
  std::int64_t call(kernel::Sys& sys);
  void compute(sim::Time span);
  std::int64_t touch(kernel::Address address, std::uint64_t length, bool write);
  void in_sentry(const std::function<void()>& what);

  // The stub's side: runs the code until it leaves user mode.
  Trap run(Stub& stub);

  // The tracer's side: what the code left user mode for, and the answer that it gets when it goes on.
  [[nodiscard]] Trap trap() const { return trap_; }
  [[nodiscard]] kernel::Sys& sys() const { return *sys_; }
  [[nodiscard]] kernel::Address fault_address() const { return fault_address_; }
  [[nodiscard]] kernel::SysNr last_call() const { return last_call_; }
  void do_in_sentry() const { (*in_sentry_)(); }
  std::int64_t answer = 0;

  // The code is at its end, or the thread is dead: what is left of the flow ends, at no cost.
  void abandon(go::G& g);

 private:
  void leave(Trap trap);

  kernel::Kernel& host_;
  kernel::Thread& thread_;
  const std::function<void()> code_;
  const kernel::SysNr last_call_;
  sim::Task* task_ = nullptr;  // null before it first runs
  Stub* stub_ = nullptr;       // which has its registers now
  bool running_ = false, abandoned_ = false, done_ = false;
  Trap trap_ = Trap::end;
  kernel::Sys* sys_ = nullptr;
  kernel::Address fault_address_ = 0;
  const std::function<void()>* in_sentry_ = nullptr;
  sim::Task* waits_for_end_ = nullptr;
};

}  // namespace isosim::models
