// AF_UNIX (net/unix/af_unix.c, Linux 4.4): streams, datagrams, sequenced packets.
#pragma once

#include "kernel-model/net/socket.h"

namespace isosim::kernel {

class UnixSocket final : public Socket {
 public:
  UnixSocket(Kernel& kernel, int socket_type, int socket_protocol);
  ~UnixSocket() override;

  std::int64_t bind(Kernel& k, Thread& t, const SocketAddress& name) override;
  std::int64_t listen(Kernel& k, Thread& t, int its_backlog) override;
  std::int64_t connect(Kernel& k, Thread& t, const SocketAddress& name, bool nonblock) override;
  std::int64_t send(Kernel& k, Thread& t, SocketIo& io) override;
  std::int64_t receive(Kernel& k, Thread& t, SocketIo& io) override;
  void peer_gone(Kernel& k, Thread* t, int its_error) override;
  std::uint32_t poll(Thread& t) override;
  [[nodiscard]] bool can_send() const override;

  void pair_with(UnixSocket& other);  // socketpair

 protected:
  Ref<Socket> make_child(Kernel& k) override;
  void end(Kernel& k, Thread* t, bool reset) override;
  bool may_shut_down() const override { return true; }

 private:
  std::int64_t connect_stream(Kernel& k, Thread& t, const SocketAddress& name, bool nonblock);
  std::int64_t send_stream(Kernel& k, Thread& t, SocketIo& io);
  std::int64_t send_message(Kernel& k, Thread& t, SocketIo& io);
  // The socket bound to `name`: -ENOENT, -ECONNREFUSED, -EPROTOTYPE, and what path lookup says.
  std::int64_t find(Kernel& k, Thread& t, const SocketAddress& name, UnixSocket*& out);

  // Messages, unlike streams, have a limit on how many of strangers wait to be read.
  [[nodiscard]] bool full_for(const UnixSocket& sender) const;
  std::int64_t wait_for_room(Kernel& k, Thread& t, const SocketIo& io, UnixSocket& receiver);
  void watch_room(UnixSocket& receiver);
  void unwatch_room();
  void tell_room(Kernel& k, Thread* t);  // this queue has room, or takes nothing any more
  void follow(UnixSocket& other);
  void unfollow();

  // Senders that sleep until this queue has room (peer_wait). Outlives the socket while they do.
  struct Room : Counted<Room> {
    WaitQueue wait;
    bool gone = false;
  };

  std::string bound_;  // key in NetState::unix_names
  Ref<Room> room_{new Room};
  std::vector<UnixSocket*>
      watchers_;                   // sockets that were told "not writable", or EAGAIN, because it was full
  UnixSocket* watched_ = nullptr;  // the one in whose watchers_ this is
  std::vector<UnixSocket*> followers_;  // whose peer this is, although it may not be theirs (datagrams)
  bool peer_died_ = false;              // of a datagram socket: the next send says so
};

}  // namespace isosim::kernel
