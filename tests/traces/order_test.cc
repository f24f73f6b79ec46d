#include "traces/order.h"

#include <catch2/catch.hpp>
#include <map>
#include <string>

#include "tests/traces/trace_files.h"
#include "traces/infer_tree.h"
#include "traces/trace.h"

namespace isosim::traces {
namespace {

struct Edge {
  std::int32_t tid;
  std::uint64_t index;
  Dependency on;
  bool operator==(const Edge&) const = default;
};

constexpr auto entered = Dependency::Until::entered;
constexpr auto completed = Dependency::Until::completed;

std::vector<Edge> edges(const Trace& trace) {
  const InitialTree tree = infer_tree(trace);
  Order order(trace, tree);
  std::vector<Edge> all;
  std::map<std::int32_t, std::uint64_t> next;
  MergedCursor events = trace.events();
  for (Event e; events.next(e);) {
    const std::uint64_t index = next[e.tid]++;
    for (const Dependency& d : order.before(e.tid, index).dependencies) all.push_back({e.tid, index, d});
  }
  return all;
}

std::vector<Edge> edges(std::string_view text) { return edges(Trace::parse(text)); }

// The first call of thread 1 makes thread 2; the rest is `text`.
std::vector<Edge> edges_of_two_threads(std::string_view text) {
  return edges(
      "1 1700000000.000001 clone3({flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD, "
      "exit_signal=0}, 88) = 2 <0.000001>\n" +
      std::string(text));
}

TEST_CASE("one thread waits for nobody") {
  CHECK(edges("1 1700000000.000001 open(\"/a\", O_CREAT|O_RDWR, 0644) = 3 <0.000001>\n"
              "1 1700000000.000010 unlink(\"/a\") = 0 <0.000001>\n")
            .empty());
}

TEST_CASE("a file that another process made is looked up after it was made") {
  const auto found = edges(
      "1 1700000000.000001 fork() = 2 <0.000001>\n"
      "2 1700000000.000010 open(\"/a\", O_CREAT|O_EXCL|O_RDWR, 0644) = 3 <0.000002>\n"
      "1 1700000000.000020 stat(\"/a\", {st_mode=S_IFREG|0644, st_size=0, ...}) = 0 <0.000001>\n"
      "1 1700000000.000030 stat(\"/a\", {st_mode=S_IFREG|0644, st_size=0, ...}) = 0 <0.000001>\n"
      "2 1700000000.000040 unlink(\"/a\") = 0 <0.000001>\n");
  // The second stat has waited already; the removal waits for the last use.
  CHECK(found == std::vector<Edge>{{1, 1, {2, completed, 0}}, {2, 1, {1, completed, 2}}});
}

TEST_CASE("files that nobody changes order nothing") {
  CHECK(edges("1 1700000000.000001 fork() = 2 <0.000001>\n"
              "1 1700000000.000010 open(\"/a\", O_RDONLY) = 3 <0.000001>\n"
              "2 1700000000.000020 open(\"/a\", O_RDONLY) = 3 <0.000001>\n"
              "1 1700000000.000030 read(3, \"\"..., 10) = 10 <0.000001>\n"
              "2 1700000000.000040 read(3, \"\"..., 10) = 10 <0.000001>\n")
            .empty());
}

TEST_CASE(
    "a read from a pipe waits until the writes of its bytes have begun, a later write until a short read is "
    "over") {
  const auto found = edges(
      "1 1700000000.000001 pipe2([3, 4], 0) = 0 <0.000001>\n"
      "1 1700000000.000002 fork() = 2 <0.000001>\n"
      "2 1700000000.000010 write(4, \"\"..., 100) = 100 <0.000001>\n"
      "2 1700000000.000020 write(4, \"\"..., 100) = 100 <0.000001>\n"
      "1 1700000000.000030 read(3, \"\"..., 4096) = 200 <0.000001>\n"
      "2 1700000000.000040 write(4, \"\"..., 50) = 50 <0.000001>\n"
      "1 1700000000.000050 read(3, \"\"..., 20) = 20 <0.000001>\n"
      "2 1700000000.000060 write(4, \"\"..., 50) = 50 <0.000001>\n");
  CHECK(found ==
        std::vector<Edge>{{1, 2, {2, entered, 1}}, {2, 2, {1, completed, 2}}, {1, 3, {2, entered, 2}}});
}

TEST_CASE("a reader that blocked before the write is left to the kernel") {
  CHECK(edges("1 1700000000.000001 pipe2([3, 4], 0) = 0 <0.000001>\n"
              "1 1700000000.000002 fork() = 2 <0.000001>\n"
              "1 1700000000.000005 read(3,  <unfinished ...>\n"
              "2 1700000000.000010 write(4, \"\"..., 100) = 100 <0.000001>\n"
              "1 1700000000.000020 <... read resumed>\"\"..., 4096) = 100 <0.000015>\n")
            .empty());
}

TEST_CASE("a read whose duration misses what the tracer took is not waited for by the write that fed it") {
  CHECK(edges("1 1700000000.000001 pipe2([3, 4], 0) = 0 <0.000001>\n"
              "1 1700000000.000002 fork() = 2 <0.000001>\n"
              "1 1700000000.000005 read(3,  <unfinished ...>\n"
              "2 1700000000.000030 write(4, \"\"..., 100) = 100 <0.000001>\n"
              "1 1700000000.000040 <... read resumed>\"\"..., 4096) = 100 <0.000015>\n")
            .empty());
}

TEST_CASE("a write waits for the short read before it although the next one has begun") {
  const auto found = edges(
      "1 1700000000.000001 pipe2([3, 4], 0) = 0 <0.000001>\n"
      "1 1700000000.000002 fork() = 2 <0.000001>\n"
      "1 1700000000.000005 read(3,  <unfinished ...>\n"
      "2 1700000000.000010 write(4, \"\"..., 100) = 100 <0.000001>\n"
      "1 1700000000.000012 <... read resumed>\"\"..., 4096) = 100 <0.000007>\n"
      "1 1700000000.000015 read(3,  <unfinished ...>\n"
      "2 1700000000.000020 write(4, \"\"..., 50) = 50 <0.000001>\n"
      "1 1700000000.000022 <... read resumed>\"\"..., 4096) = 50 <0.000007>\n");
  CHECK(found == std::vector<Edge>{{1, 3, {2, entered, 0}}, {2, 1, {1, completed, 2}}});
}

TEST_CASE("a wake that woke somebody comes after the wait began, also where the stamps say it was over") {
  const auto found = edges_of_two_threads(
      "1 1700000000.000010 futex(0x7000, FUTEX_WAIT_PRIVATE, 2, NULL <unfinished ...>\n"
      "2 1700000000.000020 futex(0x7000, FUTEX_WAKE_PRIVATE, 1) = 1 <0.000001>\n"
      "1 1700000000.000025 <... futex resumed>) = 0 <0.000005>\n");
  CHECK(found == std::vector<Edge>{{2, 0, {1, entered, 1}}});
}

TEST_CASE("a thread that another one waits to join ends after that wait began") {
  const auto found = edges(
      "1 1700000000.000001 clone3({flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD|"
      "CLONE_CHILD_CLEARTID, child_tid=0x7000, exit_signal=0} => {parent_tid=[2]}, 88) = 2 <0.000001>\n"
      "1 1700000000.000010 futex(0x7000, FUTEX_WAIT_BITSET|FUTEX_CLOCK_REALTIME, 2, NULL, "
      "FUTEX_BITSET_MATCH_ANY <unfinished ...>\n"
      "2 1700000000.000020 exit(0) = ?\n"
      "1 1700000000.000025 <... futex resumed>) = 0 <0.000015>\n");
  CHECK(found == std::vector<Edge>{{2, 0, {1, entered, 1}}});
}

TEST_CASE("a wake that found a waiter comes after the wait began, a wait after the wakes that missed it") {
  const auto found = edges_of_two_threads(
      "2 1700000000.000005 futex(0x7000, FUTEX_WAKE_PRIVATE, 1) = 0 <0.000001>\n"
      "1 1700000000.000010 futex(0x7000, FUTEX_WAIT_PRIVATE, 2, NULL <unfinished ...>\n"
      "2 1700000000.000020 futex(0x7000, FUTEX_WAKE_PRIVATE, 1) = 1 <0.000001>\n"
      "1 1700000000.000025 <... futex resumed>) = 0 <0.000015>\n");
  CHECK(found == std::vector<Edge>{{1, 1, {2, completed, 0}}, {2, 1, {1, entered, 1}}});
}

// Whom each futex wake of a trace woke.
std::vector<std::vector<std::int32_t>> woken(std::string_view text) {
  const Trace trace = Trace::parse(text);
  const InitialTree tree = infer_tree(trace);
  Order order(trace, tree);
  std::vector<std::vector<std::int32_t>> all;
  std::map<std::int32_t, std::uint64_t> next;
  MergedCursor events = trace.events();
  for (Event e; events.next(e);) {
    const auto whom = order.before(e.tid, next[e.tid]++).woken;
    if (!whom.empty()) all.emplace_back(whom.begin(), whom.end());
  }
  return all;
}

TEST_CASE("of several waiters a wake woke the one that went on first, whoever was entered first") {
  const std::string waits =
      "1 1700000000.000001 clone(child_stack=0x1, flags=CLONE_VM|CLONE_THREAD) = 2 <0.000001>\n"
      "1 1700000000.000002 clone(child_stack=0x1, flags=CLONE_VM|CLONE_THREAD) = 3 <0.000001>\n"
      "1 1700000000.000003 clone(child_stack=0x1, flags=CLONE_VM|CLONE_THREAD) = 4 <0.000001>\n"
      "2 1700000000.000010 futex(0x7000, FUTEX_WAIT_PRIVATE, 2, NULL <unfinished ...>\n"
      "3 1700000000.000011 futex(0x7000, FUTEX_WAIT_PRIVATE, 2, NULL <unfinished ...>\n"
      "4 1700000000.000012 futex(0x7000, FUTEX_WAIT_BITSET_PRIVATE, 2, NULL, FUTEX_BITSET_MATCH_ANY "
      "<unfinished ...>\n";
  CHECK(woken(waits + "1 1700000000.000020 futex(0x7000, FUTEX_WAKE_PRIVATE, 1) = 1 <0.000001>\n"
                      "4 1700000000.000025 <... futex resumed>) = 0 <0.000013>\n"
                      "1 1700000000.000030 futex(0x7000, FUTEX_WAKE_PRIVATE, 2147483647) = 2 <0.000001>\n"
                      "3 1700000000.000035 <... futex resumed>) = 0 <0.000024>\n"
                      "2 1700000000.000036 <... futex resumed>) = 0 <0.000026>\n") ==
        std::vector<std::vector<std::int32_t>>{{4}, {3, 2}});
  // Nobody woke those whose time was over.
  CHECK(woken(waits +
              "2 1700000000.000020 <... futex resumed>) = -1 ETIMEDOUT (Connection timed out) <0.000010>\n"
              "3 1700000000.000040 <... futex resumed>) = -1 ETIMEDOUT (Connection timed out) <0.000029>\n"
              "1 1700000000.000030 futex(0x7000, FUTEX_WAKE_PRIVATE, 2147483647) = 1 <0.000001>\n"
              "4 1700000000.000045 <... futex resumed>) = 0 <0.000033>\n") ==
        std::vector<std::vector<std::int32_t>>{{4}});
}

TEST_CASE("a wake comes after the waits that had left the queue by themselves") {
  const auto found = edges_of_two_threads(
      "1 1700000000.000010 futex(0x7000, FUTEX_WAIT_PRIVATE, 2, {tv_sec=0, tv_nsec=1000}) = -1 ETIMEDOUT "
      "(Connection timed out) <0.000005>\n"
      "2 1700000000.000020 futex(0x7000, FUTEX_WAKE_PRIVATE, 1) = 0 <0.000001>\n");
  CHECK(found == std::vector<Edge>{{2, 0, {1, completed, 1}}});
}

TEST_CASE(
    "the end of a process comes after what its other threads did, and once they are where it finds them") {
  const auto found = edges_of_two_threads(
      "2 1700000000.000010 gettid() = 2 <0.000001>\n"
      "2 1700000000.000020 nanosleep({tv_sec=9, tv_nsec=0},  <unfinished ...>\n"
      "1 1700000000.000030 exit_group(0) = ?\n");
  CHECK(found == std::vector<Edge>{{1, 1, {2, entered, 1}}});
  CHECK(edges_of_two_threads("2 1700000000.000010 gettid() = 2 <0.000001>\n"
                             "1 1700000000.000030 exit_group(0) = ?\n") ==
        std::vector<Edge>{{1, 1, {2, completed, 0}}});
  // Also what ended before.
  CHECK(edges_of_two_threads("2 1700000000.000010 exit(0) = ?\n"
                             "2 1700000000.000020 +++ exited with 0 +++\n"
                             "1 1700000000.000030 exit_group(0) = ?\n") ==
        std::vector<Edge>{{1, 1, {2, completed, 1}}});
  // Another process goes on by itself.
  CHECK(edges("1 1700000000.000001 fork() = 2 <0.000001>\n"
              "2 1700000000.000010 getpid() = 2 <0.000001>\n"
              "1 1700000000.000030 exit_group(0) = ?\n")
            .empty());
}

TEST_CASE("processes meet at a futex in memory that they share, not at the same address of their own") {
  const auto both = [](const std::string& mapping, const std::string& flag) {
    return edges("1 1700000000.000001 mmap(NULL, 4096, PROT_READ|PROT_WRITE, " + mapping +
                 "|MAP_ANONYMOUS, -1, 0) = 0x7000 <0.000001>\n"
                 "1 1700000000.000002 fork() = 2 <0.000001>\n"
                 "1 1700000000.000010 futex(0x7100, FUTEX_WAIT" +
                 flag +
                 ", 2, NULL <unfinished ...>\n"
                 "2 1700000000.000020 futex(0x7100, FUTEX_WAKE" +
                 flag +
                 ", 1) = 1 <0.000001>\n"
                 "1 1700000000.000025 <... futex resumed>) = 0 <0.000015>\n");
  };
  CHECK(both("MAP_SHARED", "") == std::vector<Edge>{{2, 0, {1, entered, 2}}});
  CHECK(both("MAP_SHARED", "_PRIVATE").empty());
  CHECK(both("MAP_PRIVATE", "").empty());
}

TEST_CASE("two mappings of one file are one place for futexes, until they are unmapped") {
  const auto found = edges(
      "1 1700000000.000001 open(\"/dev/shm/a\", O_RDWR) = 3 <0.000001>\n"
      "1 1700000000.000002 fork() = 2 <0.000001>\n"
      "1 1700000000.000003 mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_SHARED, 3, 0) = 0x7000 <0.000001>\n"
      "2 1700000000.000004 mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, 3, 0x1000) = 0xa000 "
      "<0.000001>\n"
      "1 1700000000.000010 futex(0x8010, FUTEX_WAKE, 1) = 0 <0.000001>\n"
      "2 1700000000.000020 futex(0xa010, FUTEX_WAIT, 2, NULL) = 0 <0.000005>\n"
      "1 1700000000.000030 munmap(0x8000, 4096) = 0 <0.000001>\n"
      "1 1700000000.000040 futex(0x8010, FUTEX_WAKE, 1) = 0 <0.000001>\n"
      "2 1700000000.000050 futex(0xa010, FUTEX_WAIT, 2, NULL) = 0 <0.000005>\n");
  CHECK(found == std::vector<Edge>{{2, 1, {1, completed, 3}}});
}

TEST_CASE("what is mapped where another thread unmapped comes after that") {
  const auto found = edges_of_two_threads(
      "2 1700000000.000010 munmap(0x7f0000010000, 65536) = 0 <0.000001>\n"
      "1 1700000000.000020 mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000000000 "
      "<0.000001>\n"
      "1 1700000000.000030 mmap(NULL, 131072, PROT_NONE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000000000 "
      "<0.000001>\n");
  REQUIRE(found.size() == 1);
  CHECK(found[0] == Edge{1, 2, {2, completed, 0}});
}

TEST_CASE("threads that share a table choose descriptors in the recorded order") {
  const auto found = edges_of_two_threads(
      "1 1700000000.000010 open(\"/a\", O_RDONLY) = 3 <0.000001>\n"
      "2 1700000000.000020 open(\"/b\", O_RDONLY) = 4 <0.000001>\n"
      "2 1700000000.000030 read(3, \"\"..., 10) = 10 <0.000001>\n"
      "1 1700000000.000040 close(3) = 0 <0.000001>\n");
  CHECK(found == std::vector<Edge>{{2, 0, {1, completed, 1}}, {1, 2, {2, completed, 1}}});
}

TEST_CASE(
    "in real traces every edge points backwards, completion only to what had completed, and none is "
    "repeated") {
  for (const auto& file : test_traces()) {
    INFO(file);
    const Trace trace = Trace::open(file);
    struct At {
      std::uint64_t sequence;
      std::int64_t start, end;
    };
    std::map<std::int32_t, std::vector<At>> at;
    MergedCursor events = trace.events();
    for (Event e; events.next(e);) {
      at[e.tid].push_back({e.sequence, e.start_ns, e.start_ns + std::max<std::int64_t>(e.duration_ns, 0)});
    }
    std::map<std::pair<std::int32_t, std::int32_t>, std::uint64_t> waited;  // completed, by pair: index + 1
    for (const Edge& edge : edges(trace)) {
      const At& later = at[edge.tid][edge.index];
      REQUIRE(edge.on.tid != edge.tid);
      REQUIRE(edge.on.index < at[edge.on.tid].size());
      const At& earlier = at[edge.on.tid][edge.on.index];
      REQUIRE(earlier.sequence < later.sequence);
      REQUIRE((edge.on.until == entered || earlier.end <= later.start));
      std::uint64_t& known = waited[{edge.tid, edge.on.tid}];
      REQUIRE(edge.on.index >= known);
      if (edge.on.until == completed) known = edge.on.index + 1;
    }
  }
}

TEST_CASE("an order that is asked thread by thread is the one that is asked in recorded order") {
  const Trace trace = Trace::open(trace_folder() / "sysbench_mutex.ff.tar.zst");
  const InitialTree tree = infer_tree(trace);
  std::vector<Edge> by_thread;
  Order order(trace, tree);
  for (const ThreadInfo& thread : trace.threads()) {
    for (std::uint64_t i = 0; i < thread.events; ++i) {
      for (const Dependency& d : order.before(thread.tid, i).dependencies)
        by_thread.push_back({thread.tid, i, d});
    }
  }
  const std::vector<Edge> recorded = edges(trace);
  REQUIRE(by_thread.size() == recorded.size());
  for (const Edge& e : recorded) CHECK(std::count(by_thread.begin(), by_thread.end(), e) == 1);
}

}  // namespace
}  // namespace isosim::traces
