// Counts of messages, calls and wake-ups between the Sentry and its Gofer (docs/gvisor/gofer.md, section 7).
#include <catch2/catch.hpp>

#include "tests/models/gofer_bench.h"

using namespace isosim;
using namespace isosim::test;
using models::RuntimeCalls;
using models::p9::Fid;
using models::p9::OpenFlags;

namespace {

void make_files(RuntimeCalls& calls) {
  calls.close(calls.open("/vol/f", kernel::open_flag::creat | kernel::open_flag::rdwr));
}

std::int64_t count(const std::vector<kernel::SysNr>& calls, kernel::SysNr nr) {
  return std::count(calls.begin(), calls.end(), nr);
}

void close_fd(go::G& g, std::int32_t fd) {
  kernel::Sys s;
  s.nr = nr::close;
  s.arg[0] = static_cast<std::uint64_t>(fd);
  g.call(s);
}

// The Sentry's part of opening and closing /vol/f of a shared mount (fs/gofer, cache_policy.go, sys_file.go).
Fid open_and_close_volume(go::G& g, Client& client, Fid directory, Fid file) {
  client.get_attr(g, directory);
  const Fid leaked = client.walk_get_attr(g, directory, {"f"}).fid;
  client.get_attr(g, file);
  const Fid opened = client.walk(g, file).fid;
  const std::int32_t fd = client.open(g, opened, OpenFlags::read_write).fd;
  client.get_attr(g, file);
  client.flush(g, opened);
  close_fd(g, fd);
  client.clunk(g, opened);
  return leaked;
}

}  // namespace

TEST_CASE("open and close on a volume are eight messages and one that is deferred") {
  GoferBench b;
  std::uint64_t out = 0, in = 0;
  std::int64_t calls = 0;
  b.run(make_files, [&](go::G& g, Client& client) {
    const Fid root = client.attach(g).fid, f = client.walk_get_attr(g, root, {"f"}).fid;
    client.clunk(g, open_and_close_volume(g, client, root, f));
    b.messages.clear();
    b.sandbox_calls.clear();
    client.on_exchange = [&, before = client.on_exchange](const models::gofer::Exchange& e) {
      before(e);
      out += e.request_bytes;
      in += e.reply_bytes;
    };
    const Fid leaked = open_and_close_volume(g, client, root, f);
    calls = static_cast<std::int64_t>(b.sandbox_calls.size());
    CHECK(out == 131);
    CHECK(in == 689);
    client.clunk(g, leaked);
  });
  CHECK(calls == 39);
  CHECK(b.messages == std::vector<std::string>{"Tgetattr 19 Rgetattr 160", "Twalkgetattr 20 Rwalkgetattr 162",
                                               "Tgetattr 19 Rgetattr 160", "Twalk 17 Rwalk 9",
                                               "Tlopen 15 Rlopen 24", "Tgetattr 19 Rgetattr 160",
                                               "Tflushf 11 Rflushf 7", "Tclunk 11 Rclunk 7",
                                               "Tclunk 11 Rclunk 7"});
}

TEST_CASE("with one P nobody is woken by futex, with idle Ps the Gofer wakes others") {
  const int procs = GENERATE(1, 4);
  GoferBench b(procs);
  constexpr int kRounds = 50;
  std::int64_t client_wakes = 0, gofer_futexes = 0, polls = 0;
  b.run(make_files, [&](go::G& g, Client& client) {
    const Fid root = client.attach(g).fid;
    for (int i = 0; i < 5; ++i) client.get_attr(g, root);
    b.sandbox_calls.clear();
    b.gofer_calls.clear();
    for (int i = 0; i < kRounds; ++i) client.get_attr(g, root);
    client_wakes = count(b.sandbox_calls, nr::futex);
    gofer_futexes = count(b.gofer_calls, nr::futex);
    polls = count(b.sandbox_calls, nr::poll);
  });
  CHECK(client_wakes == 0);  // the caller reads its own answer
  CHECK(polls == kRounds);
  // Fewer than messages: while one M spins, which takes it up to a sleep of 3 us and its slack, no other is
  // woken.
  if (procs == 1)
    CHECK(gofer_futexes == 0);
  else
    CHECK(gofer_futexes >= kRounds / 10);
}

