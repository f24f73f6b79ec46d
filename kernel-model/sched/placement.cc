#include "kernel-model/sched/placement.h"

#include <stdexcept>
#include <utility>

#include "kernel-model/sched/real_time.h"

namespace isosim::kernel {

int Placement::first_allowed(const Thread& thread) const {
  for (int cpu = 0; cpu < topology_.cpus(); ++cpu)
    if (allowed(thread, cpu)) return cpu;
  throw std::logic_error("thread " + std::to_string(thread.tid) + " may run on no CPU");
}

bool Placement::core_idle(int core, int except) const {
  for (int t = 0; t < topology_.threads_per_core; ++t) {
    const int cpu = topology_.cpu_of(core, t);
    if (cpu == except || !rq(cpu).idle()) return false;
  }
  return true;
}

// wake_wide(): a waker that wakes many different threads must not pull them all to its cache.
bool Placement::wide(Thread& thread, Thread& waker) const {
  const auto decay = [](Thread& t, sim::Time now) {
    if (now - t.se.wakee_flip_decay <= sim::milliseconds(1000)) return;
    t.se.wakee_flips /= 2;
    t.se.wakee_flip_decay = now;
  };
  decay(waker, waker.now());
  if (const std::int64_t wakee = thread.task->id(); std::exchange(waker.se.last_wakee, wakee) != wakee)
    ++waker.se.wakee_flips;
  std::uint32_t master = waker.se.wakee_flips, slave = thread.se.wakee_flips;
  const auto factor = static_cast<std::uint32_t>(topology_.cores_per_socket * topology_.threads_per_core);
  if (master < slave) std::swap(master, slave);
  return slave >= factor && master >= slave * factor;
}

// wake_affine(): pull to the waker's CPU if that does not load it more than the previous one, 12 % aside.
// Loads are those of now; Linux decays them over some milliseconds.
bool Placement::affine(const Thread& thread, int here, int previous, bool sync) const {
  std::uint64_t here_load = rq(here).load();
  if (sync && rq(here).curr) here_load -= rq(here).curr->se.weight;
  if (here_load == 0) return true;
  return 100 * (here_load + thread.se.weight) <= 112 * rq(previous).load();
}

int Placement::wake(Thread& thread, Thread* waker, int here, bool sync) const {
  if (rank(thread) > 0) return real_time(thread, here);
  int previous = thread.cpu;
  if (previous < 0 || !allowed(thread, previous)) previous = first_allowed(thread);
  int target = previous;
  const bool want_affine = here >= 0 && allowed(thread, here) && !(waker && wide(thread, *waker));
  if (want_affine && here != previous && affine(thread, here, previous, sync)) target = here;
  return tunables_.idle_core_scan ? idle_sibling_54(thread, target) : idle_sibling_44(thread, target);
}

int Placement::idle_sibling_44(const Thread& thread, int target) const {
  if (rq(target).idle()) return target;
  const int previous = thread.cpu;
  if (previous >= 0 && previous != target && topology_.share_cache(previous, target) &&
      allowed(thread, previous) && rq(previous).idle())
    return previous;
  // The first wholly idle core of the cache domain, beginning with target's own.
  const int socket = topology_.socket_of(target), first = socket * topology_.cores_per_socket;
  for (int i = 0; i < topology_.cores_per_socket; ++i) {
    const int core = first + (topology_.core_of(target) - first + i) % topology_.cores_per_socket;
    if (!core_idle(core, target)) continue;
    for (int t = 0; t < topology_.threads_per_core; ++t)
      if (allowed(thread, topology_.cpu_of(core, t))) return topology_.cpu_of(core, t);
  }
  for (int t = 0; t < topology_.threads_per_core; ++t) {
    const int cpu = topology_.cpu_of(topology_.core_of(target), t);
    if (cpu != target && rq(cpu).idle() && allowed(thread, cpu)) return cpu;
  }
  return target;
}

int Placement::idle_sibling_54(Thread& thread, int target) const {
  if (rq(target).idle()) return target;
  const int previous = thread.cpu;
  const auto usable = [&](int cpu) {
    return cpu >= 0 && cpu != target && topology_.share_cache(cpu, target) && allowed(thread, cpu) &&
           rq(cpu).idle();
  };
  if (usable(previous)) return previous;
  if (usable(thread.se.recent_used_cpu)) {
    return std::exchange(thread.se.recent_used_cpu, previous);
  }
  thread.se.recent_used_cpu = previous;
  const int socket = topology_.socket_of(target), first = socket * topology_.cores_per_socket;
  int any_idle = -1;
  for (int i = 0; i < topology_.cores_per_socket; ++i) {
    const int core = first + (topology_.core_of(target) - first + i) % topology_.cores_per_socket;
    for (int t = 0; t < topology_.threads_per_core; ++t) {
      const int cpu = topology_.cpu_of(core, t);
      if (!usable(cpu)) continue;
      if (core_idle(core, -1)) return cpu;
      if (any_idle < 0) any_idle = cpu;
    }
  }
  return any_idle >= 0 ? any_idle : target;
}

std::uint64_t Placement::core_load(int core) const {
  std::uint64_t sum = 0;
  for (int t = 0; t < topology_.threads_per_core; ++t) sum += rq(topology_.cpu_of(core, t)).load();
  return sum;
}

// find_idlest_group() and find_idlest_cpu(). Group loads are averages over the group's CPUs; the local group
// wins unless another is emptier by 12 % (4.4), or by numa_fork_slack between nodes (5.4).
int Placement::idlest(const Thread& thread, int here) const {
  const auto socket_allowed = [&](int socket) {
    for (int cpu = 0; cpu < topology_.cpus(); ++cpu)
      if (topology_.socket_of(cpu) == socket && allowed(thread, cpu)) return true;
    return false;
  };
  const auto socket_load = [&](int socket) {
    std::uint64_t sum = 0;
    for (int c = 0; c < topology_.cores_per_socket; ++c)
      sum += core_load(socket * topology_.cores_per_socket + c);
    return sum;
  };
  const auto per_socket = static_cast<std::uint64_t>(topology_.cores_per_socket) *
                          static_cast<std::uint64_t>(topology_.threads_per_core);
  int socket = topology_.socket_of(here);
  if (!socket_allowed(socket)) socket = topology_.socket_of(first_allowed(thread));
  const std::uint64_t local = socket_load(socket);
  std::uint64_t least = ~std::uint64_t{0};
  int emptiest = socket;
  for (int s = 0; s < topology_.sockets; ++s) {
    if (s == socket || !socket_allowed(s) || socket_load(s) >= least) continue;
    least = socket_load(s);
    emptiest = s;
  }
  if (emptiest != socket && 100 * local >= 112 * least && local > least &&
      local - least > tunables_.numa_fork_slack * per_socket)
    socket = emptiest;

  int best = -1;
  std::uint64_t best_core = 0, best_cpu = 0;
  for (int i = 0; i < topology_.cores_per_socket; ++i) {
    const int local_core =
        topology_.socket_of(here) == socket ? topology_.core_of(here) % topology_.cores_per_socket : 0;
    const int core = socket * topology_.cores_per_socket + (local_core + i) % topology_.cores_per_socket;
    for (int t = 0; t < topology_.threads_per_core; ++t) {
      const int cpu = topology_.cpu_of(core, t);
      if (!allowed(thread, cpu)) continue;
      const std::uint64_t on_core = core_load(core), on_cpu = rq(cpu).load();
      // Among idle CPUs find_idlest_cpu() takes the one in the shallowest state, then the one idle for the
      // least time.
      bool better = best < 0 || on_core < best_core || (on_core == best_core && on_cpu < best_cpu);
      if (!better && on_core == best_core && on_cpu == best_cpu && rq(cpu).idle()) {
        const RunQueue &a = rq(cpu), &b = rq(best);
        better = !b.idle() ||  // real-time threads are no load
                 (a.idle_state != b.idle_state ? a.idle_state < b.idle_state : a.idle_since > b.idle_since);
      }
      if (!better) continue;
      best = cpu;
      best_core = on_core;
      best_cpu = on_cpu;
    }
  }
  return best;
}

}  // namespace isosim::kernel
