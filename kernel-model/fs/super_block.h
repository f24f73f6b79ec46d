// A mounted file system: what VFS asks of it. The base class is an in-memory file system whose directories
// are the truth; tmpfs, ext4, overlayfs and procfs differ where their mechanisms do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kernel-model/fs/dentry.h"
#include "kernel-model/fs/fs_costs.h"
#include "kernel-model/fs/mount.h"
#include "sim/time.h"

namespace isosim::kernel {

class RegularFile;
struct InitialFile;
class Vfs;

// What creates an inode: type and permission bits, and what depends on the type.
struct NewNode {
  std::uint32_t mode;
  std::uint32_t uid = 0, gid = 0;
  std::uint64_t rdev = 0;
  std::string_view target{};     // symlinks
  std::uint32_t open_flags = 0;  // of the open(2) that creates it
};

// notify_change(): what chmod, chown, truncate and utimensat set.
struct AttributeChange {
  std::optional<std::uint32_t> mode, uid, gid;
  std::optional<std::uint64_t> size;
  std::optional<sim::Time> atime, mtime;
};

class SuperBlock {
 public:
  // `type` as in /proc/filesystems; `paths` names its paths in the catalogue, the type if empty.
  SuperBlock(Vfs& vfs, std::string_view type, std::string_view paths = {});
  virtual ~SuperBlock();
  SuperBlock(const SuperBlock&) = delete;
  SuperBlock& operator=(const SuperBlock&) = delete;

  Vfs& vfs;
  const std::string type;
  const std::uint32_t device;  // st_dev
  FsCosts cost;
  Ref<Dentry> root;
  bool read_only = false;
  bool revalidates = false;
  bool remote_attributes = false;
  bool link_rights = false;       // readlink(2) needs the right to read the link (the Sentry)
  bool free_root_search = false;  // a process's root is not asked for the right to search it (the Sentry)
  bool truncates_before_open = false;  // O_TRUNC is done before the file is opened (the Sentry)
  bool copies_itself = false;          // read() and write() find out themselves what of the buffer is there
  bool on_disk = false;  // what is not cached must be read; else the dcache is the only copy of the names
  std::uint64_t capacity = 1ull << 38;  // bytes
  std::uint64_t used = 0;               // bytes of `capacity`
  std::uint64_t max_file_size = (1ull << 63) - 1;

  // Every operation charges `t` unless that is null (while the initial tree is made), returns 0 or a negative
  // errno, and has been permitted by VFS before. `dir` is the parent's dentry.

  // `create` and `link` may leave `out` null where the name is to be looked up at its next use; regular files
  // that open(2) creates must not.

  // The directory search on a dcache miss. `out` stays null if the name does not exist; that is no error.
  virtual std::int64_t lookup(Thread* t, Dentry& dir, std::string_view name, Ref<Inode>& out);
  virtual std::int64_t create(Thread* t, Dentry& dir, std::string_view name, const NewNode& node,
                              Ref<Inode>& out);
  virtual std::int64_t link(Thread* t, Dentry& old, Dentry& dir, std::string_view name, Ref<Inode>& out);
  virtual std::int64_t unlink(Thread* t, Dentry& dir,
                              Dentry& victim);  // directories too, once they are empty
  // `replaced` is the dentry of the new name: negative, or what the rename replaces (or exchanges).
  virtual std::int64_t rename(Thread* t, Dentry& old_dir, Dentry& old, Dentry& new_dir, Dentry& replaced,
                              bool exchange);
  virtual std::int64_t set_attributes(Thread* t, Dentry& dentry, const AttributeChange& change);
  [[nodiscard]] virtual bool directory_empty(Thread* t, Dentry& dir);
  virtual std::int64_t read_link(Thread* t, Dentry& dentry, std::string& out);
  // Links that lead to an object and not along a path: /proc/PID/exe, fd/N, cwd, root.
  virtual bool jump_link(Thread* t, Dentry& dentry, Path& out);
  // d_revalidate: whether a cached dentry still holds (asked only where `revalidates`). May block.
  [[nodiscard]] virtual bool revalidate(Thread* t, Dentry& dentry);
  // Brings an inode's attributes up to date before rights are checked (asked only where `remote_attributes`).
  // May block.
  virtual std::int64_t refresh(Thread* t, Inode& inode);
  virtual std::int64_t get_status(Thread* t, Dentry& dentry, FileStatus& out);
  void status(FileSystemStatus& out) const;
  virtual std::int64_t statfs(Thread& t, Dentry& dentry, FileSystemStatus& out);

