// The scan behind Order: reads the events of all threads in the order of their effects and finds what each
// has to wait for. order.cc has the rules of names, files and descriptors, order_streams.cc those of bytes,
// order_futexes.cc and order_processes.cc those of wake-ups and of processes and their signals.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <unordered_map>
#include <vector>

#include "traces/infer_tree.h"
#include "traces/infer_walk.h"
#include "traces/order.h"
#include "traces/shared_areas.h"
#include "traces/task_links.h"
#include "traces/trace.h"

namespace isosim::traces {

namespace ordering {

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

}  // namespace ordering

struct Order::Scan {
  using Cause = ordering::Cause;
  using Shared = ordering::Shared;
  using Stream = ordering::Stream;
  using Futex = ordering::Futex;
  using Children = ordering::Children;
  using Touch = infer::Touch;

  Scan(const Trace& trace, const InitialTree& initial_tree);

  const InitialTree& tree;
  MergedCursor events;
  TaskLinks links;
  const infer::Known known;
  infer::Walk walk;
  bool at_end = false;

  struct Thread {
    std::uint64_t next = 0;  // index of its next event
    Cause latest;
    std::int32_t pid = -1;  // at that time; a thread that has ended is nobody's
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
  std::unordered_map<infer::DentryId, bool> name_changes;
  std::unordered_map<infer::InodeId, bool> content_changes;
  std::unordered_map<std::uint64_t, Stream> streams;
  infer::SharedAreas shared_areas;
  using FutexKey = std::pair<std::uint64_t, std::uint64_t>;  // address space, address; or what lies there
  std::map<FutexKey, Futex> futexes;
  std::unordered_map<std::int32_t, Children> children;                  // by pid of the parent
  std::unordered_map<std::int32_t, std::vector<std::int32_t>> members;  // by pid: its threads so far
  std::unordered_map<std::int32_t, Cause> signals;                      // by target: last kill
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
  void process_ends(const Event& e);
  void process(const Event& e, const Cause& self);
  void sends(const Event& e, const Cause& self, int target_arg);
  void may_die(const Event& e);
  bool changes(const Touch& touch);
};

}  // namespace isosim::traces
