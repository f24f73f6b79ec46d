#include "models/sentry/fs/gofer_fs.h"

#include <stdexcept>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"
#include "models/sentry/fs/gofer_calls.h"
#include "models/sentry/fs/params.h"

namespace isosim::models {

using kernel::Dentry;
using kernel::Inode;
using kernel::Ref;
using kernel::Thread;

namespace {
constexpr std::uint64_t kScratch = 64 << 10;  // bytes of the Sentry's own memory for transfers within it
}

const sim::Param message_heap{
    "sentry.gofer.message_heap",
    "bytes",
    128,
    8192,
    768,
    "what a 9P message leaves to Go's garbage collector",
    "message structs, slices and iovecs of pkg/p9 and pkg/unet, release-20190304.1, counted "
    "by reading: half a kilobyte to one"};

GoferPaths::GoferPaths(const kernel::Kernel& kernel)
    : revalidate(kernel.path("gofer.revalidate")),
      attributes(kernel.path("gofer.attributes")),
      flush(kernel.path("gofer.flush")),
      handle(kernel.path("gofer.handle")),
      overlay(kernel.path("gofer.overlay")),
      cached_read(kernel.path("gofer.read.cached")),
      cached_write(kernel.path("gofer.write.cached")),
      map_chunk(kernel.path("gofer.map_chunk")),
      write_out(kernel.path("gofer.write_out")),
      sync_dirent(kernel.path("gofer.sync_dirent")),
      clunk(kernel.path("gofer.clunk")) {}

GoferFs::GoferFs(kernel::Vfs& its_vfs, Services& services, gofer::Client& client, FileAccess access)
    : SuperBlock(its_vfs, "9p", "gofer"),
      in_overlay(access == FileAccess::exclusive),
      services_(services),
      client_(client),
      access_(access),
      paths_(its_vfs.kernel),
      message_heap_(static_cast<std::uint64_t>(its_vfs.kernel.settings.integer(message_heap))),
      releases_(std::make_shared<GoferReleases>(client)),
      dirents_(its_vfs.dcache, static_cast<std::size_t>(its_vfs.kernel.settings.integer(dirent_limit)),
               [this](const Dentry& dir) { return missing_names(dir); }) {
  revalidates = remote_attributes = access == FileAccess::shared;
  link_rights = free_root_search = truncates_before_open = copies_itself = true;
  next_inode_ = 1;
}

std::size_t GoferFs::missing_names(const Dentry& dir) const {
  const auto* inode = static_cast<const GoferInode*>(dir.inode.get());
  if (!inode) return 0;
  return static_cast<std::size_t>(
      std::count_if(inode->missing.begin(), inode->missing.end(), [&](const std::string& name) {
        const Dentry* child = vfs.dcache.lookup(dir, name);
        return child && child->negative();
      }));
}

// Inodes that are left may outlive it, and the two would hold each other.
GoferFs::~GoferFs() { releases_->abandon(); }

std::int64_t GoferFs::attach(go::G& g) {
  runtime_ = &g.runtime;
  const gofer::Attached attached = client_.attach(g);
  if (attached.error != 0) return attached.error;
  const gofer::Attributes attributes = client_.get_attr(g, attached.fid);
  if (attributes.error != 0) return attributes.error;
  const Ref<GoferInode> inode = inode_of(attached.fid, attributes.qid, attributes.valid, attributes.attr);
  inode->submounts = &submounts_;
  root = vfs.dcache.make_root(*this, inode);
  releases_->start(g);
  kernel::Sys sys;
  sys.nr = kernel::nr::mmap;
  constexpr std::uint64_t kReadWrite = 3, kPrivateAnonymous = 0x22;
  sys.arg = {0, kScratch, kReadWrite, kPrivateAnonymous, ~0ull, 0};
  const std::int64_t at = g.call(sys);
  if (at < 0) return at;
  scratch_ = static_cast<kernel::Address>(at);
  return 0;
}

go::G& GoferFs::goroutine(Thread* t) {
  if (t) return services_.goroutine(*t);
  go::G* g = runtime_ ? runtime_->current() : nullptr;
  if (!g) throw std::logic_error("a Gofer's file system is used outside of the Sentry's goroutines");
  return *g;
}

Ref<Inode> GoferFs::make_inode(std::uint64_t number, std::uint32_t mode) {
  return new GoferInode(*this, number, mode, p9::kNoFid, 0, releases_);
}

Ref<GoferInode> GoferFs::inode_of(p9::Fid fid, const p9::Qid& qid, p9::AttrMask valid, const p9::Attr& attr) {
  const auto [number, first] = numbers_.try_emplace(qid.path, next_inode_);
  if (first) ++next_inode_;
  Ref<GoferInode> inode(new GoferInode(*this, number->second, attr.mode, fid, qid.path, releases_));
  inode->adopt(valid, attr);
  return inode;
}

void GoferFs::add_submount(std::string_view path) {
  SubmountTree* tree = &submounts_;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    if (end != 0) tree = &tree->children[std::string(path.substr(0, end))];
    path.remove_prefix(std::min(end + 1, path.size()));
  }
}

Ref<GoferInode> GoferFs::submount(GoferInode& dir, std::string_view name) {
  if (!dir.submounts) return nullptr;
  const auto child = dir.submounts->children.find(name);
  if (child == dir.submounts->children.end()) return nullptr;
  Ref<GoferInode> inode(
      new GoferInode(*this, next_inode_++, kernel::file_mode::directory | 0555, p9::kNoFid, 0, releases_));
  inode->submounts = &child->second;
  return inode;
}

void GoferFs::list_submounts(GoferInode& dir) const {
  constexpr std::uint8_t kDirectory = 4;
  *dir.entries = kernel::Directory();
  for (const auto& [name, below] : dir.submounts->children) dir.entries->add(name, nullptr, kDirectory);
}

std::int64_t GoferFs::collect(go::G& g) {
  std::int64_t count = 0;
  for (const p9::Fid fid : std::exchange(leaked_, {})) {
    g.charge(paths_.clunk);
    client_.clunk(g, fid);
    ++count;
  }
  return count;
}

void GoferFs::lose(go::G& g, p9::Fid fid) {
  if (services_.release().clunk_by_finalizer) {
    leaked_.push_back(fid);
    return;
  }
  g.charge(paths_.clunk);
  client_.clunk(g, fid);
}

void GoferFs::settle(Thread* t) {
  const std::uint64_t messages = client_.sent() - accounted_;
  accounted_ += messages;
  if (t && messages != 0) services_.allocate(*t, messages * message_heap_);
  if (!releases_->empty()) releases_->wake(goroutine(t));
}

void GoferFs::touch_modification(go::G& g, GoferInode& inode) {
  services_.clock().read(g);
  inode.mtime = inode.ctime = g.now();
  inode.modification_dirty = inode.change_dirty = true;
}

void GoferFs::touch_access(go::G& g, GoferInode& inode) {
  services_.clock().read(g);
  inode.atime = g.now();
  inode.access_dirty = true;
}

void GoferFs::changed(go::G& g, GoferInode& dir) {
  if (!caches()) return;
  touch_modification(g, dir);
  dir.listed = false;
}

std::uint64_t GoferFs::blocks(Thread& t, const kernel::Io& io, std::uint64_t length, bool write,
                              std::vector<kernel::IoVec>& out) {
  out.clear();
  if (io.buffer != 0) return services_.host_blocks(t, io, length, write, out);
  for (std::uint64_t done = 0; done < length;) {
    const std::uint64_t part = std::min(length - done, kScratch);
    out.push_back({scratch_, part});
    done += part;
  }
  return length;
}

}  // namespace isosim::models
