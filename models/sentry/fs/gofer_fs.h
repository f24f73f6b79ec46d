// A mount that a Gofer serves (pkg/sentry/fs/gofer of VFS1). What is cached is a matter of how it is shared:
// exclusive mounts keep names, attributes and listings (cacheAll), shared ones ask at each step
// (cacheRemoteRevalidating). Which messages an operation sends is in docs/gvisor/gofer.md, 3 and 4.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kernel-model/fs/super_block.h"
#include "models/gofer/client.h"
#include "models/sentry/fs/dirent_cache.h"
#include "models/sentry/fs/file_access.h"
#include "models/sentry/fs/gofer_inode.h"
#include "models/sentry/services.h"

namespace isosim::models {

// What the catalogue has beside the paths of every file system: "sentry.gofer.<name>".
struct GoferPaths {
  explicit GoferPaths(const kernel::Kernel& kernel);
  sim::PathId revalidate, attributes, flush, handle, overlay, cached_read, cached_write, map_chunk, write_out,
      sync_dirent, clunk;
};

class GoferFile;

class GoferFs final : public kernel::SuperBlock {
 public:
  GoferFs(kernel::Vfs& vfs, Services& services, gofer::Client& client, FileAccess access);
  ~GoferFs() override;

  // Mounts: Tattach and Tgetattr make the root. 0 or a negative errno. Needs no thread of the application.
  std::int64_t attach(go::G& g);

  // Whether it lies in an overlay over a tree of mount points, as the image does. Exclusive mounts: true from
  // the start.
  bool in_overlay;
  // The directory exists as a mount point even if the Gofer has none; `path` from the root of the mount.
  void add_submount(std::string_view path);

  // The finalizer of fids that nobody holds any more, after a garbage collection: clunks them. Returns how
  // many.
  std::int64_t collect(go::G& g);
  [[nodiscard]] std::size_t leaked() const { return leaked_.size(); }

  // pkg/sentry/syscalls/linux/sys_file.go, openAt(): the flag is not known, and a directory is not written.
  [[nodiscard]] std::int64_t tmpfile_error() const override { return -kernel::EISDIR_; }
  std::int64_t lookup(kernel::Thread* t, kernel::Dentry& dir, std::string_view name,
                      kernel::Ref<kernel::Inode>& out) override;
  std::int64_t create(kernel::Thread* t, kernel::Dentry& dir, std::string_view name,
                      const kernel::NewNode& node, kernel::Ref<kernel::Inode>& out) override;
  std::int64_t link(kernel::Thread* t, kernel::Dentry& old, kernel::Dentry& dir, std::string_view name,
                    kernel::Ref<kernel::Inode>& out) override;
  std::int64_t unlink(kernel::Thread* t, kernel::Dentry& dir, kernel::Dentry& victim) override;
  std::int64_t rename(kernel::Thread* t, kernel::Dentry& old_dir, kernel::Dentry& old,
                      kernel::Dentry& new_dir, kernel::Dentry& replaced, bool exchange) override;
  std::int64_t set_attributes(kernel::Thread* t, kernel::Dentry& dentry,
                              const kernel::AttributeChange& change) override;
  [[nodiscard]] bool directory_empty(kernel::Thread*, kernel::Dentry&) override {
    return true;
  }  // Tunlinkat finds out
  std::int64_t read_link(kernel::Thread* t, kernel::Dentry& dentry, std::string& out) override;
  [[nodiscard]] bool revalidate(kernel::Thread* t, kernel::Dentry& dentry) override;
  std::int64_t refresh(kernel::Thread* t, kernel::Inode& inode) override;
  std::int64_t get_status(kernel::Thread* t, kernel::Dentry& dentry, kernel::FileStatus& out) override;
  std::int64_t statfs(kernel::Thread& t, kernel::Dentry& dentry, kernel::FileSystemStatus& out) override;
  kernel::Ref<kernel::File> make_file(kernel::Thread* t, const kernel::Path& path, std::uint32_t flags,
                                      std::int64_t& error) override;
  std::int64_t truncate(kernel::Thread* t, kernel::Inode& inode, std::uint64_t size) override;
  std::int64_t allocate(kernel::Thread& t, kernel::Inode& inode, int mode, std::uint64_t offset,
                        std::uint64_t length) override;
  std::int64_t sync_file(kernel::Thread& t, kernel::Inode& inode, bool data_only) override;
  std::int64_t sync_all(kernel::Thread& t) override;
  std::int64_t write_range(kernel::Thread& t, kernel::Inode& inode, std::uint64_t offset,
                           std::uint64_t length, bool wait) override;
  void dirty_pages(kernel::Inode& inode, std::uint64_t first, std::uint64_t count) override;
  void evict(kernel::Thread* t, kernel::Inode& inode) override;
  std::int64_t map_extents(kernel::Thread&, kernel::Inode&, const kernel::ExtentsWanted&,
                           std::uint64_t&) override {
    return -kernel::ENOTTY_;  // FileNoIoctl
  }
  [[nodiscard]] std::uint64_t next_data(const kernel::Inode&, std::uint64_t, bool) const override {
    return ~0ull;
  }

