// The 9P server of one mount (pkg/p9/server.go, handlers.go) over fsgofer's files.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>

#include "models/gofer/costs.h"
#include "models/gofer/p9/message.h"
#include "models/gofer/server/fid_ref.h"

namespace isosim::models::gofer {

class Server {
 public:
  Server(const sim::Catalogue& catalogue, AttachPoint& point, const GoferMemory& memory)
      : paths_(catalogue), point_(point), memory_(memory) {}

  // The answer to `request`, after its host calls and its Go code. A descriptor in it is sent along and then
  // closed.
  p9::Message handle(go::G& g, const p9::Message& request);
  // The connection is gone: lets every fid go.
  void stop(go::G& g);

  [[nodiscard]] std::uint32_t message_size() const { return message_size_; }  // agreed on; 0: not yet
  [[nodiscard]] std::size_t fids() const { return fids_.size(); }
  // Files that are kept open: those of fids and of the directories that they were walked through.
  [[nodiscard]] std::size_t files() const { return tree_.live(); }

  std::function<void(go::G&, p9::Tag)> wait_tag;  // until no request with the tag is handled
  std::function<p9::Message(go::G&, const p9::Tchannel&)> open_channel;

 private:
  struct Call;  // what a handler works with
  struct WalkResult {
    FidRef* ref = nullptr;  // with a reference
    std::vector<p9::Qid> qids;
    kernel::FileStatus status;
  };

  p9::Message handle(Call& call, const p9::Tversion& t);
  p9::Message handle(Call& call, const p9::Tflush& t);
  p9::Message handle(Call& call, const p9::Tchannel& t);
  p9::Message handle(Call& call, const p9::Tattach& t);
  p9::Message handle(Call& call, const p9::Twalk& t);
  p9::Message handle(Call& call, const p9::Twalkgetattr& t);
  p9::Message handle(Call& call, const p9::Tclunk& t);
  p9::Message handle(Call& call, const p9::Tremove& t);
  p9::Message handle(Call& call, const p9::Tlopen& t);
  p9::Message handle(Call& call, const p9::Tlcreate& t);
  p9::Message handle(Call& call, const p9::Tucreate& t);
  p9::Message handle(Call& call, const p9::Tread& t);
  p9::Message handle(Call& call, const p9::Twrite& t);
  p9::Message handle(Call& call, const p9::Tfsync& t);
  p9::Message handle(Call& call, const p9::Tflushf& t);
  p9::Message handle(Call& call, const p9::Tallocate& t);
  p9::Message handle(Call& call, const p9::Tgetattr& t);
  p9::Message handle(Call& call, const p9::Tsetattr& t);
  p9::Message handle(Call& call, const p9::Tstatfs& t);
  p9::Message handle(Call& call, const p9::Treadlink& t);
  p9::Message handle(Call& call, const p9::Treaddir& t);
  p9::Message handle(Call& call, const p9::Txattrwalk& t);
  p9::Message handle(Call& call, const p9::Txattrcreate& t);
  p9::Message handle(Call& call, const p9::Tgetxattr& t);
  p9::Message handle(Call& call, const p9::Tsetxattr& t);
  p9::Message handle(Call& call, const p9::Tmkdir& t);
  p9::Message handle(Call& call, const p9::Tumkdir& t);
  p9::Message handle(Call& call, const p9::Tsymlink& t);
  p9::Message handle(Call& call, const p9::Tusymlink& t);
  p9::Message handle(Call& call, const p9::Tmknod& t);
  p9::Message handle(Call& call, const p9::Tumknod& t);
  p9::Message handle(Call& call, const p9::Tlink& t);
  p9::Message handle(Call& call, const p9::Trename& t);
  p9::Message handle(Call& call, const p9::Trenameat& t);
  p9::Message handle(Call& call, const p9::Tunlinkat& t);
  p9::Message handle(Call& call, const p9::Tlconnect& t);

  // All lock as pkg/p9's method of the name does and return what `work` returns.
  template <class Work>
  std::int64_t safely_read(Call& call, FidRef& ref, Work work);
  template <class Work>
  std::int64_t safely_write(Call& call, FidRef& ref, Work work);
  template <class Work>
  std::int64_t safely_global(Call& call, Work work);

  std::int64_t walk(Call& call, FidRef& from, std::span<const std::string> names, bool attributes,
                    WalkResult& out);
  std::int64_t clone(Call& call, FidRef& from, bool attributes, WalkResult& out);
  std::int64_t walk_one(Call& call, FidRef*& at, const std::string& name, WalkResult& out);
  template <class Reply>
  p9::Message create(Call& call, const p9::Tlcreate& t, std::uint32_t uid);
  template <class Reply>
  p9::Message mkdir(Call& call, const p9::Tmkdir& t, std::uint32_t uid);
  template <class Reply>
  p9::Message symlink(Call& call, const p9::Tsymlink& t, std::uint32_t uid);
  p9::Message mknod(Call& call, const p9::Tmknod& t);
  // `work(FidRef&)` with what the fid stands for, or EBADF.
  template <class Work>
  p9::Message with(Call& call, p9::Fid fid, Work work);
  // A change of names in a directory: `work(FidRef& directory, p9::Message& reply)`.
  template <class Work>
  p9::Message change_names(Call& call, p9::Fid directory, const std::string& name, Work work);

  static p9::Message failure(std::int64_t error);
  FidRef* find(p9::Fid fid);  // with a reference; null: none
  void insert(Call& call, p9::Fid fid, FidRef& ref);
  bool erase(Call& call, p9::Fid fid);

  ServerPaths paths_;
  AttachPoint& point_;
  const GoferMemory& memory_;
  std::uint32_t message_size_ = 0;
  go::RwMutex rename_lock_;
  PathTree tree_;
  std::map<p9::Fid, FidRef*> fids_;
};

}  // namespace isosim::models::gofer
