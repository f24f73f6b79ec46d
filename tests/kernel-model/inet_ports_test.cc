// Which sockets share a port, and which of them a connection reaches.
#include <catch2/catch.hpp>

#include "kernel-model/net/socket.h"
#include "tests/kernel-model/ipc_bench.h"

using namespace isosim::test;

namespace {

constexpr std::uint64_t kStream = 1, kDgram = 2, kIpv4 = 2, kIpv6 = 10;
constexpr std::uint64_t kSolSocket = 1, kReuseAddress = 2, kSolIpv6 = 41, kIpv6Only = 26;

std::uint64_t u(std::int64_t value) { return static_cast<std::uint64_t>(value); }

struct Ports {
  IpcBench& b;
  Thread& t;

  [[nodiscard]] std::int32_t socket(std::uint64_t family, std::uint64_t type = kStream) const {
    return static_cast<std::int32_t>(Call(nr::socket, {family, type, 0})(b.k, t));
  }
  void set(std::int32_t fd, std::uint64_t level, std::uint64_t name) const {
    REQUIRE(Call(nr::setsockopt, {u(fd), level, name, 0x1000, 4}).with(3, OptionValue{1})(b.k, t) == 0);
  }
  std::int64_t named(SysNr nr, std::int32_t fd, std::uint64_t family, std::string host,
                     std::uint16_t port) const {
    SocketAddress name;
    name.family = static_cast<std::uint16_t>(family);
    name.host = std::move(host);
    name.port = port;
    return Call(nr, {u(fd), 0x1000, 28}).with(1, name)(b.k, t);
  }
  std::int64_t bind(std::int32_t fd, std::uint64_t family, std::string host, std::uint16_t port) const {
    return named(nr::bind, fd, family, std::move(host), port);
  }
  std::int64_t listen(std::int32_t fd) const { return Call(nr::listen, {u(fd), 5})(b.k, t); }
};

}  // namespace

TEST_CASE("a socket of IPv6 takes the port of IPv4 too, unless it is only for IPv6") {
  IpcBench b;
  b.run([&](Thread& t) {
    const Ports p{b, t};
    CHECK(p.bind(p.socket(kIpv4), kIpv4, "0.0.0.0", 80) == 0);
    CHECK(p.bind(p.socket(kIpv6), kIpv6, "::", 80) == -EADDRINUSE_);
    CHECK(p.bind(p.socket(kIpv6), kIpv6, "::1", 80) == 0);
    const std::int32_t only = p.socket(kIpv6);
    p.set(only, kSolIpv6, kIpv6Only);
    CHECK(p.bind(only, kIpv6, "::", 81) == 0);
    CHECK(p.bind(p.socket(kIpv4), kIpv4, "0.0.0.0", 81) == 0);
    CHECK(p.bind(p.socket(kIpv6), kIpv6, "::ffff:127.0.0.1", 81) == -EADDRINUSE_);
  });
}

TEST_CASE("two addresses have a port each, and who listens shares with nobody") {
  IpcBench b;
  b.run([&](Thread& t) {
    const Ports p{b, t};
    CHECK(p.bind(p.socket(kIpv4), kIpv4, "127.0.0.1", 80) == 0);
    CHECK(p.bind(p.socket(kIpv4), kIpv4, "127.0.0.2", 80) == 0);
    const std::int32_t first = p.socket(kIpv4), second = p.socket(kIpv4);
    for (const std::int32_t fd : {first, second}) {
      p.set(fd, kSolSocket, kReuseAddress);
      CHECK(p.bind(fd, kIpv4, "0.0.0.0", 90) == 0);
    }
    CHECK(p.listen(first) == 0);
    CHECK(p.listen(second) == -EADDRINUSE_);
  });
}

TEST_CASE("a connection reaches whoever is bound to its address") {
  IpcBench b;
  b.run([&](Thread& t) {
    const Ports p{b, t};
    const std::int32_t any = p.socket(kIpv6), one = p.socket(kIpv4);
    for (const std::int32_t fd : {any, one}) p.set(fd, kSolSocket, kReuseAddress);
    CHECK(p.bind(any, kIpv6, "::", 80) == 0);
    CHECK(p.bind(one, kIpv4, "127.0.0.2", 80) == 0);
    CHECK(p.listen(any) == 0);
    const auto waiting = [&](std::int32_t fd) {
      return static_cast<Socket&>(*t.process->files->get(fd)).pending.size();
    };
    CHECK(p.named(nr::connect, p.socket(kIpv4), kIpv4, "127.0.0.1", 80) == 0);
    CHECK(p.named(nr::connect, p.socket(kIpv6), kIpv6, "::1", 80) == 0);
    CHECK(waiting(any) == 2);
    CHECK(p.named(nr::connect, p.socket(kIpv4), kIpv4, "127.0.0.1", 81) == -ECONNREFUSED_);
  });
}

TEST_CASE("a datagram socket of IPv6 connects to an address of IPv4, a stream does not") {
  IpcBench b;
  b.run([&](Thread& t) {
    const Ports p{b, t};
    CHECK(p.named(nr::connect, p.socket(kIpv6, kDgram), kIpv4, "127.0.0.1", 80) == 0);
    CHECK(p.named(nr::connect, p.socket(kIpv6), kIpv4, "127.0.0.1", 80) == -EAFNOSUPPORT_);
    CHECK(p.named(nr::connect, p.socket(kIpv4, kDgram), kIpv6, "::1", 80) == -EAFNOSUPPORT_);
  });
}

TEST_CASE("a connection that both ends have ended is none") {
  IpcBench b;
  b.run([&](Thread& t) {
    const Ports p{b, t};
    const std::int32_t listener = p.socket(kIpv4), fd = p.socket(kIpv4);
    REQUIRE(p.bind(listener, kIpv4, "127.0.0.1", 80) == 0);
    REQUIRE(p.listen(listener) == 0);
    REQUIRE(p.named(nr::connect, fd, kIpv4, "127.0.0.1", 80) == 0);
    const auto other = static_cast<std::int32_t>(Call(nr::accept4, {u(listener), 0, 0, 0})(b.k, t));
    constexpr std::uint64_t kReceive = 0, kSend = 1;
    CHECK(Call(nr::shutdown, {u(fd), kSend})(b.k, t) == 0);
    CHECK(Call(nr::shutdown, {u(fd), kReceive})(b.k, t) == 0);
    close(b.k, t, other);
    CHECK(Call(nr::shutdown, {u(fd), kReceive})(b.k, t) == -ENOTCONN_);
    CHECK(Call(nr::getpeername, {u(fd), 0, 0})(b.k, t) == -ENOTCONN_);
  });
}
