// A socket: what all families share (net/socket.c, net/core/sock.c).
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <utility>

#include "kernel-model/fs/file.h"
#include "kernel-model/net/outside.h"
#include "kernel-model/net/packet.h"
#include "kernel-model/sched/wait_queue.h"
#include "sim/path.h"
#include "sim/time.h"

namespace isosim::kernel {

namespace af {
inline constexpr int unix_ = 1, inet = 2, inet6 = 10, netlink = 16;
}
namespace sock_type {
inline constexpr int stream = 1, dgram = 2, raw = 3, seqpacket = 5;
}
namespace msg_flag {
inline constexpr std::uint32_t peek = 0x02, trunc = 0x20, dontwait = 0x40, waitall = 0x100, nosignal = 0x4000;
}

// One sendmsg or recvmsg, with the payload pointers already followed.
struct SocketIo {
  std::uint64_t length = 0;
  std::uint32_t flags = 0;  // MSG_*
  bool nonblock = false;
  bool pages = false;  // sent by reference (sendfile, splice): no copy
  const SocketAddress* to = nullptr;
  SocketAddress* from = nullptr;
  std::vector<Ref<File>> rights;  // sent, or received
};

// What one packet costs, by family and type.
struct SocketCosts {
  sim::PathId receive;   // taken by a read
  sim::PathId arrival;   // from outside, in softirq
  sim::PathId transmit;  // to outside, the first of a call
  sim::PathId segment;   // each further one
  sim::PathId accept;
  std::uint64_t segment_bytes;  // the most that one packet of a stream holds
};

enum class SocketState : std::uint8_t { unconnected, connecting, connected, listening };

class Socket : public File, public OutsideEnd {
 public:
  Socket(Kernel& kernel, int socket_family, int socket_type, int socket_protocol, SocketCosts socket_costs);
  ~Socket() override;

  const int family, type, protocol;
  const SocketCosts costs;
  const std::uint64_t number;  // inode
  SocketState state = SocketState::unconnected;
  SocketAddress local, remote;

  // Results and errors as the calls of these names have them. A call that a family lacks gives -EOPNOTSUPP.
  virtual std::int64_t bind(Kernel& k, Thread& t, const SocketAddress& name);
  virtual std::int64_t listen(Kernel& k, Thread& t, int backlog);
  virtual std::int64_t connect(Kernel& k, Thread& t, const SocketAddress& name, bool nonblock);
  std::int64_t accept(Kernel& k, Thread& t, bool nonblock, Ref<Socket>& out);
  virtual std::int64_t send(Kernel& k, Thread& t, SocketIo& io);
  virtual std::int64_t receive(Kernel& k, Thread& t, SocketIo& io);
  std::int64_t shutdown(Kernel& k, Thread& t, int how);
  // `length`: of the memory that holds the value, in bytes.
  std::int64_t set_option(Kernel& k, Thread& t, int level, int name, std::uint64_t value,
                          std::uint64_t length);
  std::int64_t get_option(Kernel& k, Thread& t, int level, int name, std::uint64_t& value);
  [[nodiscard]] std::uint64_t option_value(int level,
                                           int name) const;  // 0 unless set; timeouts in nanoseconds

  // File.
  std::int64_t read(Kernel& k, Thread& t, const Io& io) override;
  std::int64_t write(Kernel& k, Thread& t, const Io& io) override;
  bool has_iter() const override { return true; }
  std::int64_t ioctl(Kernel& k, Thread& t, std::uint64_t request, std::uint64_t argument, Out& out) override;
  void status(FileStatus& out) const override;
  std::uint32_t poll(Thread& t) override;
  WaitQueue* poll_queue() override { return &wait; }
  void release(Kernel& k, Thread& t) override;
  std::string describe() const override { return "socket:[" + std::to_string(number) + "]"; }

  // What other sockets and the outside do to this one; `t` null in interrupt context.
  void enqueue(Kernel& k, Thread* t, Packet packet);
  virtual void peer_gone(Kernel& k, Thread* t, int its_error);  // `its_error`: for the next call, or 0
  void peer_stopped_sending(Kernel& k, Thread* t);
  void peer_stopped_receiving(Kernel& k, Thread* t);
  void write_space(Kernel& k, Thread* t);
  void wake(Kernel& k, Thread* t, std::uint32_t events, int count = WaitQueue::all);

