#include "traces/order.h"

#include <sys/syscall.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "traces/effect.h"
#include "traces/order_scan.h"

namespace isosim::traces {

using namespace infer;

namespace {

// The calls and signals after which a process may be gone.
bool may_end(const Event& e) {
  if (e.kind == EventKind::signal) return true;
  if (e.kind != EventKind::call) return false;
  if (e.nr == SYS_exit || e.nr == SYS_exit_group) return true;
  return e.return_kind == ReturnKind::none && (e.nr == SYS_kill || e.nr == SYS_tkill || e.nr == SYS_tgkill);
}

Known known_from(const InitialTree& tree) {
  Known known;
  for (const Node& node : tree.nodes)
    if (node.kind == NodeKind::symlink) known.links.emplace(node.path, node.target);
  known.working_directory = tree.working_directory;
  known.working_directory_known = true;
  return known;
}

}  // namespace

Order::Scan::Scan(const Trace& trace, const InitialTree& initial_tree)
    : tree(initial_tree),
      events(trace.effects()),
      links(trace),
      known(known_from(initial_tree)),
      walk(known, links) {
  walk.record_touches = true;
}

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

void Order::Scan::scan(const Event& e) {
  Thread& thread = threads[e.tid];
  const bool returns = e.kind != EventKind::call || e.return_kind != ReturnKind::none;
  const Cause self{e.tid, thread.next++,
                   returns ? e.start_ns + std::max<std::int64_t>(e.duration_ns, 0)
                           : std::numeric_limits<std::int64_t>::max()};
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
  thread.latest = self;
  // A thread's first event may come before the return of the call that made it, which tells whose it is.
  if (const std::int32_t pid = walk.processes.of(e.tid).pid; pid != std::exchange(thread.pid, pid))
    members[pid].push_back(e.tid);
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