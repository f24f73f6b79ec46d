// Client's templates.
#pragma once

#include "models/gofer/client.h"

namespace isosim::models::gofer {

template <class T>
std::int64_t Client::rpc(go::G& g, const T& request, typename T::Reply& reply) {
  using R = typename T::Reply;
  const sim::Time start = g.now();
  Pending pending{
      .owner = &g,
      .reply_type = R::type,
      .decode =
          [](std::span<const std::uint8_t> body, std::uint64_t data, void* out, std::uint32_t& scalars) {
            return p9::decode_body(body, data, *static_cast<R*>(out), scalars);
          },
      .reply = &reply,
      .takes_fd = p9::CarriesFd<R>};
  ++sent_[T::type];
  p9::Frame frame;
  const std::uint32_t scalars = p9::encode(p9::kNoTag, request, frame);
  std::int64_t error = exchange(g, frame, scalars, pending);
  if (error == 0) error = -static_cast<std::int64_t>(pending.failure.error);
  if constexpr (p9::CarriesFd<R>) reply.fd = pending.fd;
  if (on_exchange) report(request, pending.request_bytes, reply, pending, start, g.now(), error);
  return error;
}

template <class T>
void Client::report(const T& request, std::uint64_t bytes, typename T::Reply& reply, const Pending& pending,
                    sim::Time start, sim::Time end, std::int64_t error) {
  const p9::Message sent = request;
  const p9::Message answer =
      error == 0 ? p9::Message(reply) : p9::Message(p9::Rlerror{static_cast<std::uint32_t>(-error)});
  on_exchange({sent, answer, bytes, pending.bytes, start, end, error});
}

}  // namespace isosim::models::gofer
