#include <catch2/catch.hpp>

#include "kernel-model/net/recorded_stream.h"
#include "kernel-model/net/socket.h"
#include "tests/kernel-model/ipc_bench.h"

using namespace isosim::test;
using isosim::sim::microseconds;
using isosim::sim::Time;

namespace {

constexpr std::uint64_t kInet = 2, kStream = 1, kDgram = 2;

std::uint64_t u(std::int64_t value) { return static_cast<std::uint64_t>(value); }

SocketAddress at(std::string host, std::uint16_t port) {
  SocketAddress made;
  made.family = 2;
  made.host = std::move(host);
  made.port = port;
  return made;
}

struct Net {
  IpcBench& b;
  Thread& t;
  [[nodiscard]] std::int32_t socket(std::uint64_t type) const {
    return static_cast<std::int32_t>(Call(nr::socket, {kInet, type, 0})(b.k, t));
  }
  std::int64_t named(SysNr nr, std::int32_t fd, const SocketAddress& name) const {
    return Call(nr, {u(fd), 0x1000, 16}).with(1, name)(b.k, t);
  }
  [[nodiscard]] File& file(std::int32_t fd) const { return *t.process->files->get(fd); }
  [[nodiscard]] Outside& outside() const { return b.k.ipc->net.outside; }
};

}  // namespace