TEST_CASE("several callers share a connection, and each gets its own answer") {
  const int procs = GENERATE(1, 4);
  GoferBench b(procs);
  constexpr int kCallers = 6, kRounds = 40;
  int right = 0, finished = 0;
  b.run(
      [](RuntimeCalls& calls) {
        for (int i = 0; i < kCallers; ++i) {
          const std::string path = "/vol/" + std::to_string(i);
          const std::int32_t fd = calls.open(path, kernel::open_flag::creat | kernel::open_flag::rdwr);
          calls.write(fd, static_cast<std::uint64_t>(i) + 1);
          calls.close(fd);
        }
      },
      [&](go::G& g, Client& client) {
        const Fid root = client.attach(g).fid;
        for (int i = 0; i < kCallers; ++i) {
          const Fid fid = client.walk(g, root, {std::to_string(i)}).fid;
          g.runtime.start(g, "caller", [&, i, fid](go::G& caller) {
            for (int round = 0; round < kRounds; ++round) {
              const auto got = client.get_attr(caller, fid);
              if (got.error == 0 && got.attr.size == static_cast<std::uint64_t>(i) + 1) ++right;
            }
            if (++finished == kCallers) caller.runtime.ready(caller, g);
          });
        }
        while (finished < kCallers) g.park();
        CHECK(client.sent(models::p9::Tgetattr::type) == kCallers * kRounds);
      });
  CHECK(right == kCallers * kRounds);
}

TEST_CASE("a broken connection fails every caller that waits") {
  GoferBench b(4);
  int failed = 0, finished = 0;
  constexpr int kCallers = 4;
  b.run(make_files, [&](go::G& g, Client& client) {
    const Fid root = client.attach(g).fid;
    b.gofer_dies_in = nr::fstat;
    for (int i = 0; i < kCallers; ++i)
      g.runtime.start(g, "caller", [&](go::G& caller) {
        if (client.get_attr(caller, root).error == -kernel::EIO_) ++failed;
        if (++finished == kCallers) caller.runtime.ready(caller, g);
      });
    while (finished < kCallers) g.park();
  });
  CHECK(failed == kCallers);
}

TEST_CASE("large transfers go in payloads of the message size, and survive a small socket buffer") {
  GoferBench b;
  constexpr std::uint64_t kBytes = 3'000'000;
  std::int64_t wrote = 0, got = 0;
  b.run(make_files, [&](go::G& g, Client& client) {
    const Fid f = client.walk(g, client.attach(g).fid, {"f"}).fid;
    client.open(g, f, OpenFlags::read_write);
    wrote = client.write(g, f, 0, kBytes);
    got = client.read(g, f, 0, kBytes + 5);
    CHECK(client.sent(models::p9::Twrite::type) == 3);
    CHECK(client.sent(models::p9::Tread::type) == 3);
  });
  CHECK(wrote == static_cast<std::int64_t>(kBytes));
  CHECK(got == static_cast<std::int64_t>(kBytes));
}

TEST_CASE("the same run gives the same times and events") {
  const auto run = [] {
    GoferBench b(4);
    b.run(make_files, [&](go::G& g, Client& client) {
      const Fid root = client.attach(g).fid, f = client.walk_get_attr(g, root, {"f"}).fid;
      for (int i = 0; i < 20; ++i) client.clunk(g, open_and_close_volume(g, client, root, f));
    });
    return std::pair(b.machine.engine.digest(), b.machine.engine.now().ps);
  };
  CHECK(run() == run());
}

namespace {

std::string names(const std::vector<kernel::SysNr>& calls) {
  std::string out;
  for (const kernel::SysNr nr : calls)
    out += (out.empty() ? "" : " ") + std::string(kernel::syscall_name(nr));
  return out;
}

}  // namespace

