// Go's scheduler (runtime/proc.go of Go 1.12) on threads of a host process: goroutines (G) run on threads (M)
// that hold a processor (P). A switch of goroutines costs no call of the kernel; stopping and waking an M is
// a futex call.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kernel-model/kernel.h"
#include "models/host_calls.h"
#include "models/process_ended.h"

namespace isosim::go {

class Runtime;
class Sysmon;
struct M;

enum class GStatus : std::uint8_t { runnable, running, waiting, dead };
enum class PStatus : std::uint8_t { idle, running, syscall };

// A goroutine. As HostCalls it makes system calls on the M it runs on.
class G final : public models::HostCalls {
 public:
  G(Runtime& its_runtime, std::string its_name, std::function<void(G&)> its_body);

  Runtime& runtime;
  std::string name;
  std::function<void(G&)> body;
  sim::Task* task = nullptr;  // null until it first runs
  M* m = nullptr;             // while it runs
  GStatus status = GStatus::runnable;

  std::int64_t call(kernel::Sys& sys) override;
  std::int64_t raw_call(kernel::Sys& sys) override;
  kernel::Thread& thread() override;

  // entersyscall and exitsyscall around code that is neither Go nor the kernel's: sysmon may give the P away
  // meanwhile. Entering twice is entering once; an exit without an entry has no effect.
  void enter_syscall();
  void exit_syscall();

  // gopark: until someone calls Runtime::ready(). A ready() that came since the last park counts.
  void park();
  // Gosched: to the end of the queue.
  void yield();
  // notetsleepg: sleeps on the M's futex until `due` holds, without a P; whoever makes it true wakes the
  // thread. Or until `at`.
  void sleep(const std::function<bool()>& due, sim::Time at = sim::Time::max());

  // LockOSThread: until unlock_thread() it runs on the M that it runs on now, and that M runs nothing else.
  void lock_thread();
  void unlock_thread();

  void charge(sim::PathId path, std::uint64_t units = 0) { task->charge(path, units); }
  [[nodiscard]] sim::Time now() const { return task->now(); }

 private:
  friend class Runtime;
  bool ready_ = false;   // woken before it parked
  M* locked_ = nullptr;  // lockedm
};

struct P {
  int id = 0;
  PStatus status = PStatus::idle;
  G* next = nullptr;  // runnext: readied last, runs first
  std::deque<G*> queue;
  M* m = nullptr;
  sim::Time syscall_since;  // while in a system call
  [[nodiscard]] bool empty() const { return !next && queue.empty(); }
};

struct M {
  int id = 0;
  kernel::Thread* thread = nullptr;
  sim::Task* g0 = nullptr;  // the thread's own task: it looks for work
  G* current = nullptr;
  G* locked = nullptr;  // lockedg: runs this goroutine only
  P* p = nullptr;
  P* next_p = nullptr;  // what it gets when it is woken
  bool spinning = false;
  kernel::Address note = 0;  // futex word that it sleeps on
  bool note_set = false;
  void* platform = nullptr;  // what the process's owner keeps a thread (the Sentry: its vCPU)
};

// How an M reaches the kernel; the Sentry leaves the guest first.
using CallHost = std::function<std::int64_t(M&, kernel::Sys&)>;

class Runtime {
 public:
  // `procs`: GOMAXPROCS; 0: as many as the first thread's affinity allows. `notes`: mapped memory of the
  // process for futex words, 4 bytes an M.
  Runtime(kernel::Kernel& host, int procs, CallHost call_host = {});

  // Runs `main` as the first goroutine on the process's first thread, whose code this is. Comes back when the
  // process ends.
  void run(kernel::Thread& first, kernel::Address notes, std::function<void(G&)> main);

  // go func: queued at the caller's P.
  G& start(G& by, std::string name, std::function<void(G&)> body);

  // goready: `target` runs next on the caller's P, or an idle M is woken that may steal it.
  void ready(G& by, G& target);

  // The goroutine that runs now; null outside of all of them.
  [[nodiscard]] G* current() const;

  kernel::Kernel& host;
  CallHost call_host;
  [[nodiscard]] const std::deque<M>& machines() const { return ms_; }
  [[nodiscard]] std::size_t procs() const { return ps_.size(); }

 private:
  friend class G;
  friend class Sysmon;
  struct Paths;

  void machine(M& m);  // an M's life, on its own task
  G* find_runnable(M& m);
  G* take_local(P& p);
  G* steal(M& m);
  G* steal_from(M& m, P& victim, bool take_next);
  void execute(M& m, G& g);
  void back_to_g0(G& g);
  void launch(G& g);
  void put(P& p, G& g, bool next);
  bool acquire_idle(M& m);
  void wake_p(M& by);
  void start_machine(M& by, P& p, bool spinning);
  void new_thread(M& by, std::function<void(kernel::Thread&)> body);
  void stop_machine(M& m);
  G* stop_locked(M& m);
  void start_locked(M& m, G& g);
  void hand_off(M& m);
  void stop_spinning(M& m);
  void note_wake(M& by, M& target);
  void note_sleep(M& m);
  void leave_p(M& m);
  bool exit_syscall(G& g, P* old);

  std::vector<P> ps_;  // all there will be, before the first runs
  std::deque<M> ms_;
  std::deque<std::unique_ptr<G>> gs_;
  std::vector<G*> by_task_;  // by the task's number, from the first one's on
  std::size_t first_task_ = 0;
  std::vector<P*> idle_ps_;
  std::vector<M*> idle_ms_;
  std::deque<G*> global_queue_;
  int spinning_ = 0;
  kernel::Address notes_ = 0;
  std::unique_ptr<Paths> paths_;
  std::unique_ptr<Sysmon> sysmon_;

 public:
  ~Runtime();
};

}  // namespace isosim::go
