// The 9P client of one mount (pkg/p9/client.go, client_file.go): what the Sentry asks its Gofer.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/go/sync.h"
#include "models/gofer/p9/message.h"
#include "models/gofer/pool.h"
#include "models/gofer/unet.h"

namespace isosim::models::gofer {

// Answers. `error`: 0 or a negative errno; -EIO when the connection is broken, now and in every later call.
struct Attached {
  std::int64_t error = 0;
  p9::Fid fid = p9::kNoFid;
  p9::Qid qid{};
};
struct Walked {  // `fid`: the new one, of the last name (a clone if there were none)
  std::int64_t error = 0;
  p9::Fid fid = p9::kNoFid;
  std::vector<p9::Qid> qids{};
  p9::AttrMask valid = p9::AttrMask::none;  // walk_get_attr() only
  p9::Attr attr{};
};
struct Opened {
  std::int64_t error = 0;
  p9::Qid qid{};
  std::int32_t fd = -1;  // a descriptor of the calling process that the Gofer donated; -1: none
};
struct Attributes {
  std::int64_t error = 0;
  p9::Qid qid{};
  p9::AttrMask valid = p9::AttrMask::none;
  p9::Attr attr{};
};
struct Listing {
  std::int64_t error = 0;
  std::vector<p9::Dirent> entries;  // empty: the end
};
struct LinkTarget {
  std::int64_t error = 0;
  std::string target;
};
struct Made {
  std::int64_t error = 0;
  p9::Qid qid{};
};
struct FileSystem {
  std::int64_t error = 0;
  p9::FsStat status;
};

// One request and its answer, for whoever explains or counts.
struct Exchange {
  const p9::Message& request;
  const p9::Message& reply;  // an Rlerror if `error` is not 0
  std::uint64_t request_bytes, reply_bytes;
  sim::Time start, end;
  std::int64_t error;
};

class Client {
 public:
  struct Options {
    std::uint32_t message_size = 1u << 20;  // bytes, msize; above p9::kLargestFixedBytes
    std::uint32_t newest_version = 0;       // to ask for; below 8 there are no channels; 0: the release's
  };
  // `buffer`: 4 KiB of the Sentry's memory. `connection` outlives the client.
  Client(Release release, const sim::Catalogue& catalogue, Connection& connection, kernel::Address buffer,
         Options options);
  Client(Release release, const sim::Catalogue& catalogue, Connection& connection, kernel::Address buffer)
      : Client(release, catalogue, connection, buffer, Options{}) {}

  // Takes over the Sentry's end of the socket pair, agrees on a version and opens the channels.
  std::int64_t start(go::G& g, std::int32_t fd);
  std::int64_t close(go::G& g) { return socket_.close(g); }

  Attached attach(go::G& g, std::string_view name = "/");
  Walked walk(go::G& g, p9::Fid from, std::vector<std::string> names = {});
  Walked walk_get_attr(go::G& g, p9::Fid from, std::vector<std::string> names);
  Opened open(go::G& g, p9::Fid fid, p9::OpenFlags flags);
  // `directory` becomes the new file, opened.
  Opened create(go::G& g, p9::Fid directory, std::string_view name, p9::OpenFlags flags,
                std::uint32_t permissions, std::uint32_t uid, std::uint32_t gid);
  // Frees the fid, except after an error, when it is lost.
  std::int64_t clunk(go::G& g, p9::Fid fid);
  std::int64_t remove(go::G& g, p9::Fid fid);
  std::int64_t flush(go::G& g, p9::Fid fid);  // Tflushf

  Attributes get_attr(go::G& g, p9::Fid fid, p9::AttrMask mask = p9::AttrMask::all);
  std::int64_t set_attr(go::G& g, p9::Fid fid, p9::SetAttrMask valid, const p9::SetAttr& attr);
  FileSystem stat_fs(go::G& g, p9::Fid fid);
  std::int64_t get_xattr(go::G& g, p9::Fid fid, std::string_view name, std::uint64_t size);  // from version 8
  std::int64_t allocate(go::G& g, p9::Fid fid, std::uint32_t mode, std::uint64_t offset,
                        std::uint64_t length);  // from version 7

  // Bytes moved, in messages of at most payload_size(), or a negative errno.
  std::int64_t read(go::G& g, p9::Fid fid, std::uint64_t offset, std::uint64_t length);
  std::int64_t write(go::G& g, p9::Fid fid, std::uint64_t offset, std::uint64_t length);
  std::int64_t fsync(go::G& g, p9::Fid fid);

