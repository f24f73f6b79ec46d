#include "traces/order.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "traces/effect.h"
#include "traces/infer_tree.h"
#include "traces/infer_walk.h"
#include "traces/shared_areas.h"
#include "traces/structure.h"
#include "traces/trace.h"

namespace isosim::traces {

namespace {

using namespace infer;

// An event as a possible cause of later ones.
struct Cause {
  std::int32_t tid = -1;
  std::uint64_t index = 0;
  std::int64_t end_ns = 0;  // of its call

  explicit operator bool() const { return tid >= 0; }
};

// Readers and writers of a resource: whoever changes it waits for all uses since the last change, whoever
// uses it for the last change.
struct Shared {
  Cause changed;
  std::vector<Cause> used;  // since then, the last of each thread
};

constexpr std::size_t kMostBlockedReads = 64;

// One direction of a pipe or connection.
struct Stream {
  struct Transfer {
    Cause by;
    std::uint64_t end;  // bytes put in, or taken, up to and with this one
  };
  std::deque<Transfer> writes;  // whose bytes are not all taken out
  // Took all there was, or found nothing: what comes later must not come earlier. Until a write waits for it.
  std::deque<Transfer> short_reads;
  std::uint64_t put = 0, taken = 0;
  Cause last_writer, last_reader;
};

struct Futex {
  std::vector<Cause> waiting;  // that somebody woke
  std::vector<Cause> left;     // whose time was over, or that a signal took off the queue
  Cause last_wake;
};

struct Children {
  Cause last_exit, last_wait, last_empty_wait;
  Cause earlier_wait;  // the one before `last_wait`, which may still block
};

// The calls and signals after which a process may be gone.
bool may_end(const Event& e) {
  if (e.kind == EventKind::signal) return true;
  if (e.kind != EventKind::call) return false;
  if (e.nr == SYS_exit || e.nr == SYS_exit_group) return true;
  return e.return_kind == ReturnKind::none && (e.nr == SYS_kill || e.nr == SYS_tkill || e.nr == SYS_tgkill);
}

}  // namespace

struct Order::Scan {
  Scan(const Trace& trace, const InitialTree& initial_tree)
      : tree(initial_tree), events(trace.effects()), links(trace), walk(known_from(initial_tree), links) {
    walk.record_touches = true;
  }

  static const Known& known_from(const InitialTree& tree) {
    static thread_local Known known;
    known = {};
    for (const Node& node : tree.nodes) {
      if (node.kind == NodeKind::symlink) known.links.emplace(node.path, node.target);
    }
    known.working_directory = tree.working_directory;
    known.working_directory_known = true;
    return known;
  }

  const InitialTree& tree;
  MergedCursor events;
  TaskLinks links;
  Walk walk;
  bool at_end = false;

  struct Thread {
    std::uint64_t next = 0;  // index of its next event
    struct Entry {
      std::uint64_t index;
      std::vector<Dependency> dependencies;
      std::vector<std::int32_t> woken;
    };
    std::deque<Entry> ready;  // events that have either, not yet asked for
    Entry current;
    // What it has waited for already, by thread: index + 1 of the last event entered, completed.
    std::map<std::int32_t, std::array<std::uint64_t, 2>> seen;
  };
  std::unordered_map<std::int32_t, Thread> threads;  // looked up only
  std::unordered_map<std::uint64_t, Shared> names, contents, positions, slots, tables, addresses, areas;
  std::unordered_map<DentryId, bool> name_changes;
  std::unordered_map<InodeId, bool> content_changes;
  std::unordered_map<std::uint64_t, Stream> streams;
  SharedAreas shared_areas;
  using FutexKey = std::pair<std::uint64_t, std::uint64_t>;  // address space, address; or what lies there
  std::map<FutexKey, Futex> futexes;
  std::unordered_map<std::int32_t, Children> children;  // by pid of the parent
  std::unordered_map<std::int32_t, Cause> signals;      // by target: last kill
  std::map<std::pair<std::int32_t, int>, Cause> taken;  // by thread or process, and signal: the last one
  std::unordered_map<std::int32_t, std::uint64_t> exit_words;  // by tid: what its end clears and wakes
  std::vector<Dependency> found;
  std::vector<std::int32_t> woken;

