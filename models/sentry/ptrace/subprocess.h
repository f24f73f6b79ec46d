// A stub process: an address space of the application (platform/ptrace/subprocess.go). It has, for each M of
// the Sentry that runs application code in it or changes its mappings, a thread that this M traces.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "models/sentry/ptrace/tracee.h"

namespace isosim::models {

class Subprocess {
 public:
  using Create = std::function<std::unique_ptr<Tracee>(go::G&)>;

  // Life of the goroutine that has the first thread: makes it, then the others on request.
  void serve(go::G& g, const Create& create);
  // For who started serve(): until there is a first thread.
  void wait_until_ready(go::G& g);

  // The thread that runs application code for the goroutine's M; the goroutine must be locked to it.
  Tracee& emulation_thread(go::G& g) { return look_up(g, emulation_); }
  // A system call in the process; its result.
  std::int64_t syscall(go::G& g, kernel::Sys sys);

  // Unmaps all but the stub.
  void unmap_all(go::G& g, kernel::Address stub_start, kernel::Address stub_end);

  [[nodiscard]] kernel::Process& process() const { return *first_->stub.thread().process; }
  // createStub: a new process like this one. `make` makes what will be its first thread.
  std::unique_ptr<Tracee> fork(go::G& g, const std::function<std::unique_ptr<Tracee>()>& make);

 private:
  struct Pool {
    std::vector<std::unique_ptr<Tracee>> of_machine;  // by M; null: none
    std::vector<kernel::Thread*> order;               // of the tracers, as they came
  };
  struct Request {
    go::G* by;
    std::unique_ptr<Tracee> made;
  };

  Tracee& look_up(go::G& g, Pool& pool);
  std::unique_ptr<Tracee> new_thread(go::G& g);

  std::unique_ptr<Tracee> first_;
  Pool emulation_, syscalls_;
  std::vector<Request*> requests_;
  go::G* server_ = nullptr;   // while it sleeps
  go::G* starter_ = nullptr;  // while it waits for the first thread
};

}  // namespace isosim::models