  // Entries from `offset` on, in `count` bytes.
  Listing read_directory(go::G& g, p9::Fid directory, std::uint64_t offset, std::uint32_t count);
  LinkTarget read_link(go::G& g, p9::Fid fid);
  Made mkdir(go::G& g, p9::Fid directory, std::string_view name, std::uint32_t permissions, std::uint32_t uid,
             std::uint32_t gid);
  Made symlink(go::G& g, p9::Fid directory, std::string_view target, std::string_view name, std::uint32_t uid,
               std::uint32_t gid);
  Made mknod(go::G& g, p9::Fid directory, std::string_view name, std::uint32_t permissions,
             std::uint32_t major, std::uint32_t minor, std::uint32_t uid, std::uint32_t gid);
  std::int64_t link(go::G& g, p9::Fid directory, p9::Fid target, std::string_view name);
  std::int64_t rename(go::G& g, p9::Fid fid, p9::Fid directory, std::string_view name);
  std::int64_t rename_at(go::G& g, p9::Fid from, std::string_view name, p9::Fid to,
                         std::string_view new_name);
  std::int64_t unlink_at(go::G& g, p9::Fid directory, std::string_view name, std::uint32_t flags);
  Opened connect(go::G& g, p9::Fid fid, std::uint32_t flags);  // a socket of the host

  // Any message; 0 or a negative errno.
  template <class T>
  std::int64_t rpc(go::G& g, const T& request, typename T::Reply& reply);

  [[nodiscard]] std::uint32_t version() const { return version_; }
  [[nodiscard]] std::uint32_t payload_size() const { return p9::payload_bytes(message_size_); }
  // Requests sent so far, by message type.
  [[nodiscard]] std::uint64_t sent(std::uint8_t type) const { return sent_[type]; }
  [[nodiscard]] std::uint64_t sent() const { return all_sent_; }

  std::function<void(const Exchange&)> on_exchange;  // called after each answer; takes no simulated time

 private:
  using Decoder = std::string (*)(std::span<const std::uint8_t>, std::uint64_t, void*, std::uint32_t&);
  // A request without its answer yet (type response).
  struct Pending {
    go::G* owner;
    std::uint8_t reply_type;
    Decoder decode;
    void* reply;
    bool takes_fd;
    bool done = false;       // its `done` channel holds a value
    bool waiting = false;    // blocked in the select of waitAndRecv
    bool has_token = false;  // was woken to receive
    std::int64_t error = 0;
    p9::Rlerror failure{};
    std::int32_t fd = -1;
    std::uint64_t request_bytes = 0, bytes = 0;
  };

  // A message window of shared memory, used by one caller at a time.
  struct Channel {
    Endpoint data;
    std::int32_t fds = -1;  // the socket for descriptors
    bool connected = false, active = false;
  };

  std::int64_t exchange(go::G& g, p9::Frame& request, std::uint32_t scalars, Pending& pending);
  std::int64_t exchange_by_socket(go::G& g, p9::Frame& request, std::uint32_t scalars, Pending& pending);
  std::int64_t exchange_by_channel(go::G& g, Channel& channel, const p9::Frame& request,
                                   std::uint32_t scalars, Pending& pending);
  std::int64_t open_channel(go::G& g, std::uint32_t id);
  void watch(go::G& g);
  std::string decode(const p9::Header& header, std::span<const std::uint8_t> body, std::uint64_t data,
                     Pending& pending, std::uint32_t& scalars);
  void wait_and_receive(go::G& g, Pending& pending);
  void receive_one(go::G& g);
  std::int64_t receive_answer(go::G& g, const p9::Header& header, std::vector<std::int32_t>& fds);
  void pass_token(go::G& g);
  void finish(go::G& g, p9::Tag tag, std::int64_t error);
  void close_all(go::G& g, std::span<const std::int32_t> fds);
  template <class T>
  void report(const T& request, std::uint64_t bytes, typename T::Reply& reply, const Pending& pending,
              sim::Time start, sim::Time end, std::int64_t error);

  Connection& connection_;
  Socket socket_;
  kernel::Address buffer_;
  std::uint32_t message_size_;
  std::uint32_t version_ = 0, newest_version_;
  Pool tags_{1, p9::kNoTag};
  Pool fids_{1, static_cast<std::uint32_t>(p9::kNoFid)};
  std::vector<Pending*> pending_;  // by tag
  go::Mutex send_lock_;
  bool receiving_ = false;              // the token of channel recvr is taken
  std::deque<Pending*> token_waiters_;  // in the order in which they came
  std::deque<Channel> channels_;
  std::vector<Channel*> free_channels_;  // the last is taken first
  int active_channels_ = 0;
  bool hung_up_ = false;
  go::G* watcher_ = nullptr;  // waits for the active channels to end
  bool watches_;              // the release has a goroutine that waits for the connection's end
  sim::PathId send_path_, receive_path_, channel_send_path_, channel_receive_path_;
  std::array<std::uint64_t, 256> sent_{};
  std::uint64_t all_sent_ = 0;
};

}  // namespace isosim::models::gofer

#include "models/gofer/client_rpc.h"
