// Handlers: version, attach, walks, clunk.
#include "kernel-model/fs/inode.h"
#include "models/gofer/server/handler_call.h"

namespace isosim::models::gofer {

using namespace p9;

Message Server::handle(Call& call, const Tversion& t) {
  call.g.charge(paths_.version);
  const ReleaseFacts& release = facts(point_.release);
  const auto wanted = parse_version(t.version);
  if (t.message_size == 0 || t.message_size > release.p9_server_msize || !wanted)
    return failure(-kernel::EINVAL_);
  message_size_ = t.message_size;
  if (*wanted > release.p9_version) return failure(-kernel::EAGAIN_);
  return Rversion{t.message_size, t.version};
}

Message Server::handle(Call& call, const Tflush& t) {
  call.g.charge(paths_.flush);
  if (wait_tag) wait_tag(call.g, t.old_tag);
  return Rflush{};
}

Message Server::handle(Call& call, const Tchannel& t) {
  return open_channel ? open_channel(call.g, t) : failure(-kernel::ENOSYS_);
}

Message Server::handle(Call& call, const Tattach& t) {
  call.g.charge(paths_.attach);
  if (t.auth_fid != kNoFid) return failure(-kernel::EINVAL_);
  LocalFile file;
  if (const std::int64_t error = LocalFile::attach(call.host, point_, file)) return failure(error);
  kernel::FileStatus status;
  if (const std::int64_t error = file.get_attr(call.host, status))
    return file.close(call.host), failure(error);
  FidRef& root = tree_.make(nullptr, {}, tree_.root());
  root.file = file;
  root.type = status.mode & kernel::file_mode::type;
  std::vector<std::string> names;
  std::string_view rest = t.attach_name;
  if (rest.starts_with('/')) rest.remove_prefix(1);
  while (!rest.empty()) {
    const std::size_t slash = rest.find('/');
    names.emplace_back(rest.substr(0, slash));
    rest = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash + 1);
  }
  WalkResult walked;
  const std::int64_t error = names.empty() ? 0 : walk(call, root, names, false, walked);
  if (error == 0) insert(call, t.fid, walked.ref ? *walked.ref : root);
  if (walked.ref) tree_.drop(call.host, walked.ref);
  tree_.drop(call.host, &root);
  return error != 0 ? failure(error) : Rattach{point_.qid(status)};
}

std::int64_t Server::clone(Call& call, FidRef& from, bool attributes, WalkResult& out) {
  call.g.charge(paths_.walk);
  return safely_read(call, from.parent ? *from.parent : from, [&]() -> std::int64_t {
    LocalFile file;
    if (const std::int64_t error = from.file.clone(call.host, file, out.status)) return error;
    if (attributes)
      if (const std::int64_t error = file.get_attr(call.host, out.status))
        return file.close(call.host), error;
    if (from.parent) ++from.parent->references;
    out.ref = &tree_.make(from.parent, from.deleted ? std::string() : from.name, from.node);
    out.ref->file = file;
    out.ref->type = from.type;
    out.ref->deleted = from.deleted;
    return 0;
  });
}

// From `at`, to which the caller has a reference, to the file of the name, to which it then has one instead.
std::int64_t Server::walk_one(Call& call, FidRef*& at, const std::string& name, WalkResult& out) {
  if (!at->is_directory()) return -kernel::EINVAL_;
  call.g.charge(paths_.walk_name);
  return safely_read(call, *at, [&]() -> std::int64_t {
    LocalFile file;
    if (const std::int64_t error = at->file.walk(call.host, name, file, out.status)) return error;
    // The type is needed, so that a plain Twalk asks for attributes, too.
    if (const std::int64_t error = file.get_attr(call.host, out.status)) return file.close(call.host), error;
    FidRef& made = tree_.make(at, name, at->node->node_for(name));
    made.file = file;
    made.type = out.status.mode & kernel::file_mode::type;
    out.qids.push_back(point_.qid(out.status));
    at = &made;
    return 0;
  });
}

std::int64_t Server::walk(Call& call, FidRef& from, std::span<const std::string> names, bool attributes,
                          WalkResult& out) {
  for (const std::string& name : names)
    if (!safe_name(name)) return -kernel::EINVAL_;
  if (from.opened) return -kernel::EBUSY_;
  if (names.empty()) return clone(call, from, attributes, out);
  FidRef* at = &from;
  ++at->references;
  for (const std::string& name : names) {
    if (const std::int64_t error = walk_one(call, at, name, out)) {
      tree_.drop(call.host, at);
      return error;
    }
  }
  out.ref = at;
  return 0;
}

Message Server::handle(Call& call, const Twalk& t) {
  return with(call, t.fid, [&](FidRef& ref) -> Message {
    WalkResult result;
    if (const std::int64_t error = walk(call, ref, t.names, false, result)) return failure(error);
    insert(call, t.new_fid, *result.ref);
    tree_.drop(call.host, result.ref);
    return Rwalk{std::move(result.qids)};
  });
}

Message Server::handle(Call& call, const Twalkgetattr& t) {
  call.g.charge(paths_.walkgetattr);
  return with(call, t.fid, [&](FidRef& ref) -> Message {
    WalkResult result;
    if (const std::int64_t error = walk(call, ref, t.names, true, result)) return failure(error);
    insert(call, t.new_fid, *result.ref);
    tree_.drop(call.host, result.ref);
    return Rwalkgetattr{kServedAttributes, attr_of(result.status), std::move(result.qids)};
  });
}

Message Server::handle(Call& call, const Tclunk& t) {
  call.g.charge(paths_.clunk);
  return erase(call, t.fid) ? Message(Rclunk{}) : failure(-kernel::EBADF_);
}

// The fid goes even if the file stays.
Message Server::handle(Call& call, const Tremove& t) {
  call.g.charge(paths_.remove);
  return with(call, t.fid, [&](FidRef& ref) -> Message {
    const std::int64_t error = safely_global(call, [&]() -> std::int64_t {
      if (!ref.parent || ref.deleted) return -kernel::EINVAL_;
      const std::string name = ref.name;
      if (const std::int64_t e = ref.parent->file.unlink_at(call.host, name, 0)) return e;
      tree_.mark_child_deleted(*ref.parent, name);
      return 0;
    });
    if (!erase(call, t.fid)) return failure(-kernel::EBADF_);
    return error != 0 ? failure(error) : Rremove{};
  });
}

}  // namespace isosim::models::gofer
