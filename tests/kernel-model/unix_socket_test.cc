#include "kernel-model/net/unix_socket.h"

#include <catch2/catch.hpp>

#include "kernel-model/net/socket.h"
#include "tests/kernel-model/ipc_bench.h"

using namespace isosim::test;

namespace {

constexpr std::uint64_t kUnix = 1, kStream = 1, kDgram = 2, kSeqpacket = 5;

struct Pair {
  std::int32_t a = -1, b = -1;
  Pair(Kernel& k, Thread& t, std::uint64_t type) {
    Call call(nr::socketpair, {kUnix, type, 0, 0x1000});
    REQUIRE(call(k, t) == 0);
    a = call.out.fds[0];
    b = call.out.fds[1];
  }
};

std::uint64_t u(std::int64_t value) { return static_cast<std::uint64_t>(value); }

std::int64_t send(Kernel& k, Thread& t, std::int32_t fd, std::uint64_t n, std::uint64_t flags = 0) {
  return Call(nr::sendto, {u(fd), 0x1000, n, flags})(k, t);
}
std::int64_t recv(Kernel& k, Thread& t, std::int32_t fd, std::uint64_t n, std::uint64_t flags = 0) {
  return Call(nr::recvfrom, {u(fd), 0x1000, n, flags})(k, t);
}
SocketAddress name(std::string path) {
  SocketAddress made;
  made.family = 1;
  made.path = std::move(path);
  return made;
}
std::int32_t socket(Kernel& k, Thread& t, std::uint64_t type) {
  return static_cast<std::int32_t>(Call(nr::socket, {kUnix, type, 0})(k, t));
}
std::int64_t with_name(Kernel& k, Thread& t, SysNr nr, std::int32_t fd, const std::string& path) {
  return Call(nr, {u(fd), 0x1000, 110}).with(1, name(path))(k, t);
}
std::int64_t send_fds(Kernel& k, Thread& t, std::int32_t fd, std::vector<std::int32_t> fds) {
  MessageHeader header;
  header.iov = {{0x1000, 1}};
  header.fds = std::move(fds);
  return Call(nr::sendmsg, {u(fd), 0x1000, 0}).with(1, header)(k, t);
}
std::vector<std::int32_t> receive_fds(Kernel& k, Thread& t, std::int32_t fd) {
  MessageHeader header;
  header.iov = {{0x1000, 100}};
  Call call(nr::recvmsg, {u(fd), 0x1000, 0});
  call.with(1, header);
  call(k, t);
  return call.out.received_fds;
}

}  // namespace

