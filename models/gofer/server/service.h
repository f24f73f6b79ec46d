// Serves one connection (connState of pkg/p9/server.go): a goroutine that keeps one handler receiving, and
// handlers that receive, handle and answer.
#pragma once

#include <map>
#include <vector>

#include "models/go/sync.h"
#include "models/gofer/server/server.h"
#include "models/gofer/unet.h"

namespace isosim::models::gofer {

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

  Socket socket_;
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
