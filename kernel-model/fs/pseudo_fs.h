// Files whose contents the kernel prints when they are read: what procfs and sysfs share (fs/seq_file.c).
#pragma once

#include <functional>
#include <vector>

#include "kernel-model/fs/placed_file.h"
#include "kernel-model/fs/super_block.h"

namespace isosim::kernel {

// The bytes of each record that a file prints: a line of maps, or the whole of status.
using Records = std::vector<std::uint32_t>;
using Generator = std::function<Records(Thread& reader)>;

class PseudoInode final : public Inode {
 public:
  using Inode::Inode;
  // What reads return now: at the start of the file they begin the next of the recorded readings, if any.
  [[nodiscard]] Records print(Thread& reader, bool at_start);

  Generator generate;             // regular files; empty: reads as empty
  std::vector<Records> recorded;  // each reading, if the initial tree says so: InitialFile::readings
  std::int32_t refusal = 0;       // opening it or reading the link fails so (positive), for a reason outside
  std::int32_t pid = 0;           // of /proc/PID and what is below it
  std::int32_t fd = -1;           // of /proc/PID/fd/N
  std::function<std::string(Thread*)> text;       // symlinks
  std::function<bool(Thread*, Path&)> jump;       // links to objects
  Ref<File> reopened;                             // such an object: what opening it gives
  std::function<void(Thread*, Directory&)> list;  // directories that change by themselves
  std::function<Ref<Inode>(Thread*, std::string_view)> find;
  WaitQueue pollers;  // of a file that announces changes; nothing here changes by itself
  std::function<Ref<MountNamespace>()> mounts;  // of a mount table: whose it is

 private:
  std::size_t begun_ = 0;  // of the recorded readings
};

class PseudoFile final : public PlacedFile {
 public:
  PseudoFile(Path path, Ref<PseudoInode> inode);
  std::int64_t read(Kernel& k, Thread& t, const Io& io) override;
  std::int64_t write(Kernel& k, Thread& t, const Io& io) override;
  std::int64_t seek(Kernel& k, Thread& t, std::int64_t offset, int whence) override;
  [[nodiscard]] std::uint32_t poll(Thread& t) override;
  WaitQueue* poll_queue() override;
  void status(FileStatus& out) const override { inode_->fill(out); }
  [[nodiscard]] bool seekable() const override { return true; }
  [[nodiscard]] Inode* inode() const override { return inode_.get(); }

 private:
  std::uint64_t fill(Thread& t, std::uint64_t wanted);

  Ref<PseudoInode> inode_;
  Ref<MountNamespace> mounts_;  // of a mount table
  std::uint64_t seen_ = 0;      // its event that poll told of last
  Records records_;
  std::size_t next_ = 0;         // record that comes next
  std::uint64_t buffered_ = 0;   // bytes printed and not yet taken
  std::uint64_t buffer_ = 4096;  // size of the buffer: a record that does not fit doubles it
  std::uint64_t at_ = 0;         // where the next read should start
  bool printed_ = false;
};

class PseudoFs : public SuperBlock {
 public:
  PseudoFs(Vfs& vfs, std::string_view type);

  std::int64_t lookup(Thread* t, Dentry& dir, std::string_view name, Ref<Inode>& out) override;
  std::int64_t unlink(Thread* t, Dentry& dir, Dentry& victim) override {  // only from the initial tree
    return t ? -EPERM_ : SuperBlock::unlink(t, dir, victim);
  }
  std::int64_t rename(Thread*, Dentry&, Dentry&, Dentry&, Dentry&, bool) override { return -EPERM_; }
  std::int64_t link(Thread*, Dentry&, Dentry&, std::string_view, Ref<Inode>&) override { return -EPERM_; }
  std::int64_t read_link(Thread* t, Dentry& dentry, std::string& out) override;
  bool jump_link(Thread* t, Dentry& dentry, Path& out) override;
  Ref<File> make_file(Thread* t, const Path& path, std::uint32_t flags, std::int64_t& error) override;
  const Directory& listing(Thread* t, Dentry& dir) override;
  void place_contents(Inode& inode, const InitialFile& file) override;
  [[nodiscard]] bool has_xattr(std::string_view) const override { return false; }
  [[nodiscard]] std::int64_t tmpfile_error() const override { return -EOPNOTSUPP_; }
  // Whether the file can be polled: its operations have a poll of their own.
  [[nodiscard]] virtual bool has_poll(const Dentry&) const { return false; }

 protected:
  Ref<Inode> make_inode(std::uint64_t number, std::uint32_t mode) override {
    return new PseudoInode(*this, number, mode);
  }
  Ref<PseudoInode> node(std::uint32_t mode);
  // Below `dir`: a directory, a file that prints, a file of one record of `bytes`.
  PseudoInode& add_directory(PseudoInode& dir, std::string_view name);
  PseudoInode& add_file(PseudoInode& dir, std::string_view name, std::uint32_t mode, Generator generate);
  PseudoInode& add_file(PseudoInode& dir, std::string_view name, std::uint32_t mode, std::uint32_t bytes);
  PseudoInode& root_node() { return static_cast<PseudoInode&>(*root->inode); }
  std::uint64_t stat_size = 0;  // st_size of files: 0 on procfs, 4096 on sysfs
};

}  // namespace isosim::kernel