TEST_CASE("a stream pair carries all bytes in order and ends when one side closes") {
  IpcBench b;
  std::int64_t sent = 0, got = 0, last = -1;
  b.run([&](Thread& t) {
    const Pair p(b.k, t, kStream);
    b.spawn([&, p](Thread& other) {
      for (const std::uint64_t n : {1u, 100u, 300'000u, 70'000u, 5u}) sent += write(b.k, other, p.b, n);
      close(b.k, other, p.b);
    });
    while ((last = read(b.k, t, p.a, 4000)) > 0) got += last;
  });
  CHECK(sent == 370'106);
  CHECK(got == sent);
  CHECK(last == 0);
}

TEST_CASE("messages keep their boundaries, streams do not") {
  IpcBench b;
  b.run([&](Thread& t) {
    const Pair s(b.k, t, kStream), m(b.k, t, kSeqpacket);
    for (const std::int32_t fd : {s.a, m.a}) {
      CHECK(send(b.k, t, fd, 10) == 10);
      CHECK(send(b.k, t, fd, 20) == 20);
    }
    CHECK(recv(b.k, t, s.b, 100) == 30);
    CHECK(recv(b.k, t, m.b, 100) == 10);
    CHECK(recv(b.k, t, m.b, 5, msg_flag::peek) == 5);
    CHECK(recv(b.k, t, m.b, 5, msg_flag::trunc) == 20);
    CHECK(recv(b.k, t, m.b, 5, msg_flag::dontwait) == -EAGAIN_);
  });
}

TEST_CASE("the send buffer fills up by truesize and empties with the reader") {
  IpcBench b;
  b.run([&](Thread& t) {
    const Pair p(b.k, t, kStream | open_flag::nonblock);
    int small = 0;
    while (send(b.k, t, p.a, 1) == 1) ++small;
    CHECK(small == 278);  // 212992 bytes of buffers of 768 bytes each, the last of which may cross the line
    CHECK(recv(b.k, t, p.b, 1000) == small);
    CHECK(send(b.k, t, p.a, 1) == 1);
  });
}

TEST_CASE("connect, accept and their errors") {
  IpcBench b;
  b.run([&](Thread& t) {
    Kernel& k = b.k;
    const std::string path("\0server", 7);
    const std::int32_t listener = socket(k, t, kStream), client = socket(k, t, kStream),
                       wrong = socket(k, t, kDgram);
    CHECK(with_name(k, t, nr::connect, client, "/none") == -ENOENT_);
    CHECK(with_name(k, t, nr::connect, client, path) == -ECONNREFUSED_);
    CHECK(Call(nr::listen, {u(listener), 1})(k, t) == -EINVAL_);
    CHECK(with_name(k, t, nr::bind, listener, path) == 0);
    CHECK(with_name(k, t, nr::bind, client, path) == -EADDRINUSE_);
    CHECK(with_name(k, t, nr::connect, client, path) == -ECONNREFUSED_);  // bound, but does not listen
    CHECK(Call(nr::listen, {u(listener), 1})(k, t) == 0);
    CHECK(with_name(k, t, nr::connect, wrong, path) == -EPROTOTYPE_);
    CHECK(send(k, t, client, 1) == -ENOTCONN_);
    CHECK(with_name(k, t, nr::connect, client, path) == 0);
    CHECK(with_name(k, t, nr::connect, client, path) == -EISCONN_);
    CHECK(send(k, t, client, 7) == 7);  // before accept
    const auto child = static_cast<std::int32_t>(Call(nr::accept4, {u(listener), 0, 0, 0})(k, t));
    CHECK(recv(k, t, child, 10) == 7);
    close(k, t, child);
    CHECK(recv(k, t, client, 10) == 0);
    t.hold_signals = true;
    CHECK(send(k, t, client, 1) == -EPIPE_);
    CHECK(t.pending == 1u << 12);
    t.pending = 0;
    CHECK(send(k, t, client, 1, msg_flag::nosignal) == -EPIPE_);
    CHECK(t.pending == 0);
    close(k, t, listener);
    const std::int32_t late = socket(k, t, kStream);
    CHECK(with_name(k, t, nr::connect, late, path) == -ECONNREFUSED_);
  });
}

TEST_CASE("a name in the file system outlives its socket") {
  IpcBench b;
  b.run([&](Thread& t) {
    Kernel& k = b.k;
    const std::int32_t listener = socket(k, t, kStream), client = socket(k, t, kStream);
    CHECK(with_name(k, t, nr::connect, client, "/sock") == -ENOENT_);
    CHECK(with_name(k, t, nr::bind, listener, "/sock") == 0);
    CHECK(with_name(k, t, nr::bind, client, "/sock") == -EADDRINUSE_);
    CHECK(Call(nr::listen, {u(listener), 5})(k, t) == 0);
    CHECK(with_name(k, t, nr::connect, client, "/sock") == 0);
    close(k, t, listener);
    CHECK(with_name(k, t, nr::connect, socket(k, t, kStream), "/sock") == -ECONNREFUSED_);
    CHECK(with_name(k, t, nr::connect, socket(k, t, kStream), "/dev") == -ECONNREFUSED_);
  });
}

TEST_CASE("a close with unread data resets the peer, and so does a listener's close") {
  IpcBench b;
  b.run([&](Thread& t) {
    Kernel& k = b.k;
    const Pair p(k, t, kStream);
    send(k, t, p.a, 5);
    close(k, t, p.b);
    CHECK(recv(k, t, p.a, 5) == -ECONNRESET_);
    CHECK(recv(k, t, p.a, 5) == 0);
    const std::int32_t listener = socket(k, t, kStream), client = socket(k, t, kStream);
    with_name(k, t, nr::bind, listener, std::string("\0x", 2));
    Call(nr::listen, {u(listener), 5})(k, t);
    CHECK(with_name(k, t, nr::connect, client, std::string("\0x", 2)) == 0);
    close(k, t, listener);
    CHECK(recv(k, t, client, 5) == -ECONNRESET_);
  });
}

TEST_CASE("a full backlog blocks a connecting thread until accept makes room") {
  IpcBench b;
  std::vector<int> order;
  b.run([&](Thread& t) {
    Kernel& k = b.k;
    const std::string path("\0q", 2);
    const std::int32_t listener = socket(k, t, kStream);
    with_name(k, t, nr::bind, listener, path);
    Call(nr::listen, {u(listener), 0})(k, t);
    const std::int32_t first = socket(k, t, kStream), second = socket(k, t, kStream | open_flag::nonblock);
    CHECK(with_name(k, t, nr::connect, first, path) == 0);
    CHECK(with_name(k, t, nr::connect, second, path) == -EAGAIN_);
    b.spawn([&](Thread& other) {
      const std::int32_t third = socket(k, other, kStream);
      CHECK(with_name(k, other, nr::connect, third, path) == 0);
      order.push_back(2);
    });
    pause(t, 500);
    order.push_back(1);
    CHECK(Call(nr::accept, {u(listener), 0, 0})(k, t) > 0);
  });
  CHECK(order == std::vector<int>{1, 2});
}

TEST_CASE("a descriptor in flight keeps its file alive, and a lost one lets it go") {
  IpcBench b;
  b.run([&](Thread& t) {
    Kernel& k = b.k;
    const Pair p(k, t, kStream);
    const TestPipe pipe(k, t);
    CHECK(send_fds(k, t, p.a, {99}) == -EBADF_);
    CHECK(send_fds(k, t, p.a, {pipe.writer}) == 1);
    close(k, t, pipe.writer);
    const std::vector<std::int32_t> got = receive_fds(k, t, p.b);
    REQUIRE(got.size() == 1);
    CHECK(write(k, t, got[0], 3) == 3);
    CHECK(read(k, t, pipe.reader, 10) == 3);
    CHECK(send_fds(k, t, p.a, {got[0]}) == 1);
    close(k, t, got[0]);
    close(k, t, p.b);  // with the message
    CHECK(read(k, t, pipe.reader, 10) == 0);
  });
}

TEST_CASE("shutdown ends one direction") {
  IpcBench b;
  b.run([&](Thread& t) {
    Kernel& k = b.k;
    const Pair p(k, t, kStream);
    send(k, t, p.a, 4);
    CHECK(Call(nr::shutdown, {u(p.a), 1})(k, t) == 0);
    CHECK(recv(k, t, p.b, 10) == 4);
    CHECK(recv(k, t, p.b, 10) == 0);
    CHECK(send(k, t, p.b, 6) == 6);
    CHECK(recv(k, t, p.a, 10) == 6);
    CHECK(send(k, t, p.a, 1, msg_flag::nosignal) == -EPIPE_);
    CHECK(Call(nr::shutdown, {u(p.a), 7})(k, t) == -EINVAL_);
  });
}

TEST_CASE("datagrams reach a name, and carry the sender's") {
  IpcBench b;
  b.run([&](Thread& t) {
    Kernel& k = b.k;
    const std::string here("\0here", 5), there("\0there", 6);
    const std::int32_t a = socket(k, t, kDgram), c = socket(k, t, kDgram);
    with_name(k, t, nr::bind, a, here);
    with_name(k, t, nr::bind, c, there);
    CHECK(Call(nr::sendto, {u(a), 0x1000, 9, 0}).with(4, name(there))(k, t) == 9);
    Call call(nr::recvfrom, {u(c), 0x1000, 100, 0});
    CHECK(call(k, t) == 9);
    CHECK(call.out.peer.path == here);
    CHECK(send(k, t, a, 1) == -ENOTCONN_);
    CHECK(send(k, t, a, 300'000) == -EMSGSIZE_);
  });
}

TEST_CASE("wrong descriptors, families, types and options") {
  IpcBench b;
  b.run([&](Thread& t) {
    Kernel& k = b.k;
    const TestPipe pipe(k, t);
    CHECK(Call(nr::listen, {u(pipe.reader), 1})(k, t) == -ENOTSOCK_);
    CHECK(Call(nr::listen, {99, 1})(k, t) == -EBADF_);
    CHECK(Call(nr::socket, {99, 1, 0})(k, t) == -EAFNOSUPPORT_);
    CHECK(Call(nr::socket, {1, 9, 0})(k, t) == -ESOCKTNOSUPPORT_);
    CHECK(Call(nr::socket, {2, 1, 17})(k, t) == -EPROTONOSUPPORT_);
    const std::int32_t fd = socket(k, t, kStream);
    CHECK(Call(nr::getpeername, {u(fd), 0x1000, 0x1000})(k, t) == -ENOTCONN_);
    CHECK(Call(nr::setsockopt, {u(fd), 6, 1, 0x1000, 4}).with(3, OptionValue{1})(k, t) == -EOPNOTSUPP_);
    CHECK(Call(nr::setsockopt, {u(fd), 1, 7, 0x1000, 4}).with(3, OptionValue{10'000})(k, t) == 0);
    Call get(nr::getsockopt, {u(fd), 1, 7, 0x1000, 4});
    CHECK(get(k, t) == 0);
    CHECK(get.out.value == 20'000);
  });
}
