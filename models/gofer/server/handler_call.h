// What the handlers of Server share.
#pragma once

#include "kernel-model/abi/errno.h"
#include "models/gofer/server/server.h"

namespace isosim::models::gofer {

struct Server::Call {
  go::G& g;
  HostFiles host;
};

template <class Work>
std::int64_t Server::safely_read(Call& call, FidRef& ref, Work work) {
  const std::shared_ptr<PathNode> node = ref.node;
  rename_lock_.read_lock(call.g);
  node->lock.read_lock(call.g);
  const std::int64_t result = work();
  node->lock.read_unlock(call.g);
  rename_lock_.read_unlock(call.g);
  return result;
}

template <class Work>
std::int64_t Server::safely_write(Call& call, FidRef& ref, Work work) {
  const std::shared_ptr<PathNode> node = ref.node;
  rename_lock_.read_lock(call.g);
  node->lock.lock(call.g);
  const std::int64_t result = work();
  node->lock.unlock(call.g);
  rename_lock_.read_unlock(call.g);
  return result;
}

template <class Work>
std::int64_t Server::safely_global(Call& call, Work work) {
  rename_lock_.lock(call.g);
  const std::int64_t result = work();
  rename_lock_.unlock(call.g);
  return result;
}

template <class Work>
p9::Message Server::with(Call& call, p9::Fid fid, Work work) {
  FidRef* const ref = find(fid);
  if (!ref) return failure(-kernel::EBADF_);
  p9::Message reply = work(*ref);
  tree_.drop(call.host, ref);
  return reply;
}

// Nothing with a slash, and neither "." nor "..".
inline bool safe_name(std::string_view name) {
  return !name.empty() && name.find('/') == std::string_view::npos && name != "." && name != "..";
}

template <class Work>
p9::Message Server::change_names(Call& call, p9::Fid directory, const std::string& name, Work work) {
  if (!safe_name(name)) return failure(-kernel::EINVAL_);
  return with(call, directory, [&](FidRef& ref) -> p9::Message {
    p9::Message reply;
    const std::int64_t error = safely_write(call, ref, [&]() -> std::int64_t {
      if (ref.deleted || !ref.is_directory() || ref.opened) return -kernel::EINVAL_;
      return work(ref, reply);
    });
    return error != 0 ? failure(error) : reply;
  });
}

p9::Attr attr_of(const kernel::FileStatus& status);

}  // namespace isosim::models::gofer
