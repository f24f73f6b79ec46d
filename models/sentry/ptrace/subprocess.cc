#include "models/sentry/ptrace/subprocess.h"

#include <stdexcept>
#include <utility>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/mm/mman.h"
#include "kernel-model/process/namespaces.h"

namespace isosim::models {

namespace nr = kernel::nr;
namespace signo = kernel::signo;

void Subprocess::serve(go::G& g, const Create& create) {
  g.lock_thread();
  first_ = create(g);
  if (go::G* starter = std::exchange(starter_, nullptr)) g.runtime.ready(g, *starter);
  for (;;) {
    while (requests_.empty()) {
      server_ = &g;
      g.park();
    }
    server_ = nullptr;
    Request& request = *requests_.front();
    requests_.erase(requests_.begin());
    std::unique_ptr<Tracee> made = first_->clone(g);
    if (made->wait(g) != signo::stop) throw std::logic_error("a new stub thread did not begin with SIGSTOP");
    made->detach(g);
    request.made = std::move(made);
    g.runtime.ready(g, *request.by);
  }
}

void Subprocess::wait_until_ready(go::G& g) {
  while (!first_) {
    starter_ = &g;
    g.park();
  }
}

std::unique_ptr<Tracee> Subprocess::new_thread(go::G& g) {
  Request request{&g, nullptr};
  requests_.push_back(&request);
  if (go::G* server = std::exchange(server_, nullptr)) g.runtime.ready(g, *server);
  while (!request.made) g.park();
  request.made->attach(g);
  return std::move(request.made);
}

// lookupOrCreate
Tracee& Subprocess::look_up(go::G& g, Pool& pool) {
  const auto index = static_cast<std::size_t>(g.m->id);
  if (index < pool.of_machine.size() && pool.of_machine[index]) return *pool.of_machine[index];
  // Whether a tracer has ended, so that its thread is free: Go's never do.
  for (const kernel::Thread* tracer : std::vector<kernel::Thread*>(pool.order)) {
    kernel::Sys sys;
    sys.nr = nr::getpid;
    g.raw_call(sys);
    sys.nr = nr::tgkill;
    sys.arg = {static_cast<std::uint64_t>(tracer->process->pid), static_cast<std::uint64_t>(tracer->tid), 0};
    g.raw_call(sys);
  }
  std::unique_ptr<Tracee> made = new_thread(g);
  if (pool.of_machine.size() <= index) pool.of_machine.resize(index + 1);
  pool.order.push_back(&g.thread());
  pool.of_machine[index] = std::move(made);
  return *pool.of_machine[index];
}

std::int64_t Subprocess::syscall(go::G& g, kernel::Sys sys) {
  g.lock_thread();
  const std::int64_t result = look_up(g, syscalls_).syscall(g, std::move(sys));
  g.unlock_thread();
  return result;
}

void Subprocess::unmap_all(go::G& g, kernel::Address stub_start, kernel::Address stub_end) {
  kernel::Sys sys;
  sys.nr = nr::munmap;
  sys.arg = {0, stub_start};
  syscall(g, sys);
  if (stub_end == kernel::kTaskSize) return;
  sys.arg = {stub_end, kernel::kTaskSize - stub_end};
  syscall(g, sys);
}

std::unique_ptr<Tracee> Subprocess::fork(go::G& g, const std::function<std::unique_ptr<Tracee>()>& make) {
  constexpr std::uint64_t kUntraced = 2, kAll = 0x40000000;
  Tracee& thread = look_up(g, syscalls_);
  std::unique_ptr<Tracee> made = make();
  kernel::Sys clone;
  clone.nr = nr::clone;
  clone.arg[0] = signo::kill | kernel::clone_flag::files;
  clone.at[0] = kernel::ChildEntry{[stub = &made->stub](kernel::Thread& t) { stub->live_as_process(t); }, 0};
  const std::int64_t pid = thread.syscall(g, std::move(clone));
  if (pid < 0) throw std::runtime_error("the host has no process left for a stub");
  kernel::Sys wait;
  wait.nr = nr::wait4;
  wait.arg = {static_cast<std::uint64_t>(pid), 0, kUntraced | kAll};
  thread.syscall(g, std::move(wait));
  made->tgid = made->tid = static_cast<std::int32_t>(pid);
  made->attach(g);
  return made;
}

}  // namespace isosim::models
