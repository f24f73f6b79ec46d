#include "models/gofer/server/service.h"

#include <algorithm>

#include "kernel-model/abi/errno.h"

namespace isosim::models::gofer {

namespace {

constexpr std::uint32_t kMostMessageBytes = 4u << 20;  // maximumLength of transport.go

}  // namespace

std::int32_t descriptor_of(const p9::Message& reply) {
  return std::visit(
      [](const auto& m) -> std::int32_t {
        if constexpr (p9::CarriesFd<std::decay_t<decltype(m)>>)
          return m.fd;
        else
          return -1;
      },
      reply);
}

std::string_view title_of(const p9::Message& message) {
  return std::visit([](const auto& m) -> std::string_view { return m.title; }, message);
}

Service::Service(const sim::Catalogue& catalogue, AttachPoint& point, Connection& connection,
                 const GoferMemory& memory)
    : connection_(connection),
      socket_(point.release, connection.to_server, connection.to_client, memory.scratch),
      memory_(memory),
      paths_(catalogue),
      server_(catalogue, point, memory) {
  server_.wait_tag = [this](go::G& g, p9::Tag tag) { wait_tag(g, tag); };
  if (facts(point.release).flipcall)
    server_.open_channel = [this](go::G& g, const p9::Tchannel& t) { return open_channel(g, t); };
}

// Returns 0 with a message or with what is wrong with it, or the error that ends the connection.
std::int64_t Service::receive(go::G& g, p9::Decoded& request) {
  p9::Header header;
  std::vector<std::int32_t> fds;
  if (const std::int64_t error = socket_.receive_header(g, header, fds)) return error;
  for (const std::int32_t fd : fds) files(g).close(fd);  // clients send none
  const std::uint32_t limit = server_.message_size() ? server_.message_size() : kMostMessageBytes;
  if (header.size < p9::kHeaderBytes || header.size > std::min(limit, kMostMessageBytes))
    return -kernel::EIO_;
  p9::Frame body;
  const std::uint32_t fixed = p9::fixed_bytes_before_payload(header.type);
  if (const std::int64_t error = socket_.receive_body(g, header.size - p9::kHeaderBytes, fixed, body))
    return error;
  request = p9::decode(header, body.bytes, body.data);
  g.charge(paths_.receive, request.scalars);
  return 0;
}

void Service::answer(go::G& g, p9::Tag tag, const p9::Message& reply) {
  p9::Frame frame;
  const std::uint32_t scalars = p9::encode(tag, reply, frame);
  g.charge(paths_.send, scalars);
  const std::int32_t donated = descriptor_of(reply);
  send_lock_.lock(g);
  const std::int64_t error = socket_.send(g, frame, donated);
  if (donated >= 0) files(g).close(donated);
  send_lock_.unlock(g);
  send_done_.send(g, error);
}

void Service::handle_request(go::G& g) {
  p9::Decoded request;
  const std::int64_t error = receive(g, request);
  receive_done_.send(g, error);
  if (error != 0) return;
  if (!request.error.empty()) return answer(g, request.tag, p9::Rlerror{kernel::EIO_});
  if (!tags_.try_emplace(request.tag).second) return send_done_.send(g, -kernel::EINVAL_);
  const sim::Frame frame(*g.task, title_of(request.message));
  const p9::Message reply = server_.handle(g, request.message);
  clear_tag(g, request.tag);  // once the answer is out, the client may use it again
  answer(g, request.tag, reply);
}

void Service::clear_tag(go::G& g, p9::Tag tag) {
  const auto found = tags_.find(tag);
  const std::vector<go::G*> waiting = std::move(found->second);
  tags_.erase(found);
  for (go::G* waiter : waiting) g.runtime.ready(g, *waiter);
}

void Service::wait_tag(go::G& g, p9::Tag tag) {
  const auto found = tags_.find(tag);
  if (found == tags_.end()) return;
  found->second.push_back(&g);
  g.park();
}

void Service::handle_requests(go::G& g) {
  while (receive_okay_.receive(g)) handle_request(g);
}

// connState.service(). Of two channels with a value, Go's select takes either.
void Service::service(go::G& g) {
  const auto start_handler = [&] {
    g.runtime.start(g, "gofer handler", [this](go::G& handler) { handle_requests(handler); });
    receive_okay_.send(g, true);
  };
  int pending = 0;
  start_handler();
  for (;;) {
    while (!receive_done_.ready() && !send_done_.ready()) {
      receive_done_.watch(&g);
      send_done_.watch(&g);
      g.park();
      receive_done_.watch(nullptr);
      send_done_.watch(nullptr);
    }
    g.charge(paths_.service);
    if (const auto received = receive_done_.try_receive(g)) {
      if (*received != 0) break;
      ++pending;
      if (!receive_okay_.try_send(g, true)) start_handler();
    } else if (send_done_.try_receive(g)) {
      --pending;
    }
  }
  for (; pending > 0; --pending) send_done_.receive(g);
}

void Service::run(go::G& g) {
  service(g);
  receive_okay_.close(g);
  stop_channels(g);
  server_.stop(g);
  socket_.close(g);
}

}  // namespace isosim::models::gofer