  void read_to(std::int32_t tid, std::uint64_t index);
  void scan(const Event& e);
  void wait_for(const Event& e, const Cause& cause, Dependency::Until most = Dependency::Until::completed);
  void wait_for(const Event& e, std::int64_t at_ns, const Cause& cause, Dependency::Until most);
  void use(const Event& e, const Cause& self, Shared& shared, bool change);
  void use(const Event& e, std::int64_t at_ns, const Cause& self, Shared& shared, bool change);
  void stream(const Event& e, const Cause& self, const Touch& touch);
  void futex(const Event& e, const Cause& self);
  FutexKey futex_key(std::int32_t tid, std::uint64_t address, bool is_private);
  void wake(const Event& e, Futex& f, std::int64_t count);
  void thread_ends(const Event& e);
  void process(const Event& e, const Cause& self);
  void sends(const Event& e, const Cause& self, int target_arg);
  void may_die(const Event& e);
  bool changes(const Touch& touch);
};

// The strongest edge that the record supports: an event that had returned when this one started is waited for
// until it returns, one that was still running only until it has begun.
void Order::Scan::wait_for(const Event& e, const Cause& cause, Dependency::Until most) {
  wait_for(e, e.start_ns, cause, most);
}

// `at_ns`: when the event does what the cause had to come before.
void Order::Scan::wait_for(const Event& e, std::int64_t at_ns, const Cause& cause, Dependency::Until most) {
  if (!cause || cause.tid == e.tid) return;
  const bool over = cause.end_ns <= at_ns && most == Dependency::Until::completed;
  const auto until = over ? Dependency::Until::completed : Dependency::Until::entered;
  const auto strength = static_cast<std::size_t>(until);
  Thread& thread = threads[e.tid];
  auto& seen = thread.seen[cause.tid];
  // Completion implies entry; both are monotone in the index.
  if (seen[1] > cause.index || (strength == 0 && seen[0] > cause.index)) return;
  seen[strength] = cause.index + 1;
  std::erase_if(found, [&](const Dependency& d) {
    return d.tid == cause.tid && (strength == 1 || d.until == Dependency::Until::entered) &&
           d.index <= cause.index;
  });
  found.push_back({cause.tid, until, cause.index});
}

void Order::Scan::use(const Event& e, const Cause& self, Shared& shared, bool change) {
  use(e, e.start_ns, self, shared, change);
}

void Order::Scan::use(const Event& e, std::int64_t at_ns, const Cause& self, Shared& shared, bool change) {
  wait_for(e, at_ns, shared.changed, Dependency::Until::completed);
  if (change) {
    for (const Cause& cause : shared.used) wait_for(e, at_ns, cause, Dependency::Until::completed);
    shared.used.clear();
    shared.changed = self;
    return;
  }
  for (Cause& cause : shared.used) {
    if (cause.tid != self.tid) continue;
    cause = self;
    return;
  }
  shared.used.push_back(self);
}

// Names and files that nobody changes order nothing and need no memory.
bool Order::Scan::changes(const Touch& touch) {
  const auto listed = [&](const std::string& path) {
    return std::binary_search(tree.changed.begin(), tree.changed.end(), path);
  };
  if (touch.kind == Touch::Kind::name) {
    const auto id = static_cast<DentryId>(touch.id);
    const auto [at, unknown] = name_changes.try_emplace(id, false);
    if (unknown) at->second = listed(walk.names.path(id));
    return at->second || touch.change;
  }
  if (touch.kind == Touch::Kind::content) {
    const auto id = static_cast<InodeId>(touch.id);
    const auto [at, unknown] = content_changes.try_emplace(id, false);
    if (unknown) {
      const Inode& inode = walk.names.inode(id);
      at->second =
          inode.home == kNone || inode.kind == NodeKind::directory || listed(walk.names.path(inode.home));
    }
    return at->second || touch.change;
  }
  return true;
}

void Order::Scan::stream(const Event& e, const Cause& self, const Touch& touch) {
  Stream& s = streams[touch.id];
  if (touch.change) {
    wait_for(e, s.last_writer);  // bytes of several writers arrive in the recorded order
    // The last read that was over. strace's -T leaves out what printing the entry took, so that one may seem
    // over before the write that fed it began: if it took more than had been put in, it was not.
    Cause over;
    while (!s.short_reads.empty() && s.short_reads.front().end <= s.put &&
           s.short_reads.front().by.end_ns <= e.start_ns) {
      over = s.short_reads.front().by;
      s.short_reads.pop_front();
    }
    wait_for(e, over);
    s.last_writer = self;
    s.put += touch.bytes;
    if (touch.bytes > 0) s.writes.push_back({self, s.put});
    return;
  }
  wait_for(e, s.last_reader);
  s.last_reader = self;
  s.taken += touch.bytes;
  const Stream::Transfer* supplier = nullptr;
  while (!s.writes.empty()) {
    // A blocked reader entered before the write that fed it: the kernel makes it wait.
    if (touch.bytes > 0) supplier = &s.writes.front();
    if (supplier) wait_for(e, supplier->by, Dependency::Until::entered);
    if (s.writes.front().end > s.taken) break;
    s.writes.pop_front();
  }
  if (!touch.partial) return;
  s.short_reads.push_back({self, s.taken});
  // Of a stream that untraced programs write into, no read is ever seen to be fed.
  if (s.short_reads.size() > kMostBlockedReads) s.short_reads.pop_front();
}

// As get_futex_key() has it.
Order::Scan::FutexKey Order::Scan::futex_key(std::int32_t tid, std::uint64_t address, bool is_private) {
  const std::uint32_t memory = walk.processes.of(tid).memory;
  if (const auto place = shared_areas.find(memory, address); place && !is_private)
    return {place->object, place->offset};
  return {memory, address};
}

void Order::Scan::futex(const Event& e, const Cause& self) {
  if (e.argc < 2) return;
  constexpr std::int64_t command_mask = 0x7F;
  const std::int64_t command = e.args[1].value & command_mask;
  const auto address = static_cast<std::uint64_t>(e.args[0].value);
  constexpr std::int64_t private_flag = 128;
  Futex& f = futexes[futex_key(e.tid, address, (e.args[1].value & private_flag) != 0)];
  const bool waits = command == 0 || command == 9 || command == 6 ||
                     command == 11;  // WAIT, WAIT_BITSET, LOCK_PI, WAIT_REQUEUE_PI
  if (waits) {
    wait_for(e, f.last_wake);  // else that wake would find this thread
    for (std::vector<Cause>* list : {&f.waiting, &f.left})
      std::erase_if(*list, [&](const Cause& w) { return w.tid == e.tid; });
    if (e.error == 0) f.waiting.push_back(self);
    if (e.error == ETIMEDOUT || e.return_kind == ReturnKind::restart) f.left.push_back(self);
    return;
  }
  // Who had left the queue by itself is not there for this wake to find.
  for (const Cause& left : f.left)
    if (left.end_ns <= e.start_ns) wait_for(e, left);
  if (e.return_kind == ReturnKind::value && e.result > 0) wake(e, f, e.result);
  f.last_wake = self;
}

// The order in which the calls were entered is not that of the queue (strace stops a thread before it gets
// there); who was woken is who went on first.
void Order::Scan::wake(const Event& e, Futex& f, std::int64_t count) {
  const auto wakes = [&](Cause& waiter) {
    wait_for(e, waiter, Dependency::Until::entered);
    woken.push_back(waiter.tid);
    waiter.tid = -1;
    --count;
  };
  const auto earlier = [](const Cause& a, const Cause& b) { return a.end_ns < b.end_ns; };
  std::stable_sort(f.waiting.begin(), f.waiting.end(), earlier);
  for (Cause& waiter : f.waiting)
    if (count > 0 && waiter.end_ns > e.start_ns) wakes(waiter);
  // Those that seem to be over already, the last first: stamps are not that exact, and somebody was woken.
  for (auto waiter = f.waiting.rbegin(); waiter != f.waiting.rend(); ++waiter)
    if (count > 0 && *waiter) wakes(*waiter);
  std::erase_if(f.waiting, [](const Cause& waiter) { return !waiter; });
}

// The end of a thread wakes who joins it (CLONE_CHILD_CLEARTID), if the record has somebody wait there.
void Order::Scan::thread_ends(const Event& e) {
  const auto word = exit_words.find(e.tid);
  if (word == exit_words.end()) return;
  const auto f = futexes.find(futex_key(e.tid, word->second, false));
  if (f != futexes.end()) wake(e, f->second, 1);
}

// wait4(-1) reaps whoever is dead, in order of birth: what ends a child waits for what was over before it,
// deaths of its siblings and waits of its parent.
void Order::Scan::may_die(const Event& e) {
  const Process& process = walk.processes.of(e.tid);
  if (process.parent_pid < 0) return;
  const Children& family = children[process.parent_pid];
  for (const Cause& cause : {family.last_exit, family.last_wait, family.earlier_wait, family.last_empty_wait})
    if (cause && cause.end_ns <= e.start_ns) wait_for(e, cause);
}

// A signal that is pending is not queued a second time, and SIGCONT and the stops undo each other: the next
// one waits until the last was taken.
void Order::Scan::sends(const Event& e, const Cause& self, int target_arg) {
  if (e.argc < target_arg + 2) return;
  const auto target = static_cast<std::int32_t>(e.args[target_arg].value);
  const auto signal = static_cast<int>(e.args[target_arg + 1].value);
  constexpr std::array kStops{SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU};
  const auto stops = [&](int which) {
    return std::find(kStops.begin(), kStops.end(), which) != kStops.end();
  };
  // Who takes a stop is done with it only when it goes on.
  const auto after = [&](int other) {
    const auto most = stops(other) ? Dependency::Until::entered : Dependency::Until::completed;
    if (const auto last = taken.find({target, other}); last != taken.end()) wait_for(e, last->second, most);
  };
  after(signal);
  if (signal == SIGCONT) std::for_each(kStops.begin(), kStops.end(), after);
  if (stops(signal)) after(SIGCONT);
  signals[target] = self;
}

void Order::Scan::process(const Event& e, const Cause& self) {
  switch (e.kind) {
    case EventKind::signal: {
      const auto sender = integer(field(e.signal_info, "si_pid"));
      for (const std::int32_t target : {e.tid, walk.processes.of(e.tid).pid}) {
        const auto sent = signals.find(target);
        if (sender && sent != signals.end()) wait_for(e, sent->second, Dependency::Until::entered);
        taken[{target, e.signal}] = self;
      }
      return;
    }
    case EventKind::exited:
    case EventKind::killed:
      if (const Process& process = walk.processes.of(e.tid); process.pid == e.tid && process.parent_pid >= 0)
        children[process.parent_pid].last_exit = self;
      return;
    case EventKind::stopped:
      return;
    case EventKind::call:
      break;
  }
  switch (e.nr) {
    case SYS_futex:
      futex(e, self);
      break;
    case SYS_clone3:
      if (const auto word = integer(field(e.args[0].text, "child_tid")); word && e.result > 0)
        exit_words[links.child(e)] = static_cast<std::uint64_t>(*word);
      break;
    case SYS_clone:
      if (e.argc > 3 && e.result > 0)
        exit_words[links.child(e)] = static_cast<std::uint64_t>(e.args[3].value);
      break;
    case SYS_set_tid_address:
      exit_words[e.tid] = static_cast<std::uint64_t>(e.args[0].value);
      break;
    case SYS_exit:
      thread_ends(e);
      break;
    case SYS_wait4:
    case SYS_waitid: {
      Children& family = children[walk.processes.of(e.tid).pid];
      if (e.return_kind != ReturnKind::value) break;
      const bool empty = e.result == 0 && e.nr == SYS_wait4;
      if (!empty) family.earlier_wait = family.last_wait;
      (empty ? family.last_empty_wait : family.last_wait) = self;
      break;
    }
    case SYS_rt_sigtimedwait:
      if (succeeded(e))
        for (const std::int32_t target : {e.tid, walk.processes.of(e.tid).pid})
          taken[{target, static_cast<int>(e.result)}] = self;
      break;
    case SYS_kill:
    case SYS_tkill:
    case SYS_rt_sigqueueinfo:
      sends(e, self, 0);
      break;
    case SYS_tgkill:
    case SYS_rt_tgsigqueueinfo:
      sends(e, self, 1);
      break;
    default:
      break;
  }
}

void Order::Scan::scan(const Event& e) {
  Thread& thread = threads[e.tid];
  const Cause self{e.tid, thread.next++, e.start_ns + std::max<std::int64_t>(e.duration_ns, 0)};
  found.clear();
  woken.clear();
  process(e, self);
  if (may_end(e)) may_die(e);
  walk.apply(e, self.index);
  shared_areas.apply(e, walk.processes, makes_task(e) ? links.child(e) : -1);
  const std::int64_t numbered_ns = effect_ns(e);
  for (const Touch& touch : walk.touches) {
    switch (touch.kind) {
      case Touch::Kind::name:
        if (changes(touch)) use(e, self, names[touch.id], touch.change);
        break;
      case Touch::Kind::content:
        if (changes(touch)) use(e, self, contents[touch.id], touch.change);
        break;
      case Touch::Kind::position:
        use(e, self, positions[touch.id], touch.change);
        break;
      case Touch::Kind::table:
        use(e, numbered_ns, self, tables[touch.id], touch.change);
        break;
      case Touch::Kind::slot:
        use(e, numbered_ns, self, slots[touch.id], touch.change);
        break;
      case Touch::Kind::channel:
        stream(e, self, touch);
        break;
      case Touch::Kind::address:
        use(e, self, addresses[touch.id], touch.change);
        break;
      case Touch::Kind::memory:
        use(e, self, areas[touch.id], touch.change);
        break;
    }
  }
  for (const std::uint64_t serial : walk.released) positions.erase(serial);
  if (!found.empty() || !woken.empty()) thread.ready.push_back({self.index, found, woken});
}

void Order::Scan::read_to(std::int32_t tid, std::uint64_t index) {
  Event event;
  while (!at_end && threads[tid].next <= index) {
    if (events.next(event)) {
      scan(event);
    } else {
      at_end = true;
    }
  }
}

Order::Order(const Trace& trace, const InitialTree& tree) {
  if (trace.threads().size() > 1) scan_ = std::make_unique<Scan>(trace, tree);
}
Order::~Order() = default;
Order::Order(Order&&) noexcept = default;
Order& Order::operator=(Order&&) noexcept = default;

Order::Before Order::before(std::int32_t tid, std::uint64_t index) {
  if (!scan_) return {};
  scan_->read_to(tid, index);
  Scan::Thread& thread = scan_->threads[tid];
  while (!thread.ready.empty() && thread.ready.front().index < index) thread.ready.pop_front();
  if (thread.ready.empty() || thread.ready.front().index != index) return {};
  thread.current = std::move(thread.ready.front());
  thread.ready.pop_front();
  return {thread.current.dependencies, thread.current.woken};
}

}  // namespace isosim::traces
