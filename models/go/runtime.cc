#include "models/go/runtime.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/signal/signal.h"
#include "models/go/paths.h"
#include "models/go/sysmon.h"

namespace isosim::go {

using kernel::Sys;
using kernel::Thread;

G::G(Runtime& its_runtime, std::string its_name, std::function<void(G&)> its_body)
    : runtime(its_runtime), name(std::move(its_name)), body(std::move(its_body)) {}

Thread& G::thread() { return *m->thread; }

std::int64_t G::raw_call(Sys& sys) {
  const std::int64_t result = runtime.call_host(*m, sys);
  if (m->thread->state == kernel::RunState::dead) throw models::ProcessEnded{};
  return result;
}

void G::enter_syscall() {
  P* const p = m->p;
  if (p->m != m || p->status == PStatus::syscall) return;
  p->status = PStatus::syscall;
  p->syscall_since = now();
  if (!p->empty() || !runtime.global_queue_.empty()) runtime.sysmon_->arm();
}

void G::exit_syscall() {
  P* const p = m->p;
  if (p->m == m) {
    p->status = PStatus::running;
  } else {
    runtime.exit_syscall(*this, p);
  }
}

std::int64_t G::call(Sys& sys) {
  enter_syscall();
  const std::int64_t result = raw_call(sys);
  charge(runtime.paths_->syscall);
  exit_syscall();
  return result;
}

void G::park() {
  charge(runtime.paths_->park);
  if (std::exchange(ready_, false)) return;
  status = GStatus::waiting;
  runtime.back_to_g0(*this);
}

void G::yield() {
  charge(runtime.paths_->park);
  status = GStatus::runnable;
  runtime.global_queue_.push_back(this);
  runtime.back_to_g0(*this);
}

void G::sleep(const std::function<bool()>& due, sim::Time at) {
  M& on = *m;
  P* const p = on.p;
  runtime.hand_off(on);  // entersyscallblock()
  // The futex call's entry, its filter, and the way out of a guest; the word was not set.
  Sys sys;
  sys.nr = kernel::nr::futex;
  sys.arg = {on.note, 129, 0};
  runtime.call_host(on, sys);
  Thread& sleeper = *on.thread;
  while (!due() && now() < at && sleeper.state != kernel::RunState::dead &&
         !kernel::signal_pending(sleeper)) {
    sleeper.state = kernel::RunState::interruptible;
    runtime.host.sched->block_until(sleeper, at);
  }
  if (sleeper.state == kernel::RunState::dead || sleeper.killed) throw models::ProcessEnded{};
  runtime.exit_syscall(*this, p);
}

void G::lock_thread() {
  locked_ = m;
  m->locked = this;
}

void G::unlock_thread() {
  locked_->locked = nullptr;
  locked_ = nullptr;
}

Runtime::Runtime(kernel::Kernel& its_host, int procs, CallHost call)
    : host(its_host),
      call_host(std::move(call)),
      paths_(std::make_unique<Paths>(its_host.catalogue)),
      sysmon_(std::make_unique<Sysmon>(*this)) {
  if (!call_host) call_host = [this](M& m, Sys& sys) { return host.syscall(*m.thread, sys); };
  for (int i = 0; i < procs; ++i) ps_.emplace_back().id = i;
}

Runtime::~Runtime() = default;

void Runtime::run(Thread& first, kernel::Address notes, std::function<void(G&)> main) {
  notes_ = notes;
  if (ps_.empty()) {
    const int cpus = std::popcount(first.affinity & host.sched->online_mask());
    for (int i = 0; i < cpus; ++i) ps_.emplace_back().id = i;
  }
  for (auto it = ps_.rbegin(); it != ps_.rend(); ++it) idle_ps_.push_back(&*it);
  M& m = ms_.emplace_back();
  m.thread = &first;
  m.note = notes_;
  sysmon_->start(m);
  acquire_idle(m);
  put(*m.p, *gs_.emplace_back(std::make_unique<G>(*this, "main", std::move(main))), true);
  machine(m);
}

G& Runtime::start(G& by, std::string name, std::function<void(G&)> body) {
  by.charge(paths_->newproc);
  G& g = *gs_.emplace_back(std::make_unique<G>(*this, std::move(name), std::move(body)));
  put(*by.m->p, g, true);
  if (!idle_ps_.empty() && spinning_ == 0) wake_p(*by.m);
  return g;
}

void Runtime::ready(G& by, G& target) {
  by.charge(paths_->ready);
  if (target.status != GStatus::waiting) {
    target.ready_ = true;
    return;
  }
  target.status = GStatus::runnable;
  if (sim::Observer* observer = host.engine.observer(); observer && target.task)
    observer->on_wake(*target.task, *by.task, by.now());
  put(*by.m->p, target, true);
  if (!idle_ps_.empty() && spinning_ == 0) wake_p(*by.m);
}

G* Runtime::current() const {
  const sim::Task* task = host.engine.current();
  return task && task->id() - first_task_ < by_task_.size() ? by_task_[task->id() - first_task_] : nullptr;
}

// runqput(): the one that was next before goes to the tail.
void Runtime::put(P& p, G& g, bool next) {
  if (!next) {
    p.queue.push_back(&g);
    return;
  }
  if (p.next) p.queue.push_back(p.next);
  p.next = &g;
}

void Runtime::launch(G& g) {
  g.task = &host.engine.spawn(
      g.name,
      [this, &g](sim::Task&) {
        try {
          g.body(g);
        } catch (const models::ProcessEnded&) {
        }
        g.status = GStatus::dead;
        if (g.m->thread->state != kernel::RunState::dead) back_to_g0(g);
      },
      host.engine.now());
  if (by_task_.empty()) first_task_ = g.task->id();
  const std::size_t id = g.task->id() - first_task_;
  if (by_task_.size() <= id) by_task_.resize(id + 1);
  by_task_[id] = &g;
}

// The thread goes on as its own task, which looks for other work. Returns when an M runs `g` again.
void Runtime::back_to_g0(G& g) {
  M& m = *std::exchange(g.m, nullptr);
  m.current = nullptr;
  host.sched->adopt(*m.thread, *m.g0);
  if (g.status == GStatus::dead) return;
  while (!g.m) g.task->suspend("goroutine parked");
}

void Runtime::execute(M& m, G& g) {
  stop_spinning(m);
  m.thread->charge(paths_->execute);
  g.status = GStatus::running;
  m.current = &g;
  if (!g.task) {
    g.m = &m;
    launch(g);
    host.sched->adopt(*m.thread, *g.task);
  } else {
    g.m = &m;
    host.sched->adopt(*m.thread, *g.task);
  }
  while (m.thread->task != m.g0) m.g0->suspend("goroutine runs");
}

}  // namespace isosim::go