  [[nodiscard]] bool is_stream() const { return type == sock_type::stream; }
  [[nodiscard]] std::uint64_t queued() const { return queued_; }
  [[nodiscard]] bool receive_full() const { return queued_truesize_ >= receive_buffer_; }
  [[nodiscard]] virtual bool can_send() const;  // poll says so
  // Both sides have said that they send no more, and the connection has no state any more (TCP_CLOSE).
  [[nodiscard]] virtual bool over() const { return false; }

  WaitQueue wait;
  Socket* peer = nullptr;           // of this kernel; null: none, gone, or outside
  std::deque<Ref<Socket>> pending;  // connections that accept() has not taken
  int backlog = 0;
  bool receive_closed = false;  // RCV_SHUTDOWN
  bool send_closed = false;     // SEND_SHUTDOWN
  bool peer_ended = false;      // its FIN has come
  int error = 0;                // SO_ERROR
  bool outside = false;         // its peer is known from the record only

  // OutsideEnd.
  void arrive(Irq& irq, std::uint64_t bytes) override;
  void arrive_connection(Irq& irq, const SocketAddress& from) override;
  void arrive_end(Irq& irq, int its_error) override;
  void arrive_connected(Irq& irq, int its_error) override;
  void arrive_window(Irq& irq, std::uint64_t bytes) override;
  void limit_window(std::uint64_t bytes) override { window_ = bytes; }
  [[nodiscard]] std::uint64_t window() const override { return window_; }
  void mark_outside() override { outside = true; }
  int interrupt_cpu(const Kernel& k) const override;
  void close_unpaid(Kernel& k) override { finish(k, nullptr); }

 protected:
  virtual Ref<Socket> make_child(Kernel& k) = 0;  // an accepted connection's socket
  // The family's share of release(): name, peer. `reset`: data was lost, and the peer hears of it.
  virtual void end(Kernel& k, Thread* t, bool reset) = 0;
  virtual bool may_shut_down() const { return state != SocketState::unconnected && !over(); }

  void finish(Kernel& k, Thread* t, bool reset = false);
  // What a read says when nothing is queued: 0 at the end, a negative errno, or 1: something may come.
  [[nodiscard]] std::int64_t receive_verdict() const;
  std::int64_t broken_pipe(Kernel& k, Thread& t,
                           const SocketIo& io) const;  // EPIPE, with SIGPIPE unless refused
  // Waits until this socket may send and `ready()`; 0, or why it never will.
  template <class Ready>
  std::int64_t wait_to_send(Kernel& k, Thread& t, const SocketIo& io, Ready ready);
  std::int64_t owner_ioctl(std::uint64_t request, Out& out) const;
  std::int64_t await_connection(Kernel& k, Thread& t, bool nonblock);
  std::int64_t send_outside(Kernel& k, Thread& t, const SocketIo& io);
  void settle(Kernel& k, Thread* t, const Packet& packet);  // its memory goes back to the sender
  int take_error() { return std::exchange(error, 0); }
  [[nodiscard]] bool nonblocking(const SocketIo& io) const;
  [[nodiscard]] sim::Time deadline(const Thread& t, sim::Time timeout) const;

  std::deque<Packet> queue_;
  std::uint64_t queued_ = 0;  // bytes
  std::uint64_t queued_truesize_ = 0;
  Ref<SendBudget> budget_;
  std::uint64_t send_buffer_ = 212992;     // net.core.wmem_default
  std::uint64_t receive_buffer_ = 212992;  // net.core.rmem_default
  std::optional<int> verdict_;             // of connect(), if it arrived before the call
  std::uint64_t window_ = ~0ull;           // what the peer outside still takes
  sim::Time receive_timeout_ = sim::Time::max(), send_timeout_ = sim::Time::max();

 private:
  // Copies from the first packet; the count. The rest of a datagram is dropped.
  std::int64_t take(Kernel& k, Thread& t, SocketIo& io, std::uint64_t wanted);
  void drop_front(Kernel& k, Thread* t);
  std::map<std::pair<int, int>, std::uint64_t> options_;
};

}  // namespace isosim::kernel