TEST_CASE("channels of shared memory take two futex calls a side and no thread but the two") {
  const int procs = GENERATE(1, 4);
  GoferBench b(procs, Release::r20200127);
  b.run(make_files, [&](go::G& g, Client& client) {
    CHECK(client.version() == 10);
    CHECK(b.messages.size() == 9);  // Tversion, and two Tchannel for each of four channels
    CHECK(b.messages.back() == "Tchannel 15 Rchannel 23");
    const Fid root = client.attach(g).fid, f = client.walk_get_attr(g, root, {"f"}).fid;
    b.messages.clear();
    b.sandbox_calls.clear();
    CHECK(client.get_attr(g, root).attr.mode == 0040755);
    CHECK(names(b.sandbox_calls) == "futex futex");
    b.sandbox_calls.clear();
    CHECK(client.get_xattr(g, f, "trusted.overlay.whiteout.f", 1) == -kernel::EOPNOTSUPP_);
    const Fid opened = client.walk(g, f).fid;
    b.sandbox_calls.clear();
    const auto open = client.open(g, opened, OpenFlags::read_write);
    CHECK(names(b.sandbox_calls) == "futex futex recvmsg");
    REQUIRE(open.fd >= 0);
    CHECK(g.thread().process->files->get(open.fd)->describe() == "/vol/f");
    CHECK(client.write(g, opened, 0, 3'000'000) == 3'000'000);
    CHECK(client.read(g, opened, 0, 4'000'000) == 3'000'000);
    CHECK(client.clunk(g, opened) == 0);
  });
  CHECK(b.messages.front() == "Tgetattr 14 Rgetattr 155");
}

TEST_CASE("with fewer channels than callers the rest goes by the socket") {
  GoferBench b(8, Release::r20200127);  // of four channels, each holds a P while its caller waits
  constexpr int kCallers = 9, kRounds = 20;
  int right = 0, finished = 0, by_socket = 0;
  b.run(make_files, [&](go::G& g, Client& client) {
    const Fid root = client.attach(g).fid;
    b.messages.clear();
    for (int i = 0; i < kCallers; ++i)
      g.runtime.start(g, "caller", [&](go::G& caller) {
        for (int round = 0; round < kRounds; ++round)
          if (client.get_attr(caller, root).attr.mode == 0040755) ++right;
        if (++finished == kCallers) caller.runtime.ready(caller, g);
      });
    while (finished < kCallers) g.park();
  });
  CHECK(right == kCallers * kRounds);
  for (const std::string& message : b.messages) by_socket += message == "Tgetattr 19 Rgetattr 160";
  CHECK(by_socket > 0);
  CHECK(by_socket < kCallers * kRounds);
}

TEST_CASE("a Gofer that dies lets go of who waits in a channel") {
  const int procs = GENERATE(1, 4);
  GoferBench b(procs, Release::r20200127);
  std::vector<std::int64_t> errors;
  b.run(make_files, [&](go::G& g, Client& client) {
    const Fid root = client.attach(g).fid;
    errors.push_back(client.get_attr(g, root).error);
    b.gofer_dies_in = nr::fstat;
    for (int i = 0; i < 3; ++i) errors.push_back(client.get_attr(g, root).error);
  });
  CHECK(errors == std::vector<std::int64_t>{0, -kernel::EIO_, -kernel::EIO_, -kernel::EIO_});
}

TEST_CASE("a client that asks for an older version speaks by the socket") {
  GoferBench b(1, Release::r20200127);
  b.newest_version = 7;
  b.run(make_files, [&](go::G& g, Client& client) {
    CHECK(client.version() == 7);
    CHECK(client.get_attr(g, client.attach(g).fid).error == 0);
  });
  CHECK(b.messages == std::vector<std::string>{"Tversion 30 Rversion 30", "Tattach 24 Rattach 20",
                                               "Tgetattr 19 Rgetattr 160"});
}
