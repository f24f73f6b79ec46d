// Handlers: open, create, contents, attributes.
#include "kernel-model/fs/inode.h"
#include "models/gofer/server/handler_call.h"

namespace isosim::models::gofer {

using namespace p9;

namespace {

constexpr std::uint32_t kMostBytes = 4u << 20;  // maximumLength of transport.go

std::uint32_t raw(OpenFlags flags) { return static_cast<std::uint32_t>(flags); }
OpenFlags access(const FidRef& ref) { return static_cast<OpenFlags>(raw(ref.open_flags) & kOpenModeMask); }

bool can_open(std::uint32_t type) {
  namespace fm = kernel::file_mode;
  return type != fm::symlink && type != fm::socket;
}

}  // namespace

Message Server::handle(Call& call, const Tlopen& t) {
  call.g.charge(paths_.lopen);
  if (t.flags != OpenFlags::read_only) call.g.charge(paths_.lopen_reopen);
  return with(call, t.fid, [&](FidRef& ref) -> Message {
    const std::uint32_t truncate = facts(point_.release).p9_version >= 9 ? kOpenTruncate : 0;
    const std::uint32_t flags = raw(t.flags) & ~kOpenIgnoredMask;
    if (ref.opened || !can_open(ref.type) || (flags & ~(kOpenModeMask | truncate)) ||
        (ref.is_directory() && flags != 0))
      return failure(-kernel::EINVAL_);
    Rlopen reply;
    const std::int64_t error = safely_read(call, ref, [&]() -> std::int64_t {
      if (ref.deleted) return -kernel::EINVAL_;
      return ref.file.open(call.host, t.flags, reply.qid, reply.fd);
    });
    if (error != 0) return failure(error);
    ref.opened = true;
    ref.open_flags = t.flags;
    return reply;
  });
}

template <class Reply>
Message Server::create(Call& call, const Tlcreate& t, std::uint32_t uid) {
  call.g.charge(paths_.ucreate);
  FidRef* made = nullptr;
  Message answer = change_names(call, t.fid, t.name, [&](FidRef& directory, Message& out) {
    Reply reply;
    LocalFile file;
    const std::int64_t error = directory.file.create(call.host, t.name, t.flags, t.permissions, uid, t.gid,
                                                     file, reply.qid, reply.fd);
    if (error != 0) return error;
    ++directory.references;
    made = &tree_.make(&directory, t.name, directory.node->node_for(t.name));
    made->file = file;
    made->opened = true;
    made->open_flags = t.flags;
    made->type = kernel::file_mode::regular;
    out = reply;
    return error;
  });
  if (!made) return answer;
  insert(call, t.fid, *made);  // the fid becomes the file
  tree_.drop(call.host, made);
  return answer;
}

Message Server::handle(Call& call, const Tlcreate& t) { return create<Rlcreate>(call, t, kNoId); }
Message Server::handle(Call& call, const Tucreate& t) { return create<Rucreate>(call, t, t.uid); }

Message Server::handle(Call& call, const Tread& t) {
  call.g.charge(paths_.read);
  return with(call, t.fid, [&](FidRef& ref) -> Message {
    if (t.count > kMostBytes) return failure(-kernel::ENOBUFS_);
    const std::int64_t result = safely_read(call, ref, [&]() -> std::int64_t {
      if (!ref.opened) return -kernel::EINVAL_;
      if (access(ref) == OpenFlags::write_only) return -kernel::EPERM_;
      return ref.file.read(call.host, t.offset, t.count);
    });
    return result < 0 ? failure(result) : Rread{Data{static_cast<std::uint32_t>(result)}};
  });
}

Message Server::handle(Call& call, const Twrite& t) {
  call.g.charge(paths_.write);
  return with(call, t.fid, [&](FidRef& ref) -> Message {
    const std::int64_t result = safely_read(call, ref, [&]() -> std::int64_t {
      if (!ref.opened) return -kernel::EINVAL_;
      if (access(ref) == OpenFlags::read_only) return -kernel::EPERM_;
      return ref.file.write(call.host, t.offset, t.data.length);
    });
    return result < 0 ? failure(result) : Rwrite{static_cast<std::uint32_t>(result)};
  });
}

Message Server::handle(Call& call, const Tfsync& t) {
  call.g.charge(paths_.fsync);
  return with(call, t.fid, [&](FidRef& ref) -> Message {
    const std::int64_t error = safely_read(call, ref, [&]() -> std::int64_t {
      return ref.opened ? ref.file.fsync(call.host) : -kernel::EINVAL_;
    });
    return error != 0 ? failure(error) : Rfsync{};
  });
}

Message Server::handle(Call& call, const Tflushf& t) {
  call.g.charge(paths_.flushf);
  return with(call, t.fid, [&](FidRef& ref) -> Message {
    safely_read(call, ref, []() -> std::int64_t { return 0; });  // fsgofer has nothing to flush
    return Rflushf{};
  });
}

Message Server::handle(Call& call, const Tallocate& t) {
  call.g.charge(paths_.allocate);
  if (facts(point_.release).p9_version < 7) return failure(-kernel::ENOSYS_);
  return with(call, t.fid, [&](FidRef& ref) -> Message {
    const std::int64_t error = safely_write(call, ref, [&]() -> std::int64_t {
      if (!ref.opened) return -kernel::EINVAL_;
      if (access(ref) == OpenFlags::read_only) return -kernel::EBADF_;
      if (ref.deleted) return -kernel::EINVAL_;
      return ref.file.allocate(call.host, t.mode, t.offset, t.length);
    });
    return error != 0 ? failure(error) : Rallocate{};
  });
}

Message Server::handle(Call& call, const Tgetattr& t) {
  call.g.charge(paths_.getattr);
  return with(call, t.fid, [&](FidRef& ref) -> Message {
    kernel::FileStatus status;
    const std::int64_t error = safely_read(call, ref, [&] { return ref.file.get_attr(call.host, status); });
    return error != 0 ? failure(error) : Rgetattr{kServedAttributes, point_.qid(status), attr_of(status)};
  });
}

Message Server::handle(Call& call, const Tsetattr& t) {
  call.g.charge(paths_.setattr);
  return with(call, t.fid, [&](FidRef& ref) -> Message {
    const std::int64_t error = safely_write(call, ref, [&]() -> std::int64_t {
      return ref.deleted ? -kernel::EINVAL_ : ref.file.set_attr(call.host, t.valid, t.attr);
    });
    return error != 0 ? failure(error) : Rsetattr{};
  });
}

Message Server::handle(Call& call, const Tstatfs& t) {
  call.g.charge(paths_.statfs);
  return with(call, t.fid, [&](FidRef& ref) -> Message {
    Rstatfs reply;
    const std::int64_t error = ref.file.stat_fs(call.host, reply.status);
    return error != 0 ? failure(error) : reply;
  });
}

Message Server::handle(Call& call, const Treadlink& t) {
  call.g.charge(paths_.readlink);
  return with(call, t.fid, [&](FidRef& ref) -> Message {
    Rreadlink reply;
    const std::int64_t error = safely_read(call, ref, [&]() -> std::int64_t {
      if (ref.deleted || ref.type != kernel::file_mode::symlink) return -kernel::EINVAL_;
      return ref.file.read_link(call.host, reply.target);
    });
    return error != 0 ? failure(error) : reply;
  });
}

Message Server::handle(Call& call, const Txattrwalk& t) {
  call.g.charge(paths_.xattr);
  return with(call, t.fid, [](FidRef&) { return failure(-kernel::ENODATA_); });
}

Message Server::handle(Call& call, const Txattrcreate& t) {
  call.g.charge(paths_.xattr);
  return with(call, t.fid, [](FidRef&) { return failure(-kernel::ENOSYS_); });
}

Message Server::handle(Call& call, const Tgetxattr& t) {
  call.g.charge(paths_.xattr);
  return with(call, t.fid, [](FidRef&) { return failure(-kernel::EOPNOTSUPP_); });
}

Message Server::handle(Call& call, const Tsetxattr& t) {
  call.g.charge(paths_.xattr);
  return with(call, t.fid, [](FidRef&) { return failure(-kernel::EOPNOTSUPP_); });
}

// Sockets of the host are not for the sandbox.
Message Server::handle(Call& call, const Tlconnect& t) {
  call.g.charge(paths_.lconnect);
  return with(call, t.fid, [&](FidRef& ref) -> Message {
    return failure(ref.deleted || ref.type != kernel::file_mode::socket ? -kernel::EINVAL_
                                                                        : -kernel::ECONNREFUSED_);
  });
}

}  // namespace isosim::models::gofer