  // The inode whose data a file opened with `flags` reads and writes; overlayfs copies up here.
  virtual std::int64_t open_inode(Thread* t, const Path& path, std::uint32_t flags, Ref<Inode>& out);
  // A file of a kind of its own (procfs), instead of the usual ones.
  // A failure is a negative `error`.
  virtual Ref<File> make_file(Thread* t, const Path& path, std::uint32_t flags, std::int64_t& error);

  // What getdents64 lists, without "." and "..".
  virtual const Directory& listing(Thread* t, Dentry& dir);
  // The path of one entry given out; and the last descriptor of a directory is closed.
  [[nodiscard]] virtual sim::PathId entry_path(const Dentry& dir) const;
  virtual void forget_listing(Inode& dir);

  virtual std::int64_t get_xattr(Thread* t, Dentry& dentry, std::string_view name);  // size of the value
  virtual std::int64_t list_xattr(Thread* t, Dentry& dentry);                        // size of the list
  virtual std::int64_t set_xattr(Thread* t, Dentry& dentry, std::string_view name, std::uint64_t size,
                                 int flags);
  virtual std::int64_t remove_xattr(Thread* t, Dentry& dentry, std::string_view name);

  // Data of regular files; `io.position` is set, limits are checked, 0 < length.
  virtual std::int64_t read(Thread& t, RegularFile& file, const Io& io);
  virtual std::int64_t write(Thread& t, RegularFile& file, const Io& io);
  virtual std::int64_t truncate(Thread* t, Inode& inode, std::uint64_t size);
  virtual std::int64_t allocate(Thread& t, Inode& inode, int mode, std::uint64_t offset,
                                std::uint64_t length);
  virtual std::int64_t sync_file(Thread& t, Inode& inode, bool data_only);
  virtual std::int64_t sync_all(Thread& t);
  // sync_file_range: starts writing the dirty pages of a range (length 0: to the end), and waits for them if
  // `wait`.
  virtual std::int64_t write_range(Thread& t, Inode& inode, std::uint64_t offset, std::uint64_t length,
                                   bool wait);
  // posix_fadvise, by its POSIX_FADV_* number.
  virtual void advise(Thread& t, File& file, std::uint64_t offset, std::uint64_t length, int advice);
  // SEEK_DATA, SEEK_HOLE: the first page at or after `page` that has (or lacks) storage; ~0 if none.
  [[nodiscard]] virtual std::uint64_t next_data(const Inode& inode, std::uint64_t page, bool data) const;
  // FS_IOC_FIEMAP: the `count` of extents, those that wait for their blocks among them. `wanted` is checked.
  virtual std::int64_t map_extents(Thread& t, Inode& inode, const ExtentsWanted& wanted,
                                   std::uint64_t& count);
  // The contents of a file of the initial tree: size, storage, cached pages.
  virtual void place_contents(Inode& inode, const InitialFile& file);
  // A name of the initial tree: with `warm`, its directory block and inode are in the buffer cache.
  virtual void place_name(Inode& dir, Inode& inode, bool warm);
  // Pages that a shared mapping dirtied (set_page_dirty).
  virtual void dirty_pages(Inode& inode, std::uint64_t first, std::uint64_t count);
  // Whether user.* attributes exist here (ENODATA for a missing one) or not (EOPNOTSUPP).
  [[nodiscard]] virtual bool has_xattr(std::string_view name) const;
  // What O_TMPFILE gives here: 0 where inode_operations has a tmpfile, else the error.
  [[nodiscard]] virtual std::int64_t tmpfile_error() const { return 0; }
  // The last reference and the last link are gone: storage is given back; `t` closed or unlinked it.
  virtual void evict(Thread* t, Inode& inode);

  // An inode of this file system with the next number.
  Ref<Inode> new_inode(const NewNode& node, sim::Time now);
  void charge(Thread* t, sim::PathId path, std::uint64_t units = 0) const;
  [[nodiscard]] sim::Time now(const Thread* t) const;

 protected:
  void update_atime(Thread& t, const RegularFile& file);  // touch_atime(), relatime
  void update_mtime(Thread* t, Inode& inode);
  // The copies of read and write; io.buffer is 0 for transfers within the kernel, which pay for themselves. A
  // read gets the bytes before the first page that it cannot access, or -EFAULT; writes have found out before
  // (RegularFile).
  std::int64_t copy_to_user(Thread& t, const Inode& inode, const Io& io, std::uint64_t length);
  void copy_from_user(Thread& t, const Inode& inode, const Io& io, std::uint64_t length);
  virtual Ref<Inode> make_inode(std::uint64_t number, std::uint32_t mode);
  virtual void inode_dirtied(Inode& inode);  // a time stamp changed that belongs on a disk
  static void drop_link(Inode& dir, Inode& victim);
  std::uint64_t next_inode_ = 2;  // the root's number on ext4
};

}  // namespace isosim::kernel