  // For its open files.
  [[nodiscard]] bool caches() const { return access_ == FileAccess::exclusive; }
  [[nodiscard]] const GoferPaths& paths() const { return paths_; }
  [[nodiscard]] gofer::Client& client() { return client_; }
  [[nodiscard]] Services& services() { return services_; }
  // Twalk and Tlopen.
  std::int64_t open_handle(go::G& g, GoferInode& inode, std::uint32_t flags, HandleRef& out);
  // Gives a handle up, as close(2) does.
  void close_handle(go::G& g, HandleRef& handle) { drop_handle(g, client_, handle); }
  // The host addresses of a buffer, or of the Sentry's own if the transfer is within the kernel; bytes that
  // fit.
  std::uint64_t blocks(kernel::Thread& t, const kernel::Io& io, std::uint64_t length, bool write,
                       std::vector<kernel::IoVec>& out);
  // Whether the name still leads to the file: one Twalkgetattr.
  bool same_file(kernel::Thread* t, GoferInode& dir, const std::string& name, const GoferInode& inode);
  // Dirent.Inode.WriteOut.
  std::int64_t write_out(go::G& g, GoferInode& inode);
  // readdirAll() with a handle of the directory.
  std::int64_t list(go::G& g, GoferInode& dir, p9::Fid handle);
  void list_submounts(GoferInode& dir) const;  // of a directory that the Gofer does not have
  // The garbage that messages leave, and what inodes left behind: at the end of each operation.
  void settle(kernel::Thread* t);
  void touch_modification(go::G& g, GoferInode& inode);  // takes the clock
  void touch_access(go::G& g, GoferInode& inode);

 protected:
  kernel::Ref<kernel::Inode> make_inode(std::uint64_t number, std::uint32_t mode) override;

 private:
  // The goroutine of the thread, or the one that runs; throws std::logic_error if there is none.
  go::G& goroutine(kernel::Thread* t);
  [[nodiscard]] bool caches_attributes(const kernel::Inode& inode) const {
    return caches() && (inode.is_regular() || inode.is_directory());
  }
  kernel::Ref<GoferInode> inode_of(p9::Fid fid, const p9::Qid& qid, p9::AttrMask valid, const p9::Attr& attr);
  // Inode.Lookup of the Gofer's file system: one Twalkgetattr unless the listing knows better.
  std::int64_t walk_to(go::G& g, GoferInode& dir, std::string_view name, kernel::Ref<GoferInode>& out);
  // Walks to a name as Dirent.walk does before a change; `fid` goes to the finalizer. Exclusive mounts know
  // already.
  std::int64_t walk_again(go::G& g, GoferInode& dir, std::string_view name);
  std::int64_t create_file(kernel::Thread* t, go::G& g, GoferInode& dir, std::string_view name,
                           const kernel::NewNode& node, kernel::Ref<kernel::Inode>& out);
  std::int64_t handles_for(go::G& g, GoferInode& inode, std::uint32_t flags, bool read_only_mount,
                           HandleRef& out);
  kernel::Ref<GoferInode> submount(GoferInode& dir, std::string_view name);
  [[nodiscard]] std::size_t missing_names(const kernel::Dentry& dir) const;
  void sync_dirents(go::G& g, kernel::Dentry& dentry);
  void changed(go::G& g, GoferInode& dir);  // touchModificationTime(), markDirectoryDirty()
  void lose(go::G& g, p9::Fid fid);         // nobody holds it any more

  Services& services_;
  gofer::Client& client_;
  const FileAccess access_;
  const GoferPaths paths_;
  const std::uint64_t message_heap_;
  go::Runtime* runtime_ = nullptr;
  std::shared_ptr<GoferReleases> releases_;
  DirentCache dirents_;
  std::vector<p9::Fid> leaked_;
  std::map<std::uint64_t, std::uint64_t> numbers_;  // inode numbers by QID path, in order of first sight
  std::map<std::uint64_t, kernel::Ref<GoferInode>> sockets_;  // bound here, by QID path (endpointMaps)
  SubmountTree submounts_;
  kernel::Address scratch_ = 0;
  std::uint64_t accounted_ = 0;  // messages whose garbage is counted
};

p9::FileTime file_time(sim::Time time);

}  // namespace isosim::models
