// overlayfs: an upper layer that takes changes over lower ones that do not, by the rules of Linux 4.4
// (fs/overlayfs): files are opened on the real inode, so reads and writes cost what the layer's file system
// charges. From 4.19 on they pass through overlayfs, which adds a path to each.
#pragma once

#include "kernel-model/fs/super_block.h"

namespace isosim::kernel {

class OverlayInode final : public Inode {
 public:
  using Inode::Inode;

  Ref<Dentry> upper;                // null: not copied up
  std::vector<Ref<Dentry>> lowers;  // of a directory: all that are merged, from the top; else at most one
  Directory merged;                 // what listing() found, for the layers' state at `stamp`
  std::uint64_t stamp = ~0ull;

  [[nodiscard]] Dentry& real() const { return upper ? *upper : *lowers.front(); }
  // OVL_TYPE_MERGE: several directories show as one.
  [[nodiscard]] bool is_merged() const { return lowers.size() > (upper ? 0u : 1u); }
  void refresh();  // takes the attributes of the real inode
};

class Overlay final : public SuperBlock {
 public:
  Overlay(Vfs& vfs, std::vector<Path> layers);  // upper first; its mount null: read-only

  std::int64_t lookup(Thread* t, Dentry& dir, std::string_view name, Ref<Inode>& out) override;
  [[nodiscard]] std::int64_t tmpfile_error() const override { return -EOPNOTSUPP_; }  // works since 6.1
  std::int64_t create(Thread* t, Dentry& dir, std::string_view name, const NewNode& node,
                      Ref<Inode>& out) override;
  std::int64_t link(Thread* t, Dentry& old, Dentry& dir, std::string_view name, Ref<Inode>& out) override;
  std::int64_t unlink(Thread* t, Dentry& dir, Dentry& victim) override;
  std::int64_t rename(Thread* t, Dentry& old_dir, Dentry& old, Dentry& new_dir, Dentry& replaced,
                      bool exchange) override;
  std::int64_t set_attributes(Thread* t, Dentry& dentry, const AttributeChange& change) override;
  bool directory_empty(Thread* t, Dentry& dir) override;
  std::int64_t read_link(Thread* t, Dentry& dentry, std::string& out) override;
  std::int64_t get_status(Thread* t, Dentry& dentry, FileStatus& out) override;
  std::int64_t open_inode(Thread* t, const Path& path, std::uint32_t flags, Ref<Inode>& out) override;
  const Directory& listing(Thread* t, Dentry& dir) override;
  sim::PathId entry_path(const Dentry& dir) const override;
  void forget_listing(Inode& dir) override;
  std::int64_t get_xattr(Thread* t, Dentry& dentry, std::string_view name) override;
  std::int64_t list_xattr(Thread* t, Dentry& dentry) override;
  std::int64_t set_xattr(Thread* t, Dentry& dentry, std::string_view name, std::uint64_t size,
                         int flags) override;
  std::int64_t remove_xattr(Thread* t, Dentry& dentry, std::string_view name) override;
  std::int64_t sync_all(Thread& t) override;
  void place_contents(Inode& inode, const InitialFile& file) override;
  void place_name(Inode& dir, Inode& inode, bool warm) override;
  void evict(Thread* t, Inode& inode) override;

 private:
  static OverlayInode& own(const Dentry& dentry) { return static_cast<OverlayInode&>(*dentry.inode); }
  Ref<OverlayInode> make(Ref<Dentry> upper, std::vector<Ref<Dentry>> lowers);
  // overlay_copy_up.cc: makes the entry exist in the upper layer, its parents first. Without `data` it starts
  // empty.
  std::int64_t copy_up(Thread* t, Dentry& dentry, bool data);
  std::int64_t copy_data(Thread& t, Dentry& from, Dentry& to);
  // overlay_whiteout.cc
  std::int64_t in_lower(Thread* t, const OverlayInode& dir, std::string_view name, bool& found);
  std::int64_t cover(Thread* t, Dentry& upper_dir, std::string_view name);               // makes a whiteout
  std::int64_t uncover(Thread* t, Dentry& upper_dir, std::string_view name, bool& was);  // removes one

  std::vector<Path> layers_;
  sim::PathId copy_up_, layer_, merge_;
};

// A character device 0:0.
bool is_whiteout(const Inode& inode);
inline constexpr const char* kOpaque = "trusted.overlay.opaque";

}  // namespace isosim::kernel
