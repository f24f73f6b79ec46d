// Client's templates.
#pragma once

#include <fmt/format.h>

#include "models/gofer/client.h"
#include "models/gofer/p9/describe.h"
#include "sim/engine.h"

namespace isosim::models::gofer {

// What came back, an Rlerror if `error` is not 0.
template <class R>
p9::Message answer(const R& reply, std::int64_t error) {
  return error == 0 ? p9::Message(reply) : p9::Message(p9::Rlerror{static_cast<std::uint32_t>(-error)});
}

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
  ++all_sent_;
  const sim::Frame in_profile(*g.task, T::title);
  p9::Frame frame;
  const std::uint32_t scalars = p9::encode(p9::kNoTag, request, frame);
  sim::Observer* const observer = g.task->engine().observer();
  const bool notes = observer && observer->wants_notes();
  if (notes) {
    const std::uint64_t bytes = free_channels_.empty() ? frame.size() : packet_of(frame, false).size();
    observer->on_note(*g.task, fmt::format("-> {} {} B", p9::describe(request), bytes), g.now());
  }
  std::int64_t error = exchange(g, frame, scalars, pending);
  if (error == 0) error = -static_cast<std::int64_t>(pending.failure.error);
  if (notes)
    observer->on_note(*g.task, fmt::format("<- {} {} B", p9::describe(answer(reply, error)), pending.bytes),
                      g.now());
  if constexpr (p9::CarriesFd<R>) reply.fd = pending.fd;
  if (on_exchange) report(request, pending.request_bytes, reply, pending, start, g.now(), error);
  return error;
}

template <class T>
void Client::report(const T& request, std::uint64_t bytes, typename T::Reply& reply, const Pending& pending,
                    sim::Time start, sim::Time end, std::int64_t error) {
  const p9::Message sent = request;
  const p9::Message received = answer(reply, error);
  on_exchange({sent, received, bytes, pending.bytes, start, end, error});
}

}  // namespace isosim::models::gofer
