// Ms: looking for work, spinning, sleeping (findrunnable, startm, stopm, wakep; notes of
// runtime/lock_futex.go).
#include <algorithm>
#include <utility>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/process/futex.h"
#include "models/go/paths.h"
#include "models/go/sysmon.h"

namespace isosim::go {

using kernel::Sys;
using kernel::Thread;
namespace nr = kernel::nr;

namespace {

constexpr std::uint64_t kFutexWaitPrivate = 128, kFutexWakePrivate = 129;
constexpr int kStealRounds = 4;

bool dead(const M& m) { return m.thread->state == kernel::RunState::dead; }

}  // namespace

void Runtime::machine(M& m) {
  m.g0 = m.thread->task;
  try {
    while (G* g = m.locked ? stop_locked(m) : find_runnable(m)) {
      if (g->locked_ && g->locked_ != &m) {
        start_locked(m, *g);
      } else {
        execute(m, *g);
      }
    }
  } catch (const models::ProcessEnded&) {
  }
}

G* Runtime::take_local(P& p) {
  if (p.next) return std::exchange(p.next, nullptr);
  if (p.queue.empty()) return nullptr;
  G* g = p.queue.front();
  p.queue.pop_front();
  return g;
}

G* Runtime::find_runnable(M& m) {
  while (!dead(m)) {
    if (!m.p) {  // it came back from the kernel, and its P was taken
      stop_machine(m);
      continue;
    }
    if (G* g = take_local(*m.p)) return g;
    if (!global_queue_.empty()) {
      G* g = global_queue_.front();
      global_queue_.pop_front();
      return g;
    }
    // As many spinning Ms as half the busy Ps are enough.
    const int busy = static_cast<int>(ps_.size() - idle_ps_.size());
    if (m.spinning || 2 * spinning_ < busy) {
      if (!std::exchange(m.spinning, true)) ++spinning_;
      if (G* g = steal(m)) return g;
      if (!global_queue_.empty()) continue;
    }
    leave_p(m);
    const bool was_spinning = std::exchange(m.spinning, false);
    if (was_spinning) {
      --spinning_;
      m.thread->charge(paths_->steal, ps_.size());
      // Something may have become runnable between the search and the end of spinning.
      const bool work = std::any_of(ps_.begin(), ps_.end(), [](const P& p) { return !p.empty(); });
      if (work && acquire_idle(m)) {
        m.spinning = true;
        ++spinning_;
        continue;
      }
    }
    stop_machine(m);
  }
  return nullptr;
}

inline G* Runtime::steal_from(M& m, P& victim, bool take_next) {
  if (victim.empty() || &victim == m.p) return nullptr;
  if (const std::size_t count = (victim.queue.size() + 1) / 2) {
    G* last = nullptr;
    for (std::size_t i = 0; i < count; ++i) {
      if (last) m.p->queue.push_back(last);
      last = victim.queue.front();
      victim.queue.pop_front();
    }
    return last;
  }
  if (!take_next || !victim.next) return nullptr;
  if (victim.status == PStatus::running) {
    // The owner is likely to run it itself in a moment: usleep(3).
    Sys sys;
    sys.nr = nr::nanosleep;
    sys.at[0] = kernel::Timespec{sim::microseconds(3)};
    call_host(m, sys);
  }
  return std::exchange(victim.next, nullptr);
}

// Four rounds over all Ps, from a place that differs from M to M; only the last one takes what is to run
// next.
G* Runtime::steal(M& m) {
  const auto first = ps_.begin() + m.id % static_cast<std::ptrdiff_t>(ps_.size());
  for (int round = 0; round < kStealRounds; ++round) {
    m.thread->charge(paths_->steal, ps_.size());
    const bool take_next = round == kStealRounds - 1;
    for (auto victim = first; victim != ps_.end(); ++victim)
      if (G* g = steal_from(m, *victim, take_next)) return g;
    for (auto victim = ps_.begin(); victim != first; ++victim)
      if (G* g = steal_from(m, *victim, take_next)) return g;
  }
  return nullptr;
}

bool Runtime::acquire_idle(M& m) {
  if (idle_ps_.empty()) return false;
  P* p = idle_ps_.back();
  idle_ps_.pop_back();
  p->status = PStatus::running;
  p->m = &m;
  m.p = p;
  return true;
}

void Runtime::leave_p(M& m) {
  P* p = std::exchange(m.p, nullptr);
  p->m = nullptr;
  p->status = PStatus::idle;
  idle_ps_.push_back(p);
}

void Runtime::wake_p(M& by) {
  if (idle_ps_.empty()) return;
  P* p = idle_ps_.back();
  idle_ps_.pop_back();
  ++spinning_;
  start_machine(by, *p, true);
}

void Runtime::start_machine(M& by, P& p, bool spinning) {
  by.thread->charge(paths_->startm);
  p.status = PStatus::running;
  if (!idle_ms_.empty()) {
    M& m = *idle_ms_.back();
    idle_ms_.pop_back();
    m.next_p = &p;
    p.m = &m;
    m.spinning = spinning;
    note_wake(by, m);
    return;
  }
  M& m = ms_.emplace_back();
  m.id = static_cast<int>(ms_.size()) - 1;
  m.note = notes_ + 4 * static_cast<std::uint64_t>(m.id);
  m.p = &p;
  p.m = &m;
  m.spinning = spinning;
  new_thread(by, [this, &m](Thread& thread) {
    m.thread = &thread;
    machine(m);
  });
}

void Runtime::stop_machine(M& m) {
  m.thread->charge(paths_->stopm);
  idle_ms_.push_back(&m);
  note_sleep(m);
  m.p = std::exchange(m.next_p, nullptr);
}

// resetspinning(): it has found something to do.
void Runtime::stop_spinning(M& m) {
  if (!std::exchange(m.spinning, false)) return;
  --spinning_;
  if (spinning_ == 0 && !idle_ps_.empty()) wake_p(m);
}

// handoffp(): another M gets the P if there is work for it.
void Runtime::hand_off(M& m) {
  P* const p = m.p;
  const bool work = !p->empty() || !global_queue_.empty();
  const bool nobody_looks = spinning_ == 0 && idle_ps_.empty();
  if (!work && !nobody_looks) return leave_p(m);
  m.p = nullptr;
  if (!work) ++spinning_;
  start_machine(m, *p, !work);
}

// stoplockedm(): the M sleeps until whoever schedules its goroutine gives it a P.
G* Runtime::stop_locked(M& m) {
  m.thread->charge(paths_->stopm);
  if (m.p) hand_off(m);
  note_sleep(m);
  m.p = std::exchange(m.next_p, nullptr);
  return m.locked;
}

// startlockedm()
void Runtime::start_locked(M& m, G& g) {
  stop_spinning(m);
  M& target = *g.locked_;
  P* p = std::exchange(m.p, nullptr);
  p->m = &target;
  target.next_p = p;
  note_wake(m, target);
  stop_machine(m);
}

// newm(): clone(CLONE_VM | FS | FILES | SIGHAND | THREAD | SYSVSEM), runtime/os_linux.go.
void Runtime::new_thread(M& by, std::function<void(Thread&)> body) {
  constexpr std::uint64_t kCloneFlags = 0x100 | 0x200 | 0x400 | 0x800 | 0x10000 | 0x40000;
  Sys sys;
  sys.nr = nr::clone;
  sys.arg[0] = kCloneFlags;
  sys.at[0] = kernel::ChildEntry{std::move(body), 0};
  call_host(by, sys);
}

void Runtime::note_wake(M& by, M& target) {
  target.note_set = true;
  host.futexes->store(*target.thread->process, target.note, 1);
  Sys sys;
  sys.nr = nr::futex;
  sys.arg = {target.note, kFutexWakePrivate, 1};
  call_host(by, sys);
}

void Runtime::note_sleep(M& m) {
  host.futexes->store(*m.thread->process, m.note, m.note_set ? 1 : 0);
  while (!m.note_set && !dead(m)) {
    Sys sys;
    sys.nr = nr::futex;
    sys.arg = {m.note, kFutexWaitPrivate, 0};
    call_host(m, sys);
  }
  m.note_set = false;
  if (dead(m)) throw models::ProcessEnded{};
}

// The P went to another M meanwhile: an idle one will do, else the goroutine queues and its M stops.
bool Runtime::exit_syscall(G& g, P* /*old*/) {
  g.charge(paths_->exitsyscall_slow);
  M& m = *g.m;
  m.p = nullptr;
  if (acquire_idle(m)) return true;
  g.status = GStatus::runnable;
  global_queue_.push_back(&g);
  sysmon_->arm();
  back_to_g0(g);
  return false;
}

}  // namespace isosim::go
