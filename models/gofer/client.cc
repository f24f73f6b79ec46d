#include "models/gofer/client.h"

#include "kernel-model/abi/errno.h"
#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/sched/thread.h"

namespace isosim::models::gofer {

namespace {

// The client drops its error and fails every request that waits: the application sees EIO
// (fs/gofer/inode.go).
constexpr std::int64_t kBroken = -kernel::EIO_;
constexpr std::uint32_t kMaximumMessage = 4u << 20;  // transport.go
constexpr std::uint32_t kFlipcallVersion = 8;

}  // namespace

Client::Client(Release release, const sim::Catalogue& catalogue, Connection& connection,
               kernel::Address buffer, Options options)
    : connection_(connection),
      socket_(release, connection.to_client, connection.to_server, buffer),
      buffer_(buffer),
      message_size_(options.message_size),
      newest_version_(options.newest_version ? options.newest_version : facts(release).p9_version),
      watches_(facts(release).flipcall),
      send_path_(catalogue.find("sentry.p9.send")),
      receive_path_(catalogue.find("sentry.p9.receive")),
      channel_send_path_(catalogue.find("sentry.p9.channel.send")),
      channel_receive_path_(catalogue.find("sentry.p9.channel.receive")) {}

std::int64_t Client::start(go::G& g, std::int32_t fd) {
  if (socket_.open(g, fd) < 0) return kBroken;
  for (std::uint32_t wanted = newest_version_;; --wanted) {
    p9::Rversion agreed;
    const std::int64_t error = rpc(g, p9::Tversion{message_size_, p9::version_string(wanted)}, agreed);
    if (error == -kernel::EAGAIN_ && wanted > 0) continue;  // the server knows older ones only
    if (error != 0) return error;
    const auto version = p9::parse_version(agreed.version);
    if (!version) return kBroken;
    version_ = *version;
    break;
  }
  if (version_ >= kFlipcallVersion)
    for (std::uint32_t id = 0; id < channels_for(g.thread()) && open_channel(g, id) == 0;) ++id;
  if (watches_) g.runtime.start(g, "p9 watch", [this](go::G& watcher) { watch(watcher); });
  return 0;
}

// One of the free channels, else the socket (sendRecvChannel, sendRecvLegacy).
std::int64_t Client::exchange(go::G& g, p9::Frame& request, std::uint32_t scalars, Pending& pending) {
  if (free_channels_.empty()) return exchange_by_socket(g, request, scalars, pending);
  Channel& channel = *free_channels_.back();
  free_channels_.pop_back();
  channel.active = true;
  ++active_channels_;
  const std::int64_t error = exchange_by_channel(g, channel, request, scalars, pending);
  channel.active = false;
  --active_channels_;
  if (error == 0 && !hung_up_) free_channels_.push_back(&channel);
  if (active_channels_ == 0 && watcher_) g.runtime.ready(g, *watcher_);
  return error;
}

std::int64_t Client::exchange_by_socket(go::G& g, p9::Frame& request, std::uint32_t scalars,
                                        Pending& pending) {
  const auto free_tag = tags_.get();
  if (!free_tag) return kBroken;
  const auto tag = static_cast<p9::Tag>(*free_tag);
  p9::set_tag(request, tag);
  pending.request_bytes = request.size();
  g.charge(send_path_, scalars);
  if (pending_.size() <= tag) pending_.resize(tag + 1u);
  pending_[tag] = &pending;
  send_lock_.lock(g);
  const std::int64_t error = socket_.send(g, request, -1);
  send_lock_.unlock(g);
  if (error == 0) {
    wait_and_receive(g, pending);
  } else {
    pending_[tag] = nullptr;
    pending.error = kBroken;
  }
  tags_.put(tag);
  return pending.error;
}

// Who holds the token reads one message, whoever it is for. Of a value in `done` and the token, Go's select
// takes either; here it is `done`, which differs by no call.
void Client::wait_and_receive(go::G& g, Pending& pending) {
  while (!pending.done) {
    if (receiving_) {
      token_waiters_.push_back(&pending);
      pending.waiting = true;
      while (pending.waiting) g.park();
      if (!pending.has_token) continue;
      pending.has_token = false;
    }
    receiving_ = true;
    if (!pending.done) receive_one(g);
    pass_token(g);
  }
}

void Client::pass_token(go::G& g) {
  if (token_waiters_.empty()) {
    receiving_ = false;
    return;
  }
  Pending& next = *token_waiters_.front();
  token_waiters_.pop_front();
  next.waiting = false;
  next.has_token = true;
  g.runtime.ready(g, *next.owner);
}

void Client::receive_one(go::G& g) {
  p9::Header header;
  std::vector<std::int32_t> fds;
  std::int64_t error = socket_.receive_header(g, header, fds);
  if (error == 0) error = receive_answer(g, header, fds);
  for (const std::int32_t fd : fds) {
    kernel::Sys sys;
    sys.nr = kernel::nr::close;
    sys.arg[0] = static_cast<std::uint64_t>(fd);
    g.call(sys);
  }
  if (error == 0) return finish(g, header.tag, 0);
  for (std::size_t tag = 0; tag < pending_.size(); ++tag)
    if (pending_[tag]) finish(g, static_cast<p9::Tag>(tag), kBroken);
}

// Reads the body of a message into the answer of who waits for it. Leaves in `fds` what nobody wants.
std::int64_t Client::receive_answer(go::G& g, const p9::Header& header, std::vector<std::int32_t>& fds) {
  if (header.size < p9::kHeaderBytes || header.size > std::min(message_size_, kMaximumMessage))
    return kBroken;
  const std::uint64_t left = header.size - p9::kHeaderBytes;
  Pending* const owner = header.tag < pending_.size() ? pending_[header.tag] : nullptr;
  const bool failed = header.type == p9::Rlerror::type;
  p9::Frame body;
  if (!owner || (!failed && header.type != owner->reply_type)) {
    socket_.receive_body(g, left, 0, body);
    return kBroken;
  }
  const std::uint32_t fixed = p9::fixed_bytes_before_payload(header.type);
  if (const std::int64_t error = socket_.receive_body(g, left, fixed, body)) return error;
  std::uint32_t scalars = 0;
  const std::string wrong = decode(header, body.bytes, body.data, *owner, scalars);
  g.charge(receive_path_, scalars);
  if (!wrong.empty()) return kBroken;
  owner->bytes = header.size;
  if (owner->takes_fd && !failed && !fds.empty()) {
    owner->fd = fds.front();
    fds.erase(fds.begin());
  }
  return 0;
}

std::string Client::decode(const p9::Header& header, std::span<const std::uint8_t> body, std::uint64_t data,
                           Pending& pending, std::uint32_t& scalars) {
  if (header.type == p9::Rlerror::type) return p9::decode_body(body, data, pending.failure, scalars);
  if (header.type != pending.reply_type) return "not the answer to the request";
  return pending.decode(body, data, pending.reply, scalars);
}

void Client::finish(go::G& g, p9::Tag tag, std::int64_t error) {
  Pending& pending = *std::exchange(pending_[tag], nullptr);
  pending.done = true;
  pending.error = error;
  if (!pending.waiting) return;
  pending.waiting = false;
  std::erase(token_waiters_, &pending);
  g.runtime.ready(g, *pending.owner);
}

}  // namespace isosim::models::gofer
