// Standard streams of a sandboxed program: descriptors of the host (runsc/boot/fds.go, pkg/sentry/fs/host,
// pkg/fdnotifier of release-20190304.1). Where the program's call has the name of one of the host's, both
// count.
#include "kernel-model/ipc/ipc_state.h"
#include "kernel-model/ipc/poll.h"
#include "kernel-model/net/outside.h"
#include "kernel-model/net/recorded_stream.h"
#include "tests/models/sandboxed_program.h"

namespace isosim::test {

namespace {

using kernel::RecordedStream;

struct Streams : SandboxedProgram {
  using SandboxedProgram::SandboxedProgram;

  // Of the host, with its other end outside.
  RecordedStream& give(std::int32_t fd, RecordedStream::Kind kind = RecordedStream::Kind::pipe) {
    auto* stream = new RecordedStream(stack->host(), kind, kernel::open_flag::rdwr);
    models::Donation donation;
    donation.file = stream;
    donation.terminal = kind == RecordedStream::Kind::terminal;
    REQUIRE(stack->donate(fd, donation));
    return *stream;
  }
  void deliver(RecordedStream& to, std::uint64_t bytes, sim::Time in) {
    stack->host().ipc->net.outside.deliver(to, bytes, thread->now() + in);
  }
};

}  // namespace

TEST_CASE("a write to a standard stream is a write of the host, and on KVM one exit", "[gvisor]") {
  const std::string platform = GENERATE("gvisor-kvm", "gvisor-ptrace");
  const int own = platform == "gvisor-kvm" ? 1 : 2;  // the stub's, which stops, counts too
  Streams s(platform);
  s.give(1);
  s.run([&](kernel::Thread&) {
    const kernel::Address buffer = s.map(1 << 16);
    CHECK(s.call(nr::write, {1, buffer, 100}) == 100);
    s.rest();
    const std::uint64_t exits = s.stack->exits().user;
    auto begun = s.count([&] { CHECK(s.call(nr::write, {1, buffer, 100}) == 100); });
    CHECK(begun["write"] == own + 1);
    CHECK(begun["epoll_ctl"] == 0);
    if (platform == "gvisor-kvm") CHECK(s.stack->exits().user == exits + 1);
    // What was not given is the host's /dev/null.
    begun = s.count([&] { CHECK(s.call(nr::read, {0, buffer, 100}) == 0); });
    CHECK(begun["read"] == own + 1);
    begun = s.count([&] { CHECK(s.call(nr::fstat, {1, buffer}) == 0); });
    CHECK(begun["fstat"] == own + 1);
    CHECK((s.out.stat.mode & 0170000) == 0010000);
    CHECK(s.call(nr::lseek, {1, 0, 0}) == -kernel::ESPIPE_);
    CHECK(s.call(nr::lseek, {0, 0, 0}) == 0);
  });
}

TEST_CASE("nobody reads a donated pipe: the program is told, and the sandbox goes on", "[gvisor]") {
  Streams s;
  RecordedStream& output = s.give(1);
  s.run([&](kernel::Thread& t) {
    const kernel::Address buffer = s.map(4096);
    s.stack->host().ipc->net.outside.peer_closes(output, t.now());
    s.rest();
    CHECK(s.call(nr::write, {1, buffer, 10}) == -kernel::EPIPE_);
    CHECK(s.call(nr::getuid) == 0);
  });
}

TEST_CASE("a read that has to wait goes through the notifier's epoll instance", "[gvisor]") {
  const std::string platform = GENERATE("gvisor-kvm", "gvisor-ptrace");
  const int own = platform == "gvisor-kvm" ? 1 : 2;
  Streams s(platform);
  RecordedStream& input = s.give(0);
  s.run([&](kernel::Thread& t) {
    const kernel::Address buffer = s.map(1 << 16);
    s.rest();
    s.deliver(input, 77, sim::milliseconds(3));
    const sim::Time before = t.now();
    auto begun = s.count([&] { CHECK(s.call(nr::read, {0, buffer, 4096}) == 77); });
    CHECK(t.now() - before >= sim::milliseconds(3));
    CHECK(begun["read"] == own + 3);   // EAGAIN, EAGAIN once more when registered, and the data
    CHECK(begun["epoll_ctl"] == 2);    // added, and deleted
    CHECK(begun["epoll_pwait"] == 1);  // the notifier's next wait
    // Data that is there costs none of that.
    s.deliver(input, 10, sim::microseconds(1));
    s.rest();
    begun = s.count([&] { CHECK(s.call(nr::read, {0, buffer, 4096}) == 10); });
    CHECK(begun["read"] == own + 1);
    CHECK(begun["epoll_ctl"] == 0);
  });
}

TEST_CASE("poll asks the host, and waits in the notifier", "[gvisor]") {
  const std::string release = GENERATE("20190304.1", "20200127.0");
  const std::string asks = release == "20190304.1" ? "poll" : "ppoll";
  Streams s("gvisor-kvm", release);
  RecordedStream& input = s.give(0);
  s.run([&](kernel::Thread&) {
    const kernel::PollFd wanted{0, kernel::poll_bit::in, 0};
    const auto poll = [&](std::uint64_t milliseconds) {
      kernel::Sys sys;
      sys.nr = nr::poll;
      sys.arg = {0, 1, milliseconds};
      sys.at[0] = std::span<const kernel::PollFd>(&wanted, 1);
      return s.call(sys);
    };
    const int own = asks == "poll" ? 1 : 0;  // the program's own call is poll
    s.rest();
    auto begun = s.count([&] { CHECK(poll(0) == 0); });
    CHECK(begun[asks] == own + 1);
    CHECK(begun["epoll_ctl"] == 0);
    s.deliver(input, 5, sim::milliseconds(1));
    begun = s.count([&] { CHECK(poll(1000) == 1); });
    CHECK(begun[asks] == own + 2);
    CHECK(begun["epoll_ctl"] == 2);
  });
}

TEST_CASE("a terminal passes on what a host's terminal knows, a pipe has no ioctl", "[gvisor]") {
  constexpr std::uint64_t kTcgets = 0x5401, kFionread = 0x541B, kTiocgpgrp = 0x540F;
  Streams s;
  s.give(0, RecordedStream::Kind::terminal);
  s.give(1);
  s.run([&](kernel::Thread& t) {
    const kernel::Address buffer = s.map(4096);
    auto begun = s.count([&] { CHECK(s.call(nr::ioctl, {0, kTcgets, buffer}) == 0); });
    CHECK(begun["ioctl"] > 1);  // beside those of KVM
    CHECK(s.call(nr::ioctl, {0, kTiocgpgrp, buffer}) == 0);
    CHECK(s.out.value == static_cast<std::uint64_t>(t.process->pgid));
    CHECK(s.call(nr::ioctl, {0, kFionread, buffer}) == -kernel::ENOTTY_);
    CHECK(s.call(nr::ioctl, {1, kTcgets, buffer}) == -kernel::ENOTTY_);
  });
}

}  // namespace isosim::test
