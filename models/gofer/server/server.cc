#include "models/gofer/server/server.h"

#include "models/gofer/server/handler_call.h"

namespace isosim::models::gofer {

p9::Message Server::handle(go::G& g, const p9::Message& request) {
  Call call{g, HostFiles(g, memory_)};
  return std::visit(
      [&](const auto& t) -> p9::Message {
        if constexpr (requires { handle(call, t); })
          return handle(call, t);
        else
          return failure(-kernel::ENOSYS_);
      },
      request);
}

void Server::stop(go::G& g) {
  Call call{g, HostFiles(g, memory_)};
  std::map<p9::Fid, FidRef*> all;
  all.swap(fids_);
  for (const auto& [_, ref] : all) tree_.drop(call.host, ref);
}

p9::Message Server::failure(std::int64_t error) { return p9::Rlerror{static_cast<std::uint32_t>(-error)}; }

FidRef* Server::find(p9::Fid fid) {
  const auto found = fids_.find(fid);
  if (found == fids_.end()) return nullptr;
  ++found->second->references;
  return found->second;
}

void Server::insert(Call& call, p9::Fid fid, FidRef& ref) {
  ++ref.references;
  FidRef* const old = std::exchange(fids_[fid], &ref);
  if (old) tree_.drop(call.host, old);
}

bool Server::erase(Call& call, p9::Fid fid) {
  const auto found = fids_.find(fid);
  if (found == fids_.end()) return false;
  FidRef* const ref = found->second;
  fids_.erase(found);
  tree_.drop(call.host, ref);
  return true;
}

p9::Attr attr_of(const kernel::FileStatus& status) {
  const auto time = [](sim::Time t) {
    const auto nanoseconds = static_cast<std::uint64_t>(t.ps / 1000);
    return p9::FileTime{nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000};
  };
  p9::Attr attr;
  attr.mode = status.mode;
  attr.uid = status.uid;
  attr.gid = status.gid;
  attr.nlink = status.links;
  attr.rdev = status.rdev;
  attr.size = status.size;
  attr.block_size = 4096;
  attr.blocks = status.blocks;
  attr.atime = time(status.atime);
  attr.mtime = time(status.mtime);
  attr.ctime = time(status.ctime);
  return attr;
}

}  // namespace isosim::models::gofer
