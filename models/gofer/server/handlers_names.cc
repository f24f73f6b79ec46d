// Handlers: directories and their names.
#include "models/gofer/server/handler_call.h"

namespace isosim::models::gofer {

using namespace p9;

Message Server::handle(Call& call, const Treaddir& t) {
  return with(call, t.directory, [&](FidRef& ref) -> Message {
    Rreaddir reply;
    const std::int64_t error = safely_read(call, ref, [&]() -> std::int64_t {
      if (ref.deleted || !ref.is_directory() || !ref.opened) return -kernel::EINVAL_;
      return ref.file.read_directory(call.host, t.offset, t.count, reply.entries.list);
    });
    call.g.charge(paths_.readdir, reply.entries.list.size());
    reply.entries.limit = t.count;
    return error != 0 ? failure(error) : reply;
  });
}

template <class Reply>
Message Server::mkdir(Call& call, const Tmkdir& t, std::uint32_t uid) {
  call.g.charge(paths_.umkdir);
  return change_names(call, t.directory, t.name, [&](FidRef& directory, Message& out) {
    Reply reply;
    const std::int64_t error = directory.file.mkdir(call.host, t.name, t.permissions, uid, t.gid, reply.qid);
    out = reply;
    return error;
  });
}

Message Server::handle(Call& call, const Tmkdir& t) { return mkdir<Rmkdir>(call, t, kNoId); }
Message Server::handle(Call& call, const Tumkdir& t) { return mkdir<Rumkdir>(call, t, t.uid); }

template <class Reply>
Message Server::symlink(Call& call, const Tsymlink& t, std::uint32_t uid) {
  call.g.charge(paths_.usymlink);
  return change_names(call, t.directory, t.name, [&](FidRef& directory, Message& out) {
    Reply reply;
    const std::int64_t error = directory.file.symlink(call.host, t.target, t.name, uid, t.gid, reply.qid);
    out = reply;
    return error;
  });
}

Message Server::handle(Call& call, const Tsymlink& t) { return symlink<Rsymlink>(call, t, kNoId); }
Message Server::handle(Call& call, const Tusymlink& t) { return symlink<Rusymlink>(call, t, t.uid); }

// fsgofer makes no special files.
Message Server::mknod(Call& call, const Tmknod& t) {
  call.g.charge(paths_.umknod);
  return change_names(call, t.directory, t.name,
                      [](FidRef&, Message&) -> std::int64_t { return -kernel::ENOSYS_; });
}

Message Server::handle(Call& call, const Tmknod& t) { return mknod(call, t); }
Message Server::handle(Call& call, const Tumknod& t) { return mknod(call, t); }

Message Server::handle(Call& call, const Tlink& t) {
  call.g.charge(paths_.link);
  return change_names(call, t.directory, t.name, [&](FidRef& directory, Message& out) -> std::int64_t {
    out = Rlink{};
    FidRef* const target = find(t.target);
    if (!target) return -kernel::EBADF_;
    const std::int64_t error = directory.file.link(call.host, target->file, t.name);
    tree_.drop(call.host, target);
    return error;
  });
}

Message Server::handle(Call& call, const Tunlinkat& t) {
  call.g.charge(paths_.unlinkat);
  return change_names(call, t.directory, t.name, [&](FidRef& directory, Message& out) -> std::int64_t {
    out = Runlinkat{};
    // Nothing may be under way on the file itself, so that its removal and its mark are one step.
    const std::shared_ptr<PathNode> child = directory.node->node_for(t.name);
    child->lock.lock(call.g);
    const std::int64_t error = directory.file.unlink_at(call.host, t.name, t.flags);
    if (error == 0) tree_.mark_child_deleted(directory, t.name);
    child->lock.unlock(call.g);
    return error;
  });
}

Message Server::handle(Call& call, const Trenameat& t) {
  call.g.charge(paths_.renameat);
  if (!safe_name(t.old_name) || !safe_name(t.new_name)) return failure(-kernel::EINVAL_);
  return with(call, t.old_directory, [&](FidRef& from) {
    return with(call, t.new_directory, [&](FidRef& to) -> Message {
      const std::int64_t error = safely_global(call, [&]() -> std::int64_t {
        if (from.deleted || !from.is_directory() || to.deleted || !to.is_directory() || from.opened)
          return -kernel::EINVAL_;
        if (from.node == to.node && t.old_name == t.new_name) return 0;
        if (const std::int64_t e = from.file.rename_at(call.host, t.old_name, to.file, t.new_name)) return e;
        tree_.rename_child(call.host, from, t.old_name, to, t.new_name);
        return 0;
      });
      return error != 0 ? failure(error) : Rrenameat{};
    });
  });
}

Message Server::handle(Call& call, const Trename& t) {
  call.g.charge(paths_.rename);
  if (!safe_name(t.name)) return failure(-kernel::EINVAL_);
  return with(call, t.fid, [&](FidRef& ref) {
    return with(call, t.directory, [&](FidRef& to) -> Message {
      const std::int64_t error = safely_global(call, [&]() -> std::int64_t {
        if (!ref.parent || ref.deleted || to.deleted || !to.is_directory()) return -kernel::EINVAL_;
        FidRef& from = *ref.parent;
        const std::string name = ref.name;
        if (from.node == to.node && name == t.name) return 0;
        if (const std::int64_t e = from.file.rename_at(call.host, name, to.file, t.name)) return e;
        tree_.rename_child(call.host, from, name, to, t.name);
        return 0;
      });
      return error != 0 ? failure(error) : Rrename{};
    });
  });
}

}  // namespace isosim::models::gofer
