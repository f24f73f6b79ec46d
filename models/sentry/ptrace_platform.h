// The ptrace platform (pkg/sentry/platform/ptrace): application code runs in stub processes of the host, an
// address space each, and the Sentry, which traces them, emulates its system calls (PTRACE_SYSEMU).
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "models/sentry/platform.h"
#include "models/sentry/ptrace/subprocess.h"

namespace isosim::models {

class PtracePlatform final : public Platform {
 public:
  PtracePlatform(Sentry& sentry, kernel::Kernel& host);

  void boot(go::G& g) override;  // maps the stub, makes the master process
  void run(SentryTask& task) override;
  std::int64_t application_call(kernel::Thread& thread, kernel::Sys& sys) override;
  sim::Time compute(SentryTask& task, sim::Time span) override;
  std::int64_t touch(SentryTask& task, kernel::Address address, std::uint64_t length, bool write) override;
  void in_sentry(SentryTask& task, const std::function<void()>& what) override;
  void map(SentryTask& task, kernel::Address address, std::uint64_t length, kernel::Address sentry) override;
  void unmap(SentryTask& task, kernel::Address address, std::uint64_t length, std::uint64_t pages) override;
  void rights_lost(SentryTask& task) override;
  void bounce(SentryTask& task, go::G& by) override;
  void touch_own(go::G& g, kernel::Address address, std::uint64_t length, bool write) override;

  // Faults come with a stop of the stub, which touch() waits for; an address space is made when a task first
  // runs in it (MemoryManager.Activate); and the Sentry is never a guest.
  void fault_begin(SentryTask&) override {}
  void fault_end(SentryTask&) override {}
  void first_touch(SentryTask&, kernel::Address, kernel::Address, std::uint64_t, bool) override {}
  void leave_guest(go::M&) override {}

 private:
  // type context, for one flow of application code: the thread's, or that of a signal handler.
  struct Context {
    Application application;
    bool ended = false;
    std::uint64_t space_id = ~0ull;
    Subprocess* space = nullptr;
    Tracee* runs_on = nullptr;          // interrupt.Forwarder: whom an interrupt is for
    bool interrupted = false;           // one came while there was nobody
    bool maps_at_once = false;          // it is in mmap(2), which populates small mappings
    Subprocess* fault_space = nullptr;  // where the last switch ended by a fault; null: it did not
    kernel::Address fault_address = 0;
  };
  enum class Event : std::uint8_t { call, fault, interrupt };
  struct Handler {  // runs the program's signal handlers where its code runs (Thread::on_signal)
    void operator()(kernel::Thread& thread, int signal) const;
    PtracePlatform* platform;
    std::function<void(kernel::Thread&, int)> programs;
  };

  void run_code(Context& context, SentryTask& task);
  Subprocess& new_subprocess(go::G& g, const Subprocess::Create& create);
  std::unique_ptr<Tracee> attached_process(go::G& g, std::uint64_t flags, std::uint32_t filtered);
  bool filter_comes_after_tracer(go::G& g);
  void map_stub(go::G& g);
  Subprocess& address_space(Context& context, SentryTask& task);
  Event switch_to_application(Context& context, SentryTask& task, Subprocess& space);
  void serve_call(Context& context, SentryTask& task);
  void serve_fault(Context& context, SentryTask& task, Subprocess& space);
  std::int64_t map_file(Subprocess& space, SentryTask& task, kernel::Address page, kernel::Address& end);
  void release(go::G& g, Subprocess& space);

  Sentry& sentry_;
  kernel::Kernel& host_;
  const sim::PathId switch_, inject_;
  kernel::Address stub_start_ = 0, stub_end_ = 0;
  std::unique_ptr<Tracee> probe_;  // kept: its thread may still be on its way out when it was waited for
  Subprocess* master_ = nullptr;
  std::deque<std::unique_ptr<Subprocess>> all_;
  std::map<std::uint64_t, Subprocess*> spaces_;  // by Process::space_id
  std::vector<Subprocess*> available_;           // globalPool.available
};

}  // namespace isosim::models
