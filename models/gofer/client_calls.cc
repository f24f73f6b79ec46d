// One method a message (pkg/p9/client_file.go).
#include "kernel-model/abi/errno.h"
#include "models/gofer/client.h"

namespace isosim::models::gofer {

using namespace p9;

namespace {

std::string owned(std::string_view text) { return std::string(text); }

}  // namespace

Attached Client::attach(go::G& g, std::string_view name) {
  const auto fid = fids_.get();
  if (!fid) return {.error = -kernel::EIO_};
  Attached out;
  Rattach reply;
  out.error = rpc(g, Tattach{Fid{*fid}, kNoFid, "", owned(name), kNoId}, reply);
  if (out.error != 0)
    fids_.put(*fid);
  else
    out.fid = Fid{*fid}, out.qid = reply.qid;
  return out;
}

Walked Client::walk(go::G& g, Fid from, std::vector<std::string> names) {
  const auto fid = fids_.get();
  if (!fid) return {.error = -kernel::EIO_};
  Walked out;
  Rwalk reply;
  out.error = rpc(g, Twalk{from, Fid{*fid}, std::move(names)}, reply);
  if (out.error != 0)
    fids_.put(*fid);
  else
    out.fid = Fid{*fid}, out.qids = std::move(reply.qids);
  return out;
}

Walked Client::walk_get_attr(go::G& g, Fid from, std::vector<std::string> names) {
  const auto fid = fids_.get();
  if (!fid) return {.error = -kernel::EIO_};
  Walked out;
  Rwalkgetattr reply;
  out.error = rpc(g, Twalkgetattr{from, Fid{*fid}, std::move(names)}, reply);
  if (out.error != 0) {
    fids_.put(*fid);
  } else {
    out.fid = Fid{*fid};
    out.qids = std::move(reply.qids);
    out.valid = reply.valid;
    out.attr = reply.attr;
  }
  return out;
}

Opened Client::open(go::G& g, Fid fid, OpenFlags flags) {
  Rlopen reply;
  const std::int64_t error = rpc(g, Tlopen{fid, flags}, reply);
  return {error, reply.qid, reply.fd};
}

Opened Client::create(go::G& g, Fid directory, std::string_view name, OpenFlags flags,
                      std::uint32_t permissions, std::uint32_t uid, std::uint32_t gid) {
  Tucreate request;
  request.fid = directory;
  request.name = name;
  request.flags = flags;
  request.permissions = permissions;
  request.gid = gid;
  request.uid = uid;
  Rucreate reply;
  const std::int64_t error = rpc(g, request, reply);
  return {error, reply.qid, reply.fd};
}

std::int64_t Client::clunk(go::G& g, Fid fid) {
  Rclunk reply;
  const std::int64_t error = rpc(g, Tclunk{fid}, reply);
  if (error == 0) fids_.put(static_cast<std::uint32_t>(fid));
  return error;
}

std::int64_t Client::remove(go::G& g, Fid fid) {
  Rremove reply;
  const std::int64_t error = rpc(g, Tremove{fid}, reply);
  if (error == 0) fids_.put(static_cast<std::uint32_t>(fid));
  return error;
}

std::int64_t Client::flush(go::G& g, Fid fid) {
  Rflushf reply;
  return rpc(g, Tflushf{fid}, reply);
}

Attributes Client::get_attr(go::G& g, Fid fid, AttrMask mask) {
  Rgetattr reply;
  const std::int64_t error = rpc(g, Tgetattr{fid, mask}, reply);
  return {error, reply.qid, reply.valid, reply.attr};
}

std::int64_t Client::set_attr(go::G& g, Fid fid, SetAttrMask valid, const SetAttr& attr) {
  Rsetattr reply;
  return rpc(g, Tsetattr{fid, valid, attr}, reply);
}

FileSystem Client::stat_fs(go::G& g, Fid fid) {
  Rstatfs reply;
  const std::int64_t error = rpc(g, Tstatfs{fid}, reply);
  return {error, reply.status};
}

std::int64_t Client::get_xattr(go::G& g, Fid fid, std::string_view name, std::uint64_t size) {
  constexpr std::uint32_t kSince = 10;
  if (version_ < kSince) return -kernel::EOPNOTSUPP_;
  Rgetxattr reply;
  const std::int64_t error = rpc(g, Tgetxattr{fid, owned(name), size}, reply);
  return error != 0 ? error : static_cast<std::int64_t>(reply.value.size());
}

std::int64_t Client::allocate(go::G& g, Fid fid, std::uint32_t mode, std::uint64_t offset,
                              std::uint64_t length) {
  constexpr std::uint32_t kSince = 7;
  if (version_ < kSince) return -kernel::EOPNOTSUPP_;
  Rallocate reply;
  return rpc(g, Tallocate{fid, mode, offset, length}, reply);
}

// chunk(): full payloads until one comes back short.
std::int64_t Client::read(go::G& g, Fid fid, std::uint64_t offset, std::uint64_t length) {
  std::uint64_t total = 0;
  do {
    const auto count = static_cast<std::uint32_t>(std::min<std::uint64_t>(length - total, payload_size()));
    Rread reply;
    if (const std::int64_t error = rpc(g, Tread{fid, offset + total, count}, reply))
      return total > 0 ? static_cast<std::int64_t>(total) : error;
    total += reply.data.length;
    if (reply.data.length < payload_size()) break;
  } while (total < length);
  return static_cast<std::int64_t>(total);
}

std::int64_t Client::write(go::G& g, Fid fid, std::uint64_t offset, std::uint64_t length) {
  std::uint64_t total = 0;
  do {
    const auto count = static_cast<std::uint32_t>(std::min<std::uint64_t>(length - total, payload_size()));
    Rwrite reply;
    if (const std::int64_t error = rpc(g, Twrite{fid, offset + total, Data{count}}, reply))
      return total > 0 ? static_cast<std::int64_t>(total) : error;
    total += reply.count;
    if (reply.count < payload_size()) break;
  } while (total < length);
  return static_cast<std::int64_t>(total);
}

std::int64_t Client::fsync(go::G& g, Fid fid) {
  Rfsync reply;
  return rpc(g, Tfsync{fid}, reply);
}

Listing Client::read_directory(go::G& g, Fid directory, std::uint64_t offset, std::uint32_t count) {
  Rreaddir reply;
  const std::int64_t error = rpc(g, Treaddir{directory, offset, count}, reply);
  return {error, std::move(reply.entries.list)};
}

LinkTarget Client::read_link(go::G& g, Fid fid) {
  Rreadlink reply;
  const std::int64_t error = rpc(g, Treadlink{fid}, reply);
  return {error, std::move(reply.target)};
}

Made Client::mkdir(go::G& g, Fid directory, std::string_view name, std::uint32_t permissions,
                   std::uint32_t uid, std::uint32_t gid) {
  Tumkdir request;
  request.directory = directory;
  request.name = name;
  request.permissions = permissions;
  request.gid = gid;
  request.uid = uid;
  Rumkdir reply;
  const std::int64_t error = rpc(g, request, reply);
  return {error, reply.qid};
}

Made Client::symlink(go::G& g, Fid directory, std::string_view target, std::string_view name,
                     std::uint32_t uid, std::uint32_t gid) {
  Tusymlink request;
  request.directory = directory;
  request.name = name;
  request.target = target;
  request.gid = gid;
  request.uid = uid;
  Rusymlink reply;
  const std::int64_t error = rpc(g, request, reply);
  return {error, reply.qid};
}

Made Client::mknod(go::G& g, Fid directory, std::string_view name, std::uint32_t permissions,
                   std::uint32_t major, std::uint32_t minor, std::uint32_t uid, std::uint32_t gid) {
  Tumknod request;
  request.directory = directory;
  request.name = name;
  request.permissions = permissions;
  request.major = major;
  request.minor = minor;
  request.gid = gid;
  request.uid = uid;
  Rumknod reply;
  const std::int64_t error = rpc(g, request, reply);
  return {error, reply.qid};
}

std::int64_t Client::link(go::G& g, Fid directory, Fid target, std::string_view name) {
  Rlink reply;
  return rpc(g, Tlink{directory, target, owned(name)}, reply);
}

std::int64_t Client::rename(go::G& g, Fid fid, Fid directory, std::string_view name) {
  Rrename reply;
  return rpc(g, Trename{fid, directory, owned(name)}, reply);
}

std::int64_t Client::rename_at(go::G& g, Fid from, std::string_view name, Fid to, std::string_view new_name) {
  Rrenameat reply;
  return rpc(g, Trenameat{from, owned(name), to, owned(new_name)}, reply);
}

std::int64_t Client::unlink_at(go::G& g, Fid directory, std::string_view name, std::uint32_t flags) {
  Runlinkat reply;
  return rpc(g, Tunlinkat{directory, owned(name), flags}, reply);
}

Opened Client::connect(go::G& g, Fid fid, std::uint32_t flags) {
  Rlconnect reply;
  const std::int64_t error = rpc(g, Tlconnect{fid, flags}, reply);
  return {error, {}, reply.fd};
}

}  // namespace isosim::models::gofer
