#include "models/sentry/fs/gofer_inode.h"

#include "models/sentry/fs/gofer_calls.h"
#include "models/sentry/fs/gofer_fs.h"

namespace isosim::models {

using kernel::Address;
using p9::AttrMask;
using p9::SetAttrMask;

namespace {

// The kernel's clock starts with the simulation and holds 106 days.
sim::Time sentry_time(const p9::FileTime& time) {
  constexpr std::uint64_t kPsPerSecond = 1'000'000'000'000, kMostSeconds = 9'000'000;
  if (time.seconds > kMostSeconds) return {static_cast<std::int64_t>(kMostSeconds * kPsPerSecond)};
  return {static_cast<std::int64_t>(time.seconds * kPsPerSecond + time.nanoseconds * 1000)};
}

}  // namespace

p9::FileTime file_time(sim::Time time) {
  const auto nanoseconds = static_cast<std::uint64_t>(time.ps / 1000);
  return {nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000};
}

GoferInode::GoferInode(GoferFs& fs, std::uint64_t inode_number, std::uint32_t inode_mode, p9::Fid its_fid,
                       std::uint64_t its_path, std::shared_ptr<GoferReleases> releases)
    : Inode(fs, inode_number, inode_mode), fid(its_fid), path(its_path), releases_(std::move(releases)) {}

// Hands everything it holds over to the goroutine that releases.
GoferInode::~GoferInode() {
  ReleasedInode out;
  out.pending = pending();
  if (out.pending.mask != SetAttrMask::none) out.write_back = write_back;
  out.fid = fid;
  for (HandleRef* handle : {&readonly, &read_through, &write_back, &created})
    if (*handle) out.handles.push_back(std::move(*handle));
  for (const auto& [index, chunk] : chunks_) out.mapped.push_back(chunk.at);
  chunks_.clear();
  if (out.fid != p9::kNoFid || !out.handles.empty()) releases_->add(std::move(out));
}

void GoferInode::keep(go::G& g, gofer::Client& client, const HandleRef& handle, bool reads, bool writes) {
  if (reads && !read_through) read_through = handle;
  if (!writes) return;
  if (!write_back) {
    write_back = handle;
  } else if (!write_back_reads && reads) {
    HandleRef old = std::exchange(write_back, handle);
    drop_handle(g, client, old);
  }
  write_back_reads = write_back_reads || reads;
}

std::int32_t GoferInode::host_fd() const {
  if (write_back) return write_back->host_fd;
  if (read_through) return read_through->host_fd;
  return readonly ? readonly->host_fd : -1;
}

void GoferInode::adopt(AttrMask valid, const p9::Attr& attr) {
  if (has(valid, AttrMask::mode))
    mode = (mode & kernel::file_mode::type) | (attr.mode & kernel::file_mode::permissions);
  if (has(valid, AttrMask::uid)) uid = attr.uid;
  if (has(valid, AttrMask::gid)) gid = attr.gid;
  if (has(valid, AttrMask::nlink)) links = static_cast<std::uint32_t>(attr.nlink);
  if (has(valid, AttrMask::rdev)) rdev = attr.rdev;
  if (has(valid, AttrMask::size)) size = attr.size;
  if (has(valid, AttrMask::blocks)) allocated = attr.blocks * 512;
  if (has(valid, AttrMask::atime)) atime = sentry_time(attr.atime);
  if (has(valid, AttrMask::mtime)) mtime = sentry_time(attr.mtime);
  if (has(valid, AttrMask::ctime)) ctime = sentry_time(attr.ctime);
}

// SetMaskedAttributes() skips access and modification times of files with a descriptor of the host, which is
// close enough; but whoever writes leaves the change time dirty, and then they are sent.
PendingAttributes GoferInode::pending() const {
  PendingAttributes out;
  const bool any = access_dirty || modification_dirty || change_dirty;
  if (!any || (!change_dirty && host_fd() >= 0)) return out;
  out.mask = SetAttrMask::atime_not_system_time | SetAttrMask::mtime_not_system_time;
  if (access_dirty) out.mask |= SetAttrMask::atime;
  if (modification_dirty) out.mask |= SetAttrMask::mtime;
  out.attr.atime = file_time(atime);
  out.attr.mtime = file_time(mtime);
  return out;
}

// HostFileMapper.forEachMappingBlockLocked().
Address GoferInode::host_page(go::G& g, std::uint64_t index, bool write) {
  constexpr std::uint64_t kPage = 4096;
  const std::int32_t fd = host_fd();
  if (fd < 0 || index * kPage >= size) return 0;
  const std::uint64_t chunk_number = index * kPage / kHostChunk;
  Chunk& chunk = chunks_[chunk_number];
  if (chunk.at == 0 || (write && !chunk.writable)) {
    g.charge(static_cast<GoferFs&>(sb).paths().map_chunk);
    const std::int64_t at = map_host_chunk(g, fd, chunk_number, write, chunk.at);
    if (at < 0) return 0;
    chunk = {static_cast<Address>(at), write};
  }
  return chunk.at + index * kPage % kHostChunk;
}

}  // namespace isosim::models
