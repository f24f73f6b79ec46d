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
// What poll says of sending within `timeout_ms`; -1: as long as it takes.
std::uint32_t ready(Kernel& k, Thread& t, std::int32_t fd, std::int64_t timeout_ms = 0) {
  const std::vector<PollFd> fds{{fd, poll_bit::out, 0}};
  Call call(nr::poll, {0x1000, 1, u(timeout_ms)});
  call.with(0, std::span<const PollFd>(fds));
  return call(k, t) == 1 ? poll_bit::out : 0;
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

TEST_CASE("a stream's buffers have one page of head at most, the rest in pages (unix_stream_sendmsg)") {
  IpcBench b;
  b.run([&](Thread& t) {
    const auto fits = [&](std::uint64_t size) {
      const Pair p(b.k, t, kStream | open_flag::nonblock);
      std::uint64_t count = 0;
      while (send(b.k, t, p.a, size) == static_cast<std::int64_t>(size)) ++count;
      return count;
    };
    // 212992 over 256 bytes of sk_buff, 320 of skb_shared_info and the head as kmalloc rounds them, and
    // pages.
    CHECK(fits(1000) == 212992 / (256 + 2048) + 1);
    CHECK(fits(3776) == 212992 / (256 + 4096) + 1);
    CHECK(fits(4096) == 212992 / (256 + 512 + 4096) + 1);
    CHECK(fits(8192) == 212992 / (256 + 512 + 8192) + 1);
    CHECK(fits(36544) == 212992 / (256 + 4096 + 32768) + 1);
  });
}

TEST_CASE(
    "a full stream takes more, and says so, once three quarters of its buffer are free (unix_writable)") {
  IpcBench b;
  std::int64_t taken = 0, taken_at_wake = 0;
  b.run([&](Thread& t) {
    const Pair p(b.k, t, kStream);
    while (send(b.k, t, p.a, 1, msg_flag::dontwait) == 1) {
    }
    b.spawn([&, p](Thread& writer) {
      CHECK(send(b.k, writer, p.a, 1) == 1);
      taken_at_wake = taken;
    });
    pause(t, 100);
    const auto writable = [&] { return ready(b.k, t, p.a) & poll_bit::out; };
    CHECK(send(b.k, t, p.a, 1, msg_flag::dontwait) == -EAGAIN_);
    for (; !writable() && taken < 300; ++taken) CHECK(recv(b.k, t, p.b, 1) == 1);
    CHECK(taken_at_wake == 0);
    pause(t, 100);
  });
  // 278 of 768 bytes were in; 69 of them are the most that four times over fit into 212992.
  CHECK(taken == 278 - 69);
  CHECK(taken_at_wake == taken);
}

TEST_CASE("a small send buffer is asked for, a large one forced by who may") {
  IpcBench b;
  b.run([&](Thread& t) {
    const Pair p(b.k, t, kStream | open_flag::nonblock);
    constexpr std::uint64_t kSocket = 1, kSend = 7, kForce = 32;
    const auto set = [&](std::uint64_t name, std::uint64_t value) {
      return Call(nr::setsockopt, {u(p.a), kSocket, name, 0x1000, 4}).with(3, OptionValue{value})(b.k, t);
    };
    const auto fits = [&] {
      int count = 0;
      while (send(b.k, t, p.a, 1) == 1) ++count;
      while (recv(b.k, t, p.b, 1, msg_flag::dontwait) == 1) {
      }
      return count;
    };
    CHECK(set(kSend, 1) == 0);
    CHECK(fits() == 4608 / 768);  // SOCK_MIN_SNDBUF
    CHECK(set(kSend, 1u << 30) == 0);
    CHECK(fits() == 2 * 212992 / 768 + 1);  // wmem_max, doubled
    CHECK(set(kForce, 300'000) == 0);
    CHECK(fits() == 600'000 / 768 + 1);
    t.process->credentials.capabilities = 0;
    CHECK(set(kForce, 300'000) == -EPERM_);
  });
}

TEST_CASE("a queue of eleven datagrams is full for strangers, and tells each of them when it is not") {
  IpcBench b;
  int entered = 0;
  std::uint32_t events = 0;
  b.run([&](Thread& t) {
    const std::int32_t server = socket(b.k, t, kDgram), first = socket(b.k, t, kDgram),
                       second = socket(b.k, t, kDgram), third = socket(b.k, t, kDgram);
    CHECK(with_name(b.k, t, nr::bind, server, std::string("\0s", 2)) == 0);
    for (const std::int32_t fd : {first, second, third})
      CHECK(with_name(b.k, t, nr::connect, fd, std::string("\0s", 2)) == 0);
    int sent = 0;
    while (send(b.k, t, first, 10, msg_flag::dontwait) == 10) ++sent;
    CHECK(sent == 11);
    CHECK(ready(b.k, t, second) == 0);  // although nothing of its own is under way
    CHECK(ready(b.k, t, third) == 0);
    // Two sleep, and one read lets one of them in; whoever polls is told.
    for (int i = 0; i < 2; ++i)
      b.spawn([&, second](Thread& sender) { entered += send(b.k, sender, second, 10) == 10; });
    b.spawn([&, third](Thread& poller) { events = ready(b.k, poller, third, -1); });
    pause(t, 100);
    CHECK((entered == 0 && events == 0));
    CHECK(recv(b.k, t, server, 100) == 10);
    pause(t, 100);
    CHECK(entered == 1);
    CHECK(recv(b.k, t, server, 100) == 10);
    pause(t, 100);
    CHECK(entered == 2);
    CHECK(recv(b.k, t, server, 100) == 10);
    pause(t, 100);
    CHECK((events & poll_bit::out) != 0);
    // A connected pair has no such limit.
    const Pair p(b.k, t, kDgram);
    for (int i = 0; i < 20; ++i) CHECK(send(b.k, t, p.a, 10, msg_flag::dontwait) == 10);
  });
}

TEST_CASE("a sender that waits for room hears that the receiver is gone") {
  IpcBench b;
  std::int64_t result = 1;
  b.run([&](Thread& t) {
    const std::int32_t server = socket(b.k, t, kDgram), client = socket(b.k, t, kDgram),
                       idle = socket(b.k, t, kDgram);
    CHECK(with_name(b.k, t, nr::bind, server, std::string("\0s", 2)) == 0);
    CHECK(with_name(b.k, t, nr::connect, client, std::string("\0s", 2)) == 0);
    CHECK(with_name(b.k, t, nr::connect, idle, std::string("\0s", 2)) == 0);
    while (send(b.k, t, client, 10, msg_flag::dontwait) == 10) {
    }
    b.spawn([&, client](Thread& sender) { result = send(b.k, sender, client, 10); });
    pause(t, 100);
    close(b.k, t, server);
    pause(t, 100);
    CHECK(result == -ECONNREFUSED_);
    CHECK(send(b.k, t, client, 10) == -ENOTCONN_);
    CHECK(send(b.k, t, idle, 10) == -ECONNREFUSED_);  // told once, then it is not connected
    CHECK(send(b.k, t, idle, 10) == -ENOTCONN_);
  });
  CHECK(result == -ECONNREFUSED_);
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
    CHECK(send(k, t, a, 300'000) == -ENOTCONN_);
    CHECK(Call(nr::sendto, {u(a), 0x1000, 300'000, 0}).with(4, name(there))(k, t) == -EMSGSIZE_);
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

TEST_CASE("a unix socket that is bound to no name gets a free abstract one, once") {
  IpcBench b;
  b.run([&](Thread& t) {
    const std::int32_t first = socket(b.k, t, kDgram), second = socket(b.k, t, kDgram);
    CHECK(with_name(b.k, t, nr::bind, first, "") == 0);
    CHECK(with_name(b.k, t, nr::bind, second, "") == 0);
    CHECK(with_name(b.k, t, nr::bind, first, "") == 0);  // has one
    CHECK(with_name(b.k, t, nr::bind, first, "/tmp/other") == -EINVAL_);
    CHECK(b.k.ipc->net.unix_names.size() == 2);
  });
}