TEST_CASE("a connection over loopback inside is a byte stream") {
  IpcBench b;
  std::int64_t sent = 0, got = 0, last = 0;
  b.run([&](Thread& t) {
    const Net n{b, t};
    const std::int32_t listener = n.socket(kStream);
    CHECK(n.named(nr::connect, n.socket(kStream), at("127.0.0.1", 80)) == -ECONNREFUSED_);
    CHECK(n.named(nr::bind, listener, at("127.0.0.1", 80)) == 0);
    CHECK(n.named(nr::bind, n.socket(kStream), at("127.0.0.1", 80)) == -EADDRINUSE_);
    CHECK(Call(nr::listen, {u(listener), 10})(b.k, t) == 0);
    b.spawn([&](Thread& other) {
      const Net m{b, other};
      const std::int32_t fd = m.socket(kStream);
      CHECK(m.named(nr::connect, fd, at("127.0.0.1", 80)) == 0);
      for (const std::uint64_t size : {1u, 200'000u, 10'000'000u}) sent += write(b.k, other, fd, size);
      close(b.k, other, fd);
    });
    const auto fd = static_cast<std::int32_t>(Call(nr::accept4, {u(listener), 0, 0, 0})(b.k, t));
    while ((last = read(b.k, t, fd, 65'536)) > 0) got += last;
  });
  CHECK(sent == 10'200'001);
  CHECK(got == sent);
  CHECK(last == 0);
}

TEST_CASE("a non-blocking connect is in progress until it is looked at") {
  IpcBench b;
  b.run([&](Thread& t) {
    const Net n{b, t};
    const std::int32_t listener = n.socket(kStream), fd = n.socket(kStream | open_flag::nonblock);
    n.named(nr::bind, listener, at("127.0.0.1", 81));
    Call(nr::listen, {u(listener), 10})(b.k, t);
    CHECK(n.named(nr::connect, fd, at("127.0.0.1", 81)) == -EINPROGRESS_);
    CHECK((n.file(fd).poll(t) & poll_bit::out) != 0);
    CHECK(n.named(nr::connect, fd, at("127.0.0.1", 81)) == 0);
    CHECK(n.named(nr::connect, fd, at("127.0.0.1", 81)) == -EISCONN_);
  });
}

TEST_CASE("data from outside arrives when it is due, in order, whole") {
  IpcBench b;
  b.run([&](Thread& t) {
    const Net n{b, t};
    const std::int32_t fd = n.socket(kStream);
    n.outside().connect_result(n.file(fd), 0, t.now() + microseconds(300));
    const Time start = t.now();
    CHECK(n.named(nr::connect, fd, at("93.184.216.34", 80)) == 0);
    CHECK(t.now() - start >= microseconds(300));
    CHECK(write(b.k, t, fd, 100'000) == 100'000);
    const Time asked = t.now();
    n.outside().deliver(n.file(fd), 1000, asked + microseconds(500));
    n.outside().deliver(n.file(fd), 200, asked + microseconds(900));
    n.outside().peer_closes(n.file(fd), asked + microseconds(900));
    CHECK(read(b.k, t, fd, 4000) == 1000);
    CHECK(t.now() - asked >= microseconds(500));
    CHECK(t.now() - asked < microseconds(900));
    CHECK(read(b.k, t, fd, 4000) == 200);
    CHECK(read(b.k, t, fd, 4000) == 0);
  });
}

TEST_CASE("connections, refusals and resets from outside") {
  IpcBench b;
  b.run([&](Thread& t) {
    const Net n{b, t};
    const std::int32_t listener = n.socket(kStream);
    n.named(nr::bind, listener, at("0.0.0.0", 8080));
    Call(nr::listen, {u(listener), 10})(b.k, t);
    n.outside().accept_ready(n.file(listener), at("10.0.0.9", 5555), t.now() + microseconds(200));
    Call accept(nr::accept4, {u(listener), 0x1000, 0x1000, open_flag::nonblock});
    const auto fd = static_cast<std::int32_t>(accept(b.k, t));
    CHECK(accept.out.peer == at("10.0.0.9", 5555));
    CHECK(read(b.k, t, fd, 10) == -EAGAIN_);
    n.outside().deliver(n.file(fd), 70, t.now());
    pause(t, 500);
    CHECK(read(b.k, t, fd, 100) == 70);
    n.outside().reset(n.file(fd), t.now());
    pause(t, 500);
    CHECK(read(b.k, t, fd, 100) == -ECONNRESET_);

    const std::int32_t refused = n.socket(kStream);
    n.outside().connect_result(n.file(refused), 111, t.now() + microseconds(50));
    CHECK(n.named(nr::connect, refused, at("10.0.0.9", 1)) == -ECONNREFUSED_);
  });
}

TEST_CASE("a closed window stops a sender until it opens") {
  IpcBench b;
  b.run([&](Thread& t) {
    const Net n{b, t};
    const std::int32_t fd = n.socket(kStream);
    n.outside().connect_result(n.file(fd), 0, t.now());
    n.named(nr::connect, fd, at("10.0.0.9", 1));
    Outside::close_window(n.file(fd), 3000);
    const Time start = t.now();
    n.outside().send_window_opens(n.file(fd), 100'000, start + microseconds(400));
    CHECK(write(b.k, t, fd, 5000) == 5000);
    CHECK(t.now() - start >= microseconds(400));
  });
}

TEST_CASE("datagrams inside and from outside") {
  IpcBench b;
  b.run([&](Thread& t) {
    const Net n{b, t};
    const std::int32_t server = n.socket(kDgram), client = n.socket(kDgram), dns = n.socket(kDgram);
    n.named(nr::bind, server, at("127.0.0.1", 53));
    CHECK(n.named(nr::connect, client, at("127.0.0.1", 53)) == 0);
    CHECK(write(b.k, t, client, 40) == 40);
    Call from(nr::recvfrom, {u(server), 0x1000, 100, 0});
    CHECK(from(b.k, t) == 40);
    CHECK(Call(nr::sendto, {u(server), 0x1000, 90, 0}).with(4, from.out.peer)(b.k, t) == 90);
    CHECK(read(b.k, t, client, 100) == 90);
    Outside::mark(n.file(dns));
    CHECK(n.named(nr::connect, dns, at("8.8.8.8", 53)) == 0);
    CHECK(write(b.k, t, dns, 30) == 30);
    n.outside().deliver(n.file(dns), 120, t.now() + microseconds(100));
    n.outside().deliver(n.file(dns), 50, t.now() + microseconds(100));
    CHECK(read(b.k, t, dns, 1000) == 120);
    CHECK(read(b.k, t, dns, 1000) == 50);
  });
}

TEST_CASE("what was to come for a closed file is dropped") {
  IpcBench b;
  b.run([&](Thread& t) {
    const Net n{b, t};
    const std::int32_t fd = n.socket(kStream);
    n.outside().connect_result(n.file(fd), 0, t.now());
    n.named(nr::connect, fd, at("10.0.0.9", 1));
    n.outside().deliver(n.file(fd), 1000, t.now() + microseconds(500));
    CHECK(n.outside().expects(n.file(fd)));
    close(b.k, t, fd);
    const TestPipe pipe(b.k, t);
    CHECK_THROWS_AS(n.outside().deliver(n.file(pipe.reader), 1, t.now()), std::invalid_argument);
  });
}

TEST_CASE("a terminal gives a line a read, a pipe from outside all there is") {
  IpcBench b;
  b.run([&](Thread& t) {
    Outside& outside = b.k.ipc->net.outside;
    for (const auto kind : {RecordedStream::Kind::terminal, RecordedStream::Kind::pipe}) {
      const bool terminal = kind == RecordedStream::Kind::terminal;
      const Ref<File> file(new RecordedStream(b.k, kind, open_flag::rdwr));
      outside.deliver(*file, 5, t.now() + microseconds(100));
      outside.deliver(*file, 6, t.now() + microseconds(100));
      outside.peer_closes(*file, t.now() + microseconds(200));
      pause(t, 1000);
      CHECK(file->read(b.k, t, {0x1000, 100}) == (terminal ? 5 : 11));
      CHECK(file->read(b.k, t, {0x1000, 100}) == (terminal ? 6 : 0));
      CHECK(file->read(b.k, t, {0x1000, 100}) == 0);
      Out out;
      CHECK(file->ioctl(b.k, t, 0x5401, 0x1000, out) == (terminal ? 0 : -ENOTTY_));
    }
  });
}
