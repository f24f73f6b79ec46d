// Serves one connection (connState of pkg/p9/server.go): a goroutine that keeps one handler receiving, and
// handlers that receive, handle and answer.
#pragma once

#include <deque>
#include <map>
#include <vector>

#include "models/go/sync.h"
#include "models/gofer/server/server.h"
#include "models/gofer/unet.h"

namespace isosim::models::gofer {

// What a message donates; -1: nothing.
std::int32_t descriptor_of(const p9::Message& reply);
// "Twalk".
std::string_view title_of(const p9::Message& message);

class Service {
 public:
  // All outlive the service.
  Service(const sim::Catalogue& catalogue, AttachPoint& point, Connection& connection,
          const GoferMemory& memory);

  // Takes over the Gofer's end of the socket pair. 0 or a negative errno.
  std::int64_t open(go::G& g, std::int32_t fd) { return socket_.open(g, fd); }
  // Until the connection ends and its requests are answered; closes every file.
  void run(go::G& g);

  [[nodiscard]] const Server& server() const { return server_; }

 private:
  void handle_requests(go::G& g);
  void handle_request(go::G& g);
  std::int64_t receive(go::G& g, p9::Decoded& request);
  void answer(go::G& g, p9::Tag tag, const p9::Message& reply);
  void service(go::G& g);
  void clear_tag(go::G& g, p9::Tag tag);
  void wait_tag(go::G& g, p9::Tag tag);

  // Channels of shared memory (service_channels.cc).
  struct Channel {
    Endpoint data;
    std::uint64_t offset = 0;               // of its window in the memory file
    std::int32_t server = -1, client = -1;  // the ends of the socket for descriptors
  };
  std::int64_t make_channels(go::G& g);
  std::int64_t make_channel(go::G& g, std::uint64_t& file_size);
  p9::Message open_channel(go::G& g, const p9::Tchannel& t);
  void serve_channel(go::G& g, Channel& channel);
  std::int64_t answer(go::G& g, Channel& channel);
  void stop_channels(go::G& g);

  Connection& connection_;
  Socket socket_;
  std::deque<Channel> channels_;
  std::int32_t memory_file_ = -1;
  int serving_channels_ = 0;
  go::G* stopper_ = nullptr;  // waits for these
  HostFiles files(go::G& g) const { return {g, memory_}; }
  const GoferMemory& memory_;
  ServerPaths paths_;
  Server server_;
  go::Mutex send_lock_;
  std::map<p9::Tag, std::vector<go::G*>> tags_;  // being handled, and who waits for their end
  go::Channel<bool> receive_okay_{0};
  go::Channel<std::int64_t> receive_done_{10}, send_done_{10};
};

}  // namespace isosim::models::gofer
