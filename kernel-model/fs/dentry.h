// The dentry cache: names that were looked up, found (positive) or not (negative).
#pragma once

#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernel-model/fs/file.h"
#include "kernel-model/fs/inode.h"

namespace isosim::kernel {

class SuperBlock;

class Dentry : public Counted<Dentry>, public boost::intrusive::list_base_hook<> {
 public:
  Dentry(SuperBlock& super_block, Ref<Dentry> parent_dentry, std::string_view dentry_name,
         std::uint32_t serial);

  SuperBlock& sb;
  Ref<Dentry> parent;  // null: root of its file system
  Ref<Inode> inode;    // null: negative
  std::string name;
  std::uint32_t id;          // serial number: the hash must not depend on addresses
  std::uint32_t mounts = 0;  // mounted on, in any name space (DCACHE_MOUNTED)
  bool hashed = false;       // false: unlinked, or a root

  [[nodiscard]] bool negative() const { return !inode; }

 private:
  friend class DentryCache;
  Dentry* next_ = nullptr;  // in its hash chain
  std::uint32_t hash_ = 0;
  boost::intrusive::list<Dentry> children_;  // hashed ones
};

class DentryCache {
 public:
  DentryCache();
  ~DentryCache();

  [[nodiscard]] Dentry* lookup(const Dentry& parent, std::string_view name) const;  // null: not cached
  Ref<Dentry> make_root(SuperBlock& sb, Ref<Inode> inode);
  // Caches `name`; `inode` null makes a negative entry. The name must not be cached.
  Dentry& add(Dentry& parent, std::string_view name, Ref<Inode> inode);
  void drop(Dentry& dentry);           // d_drop: forgets the name; holders keep the dentry
  void drop_children(Dentry& parent);  // shrink_dcache_parent
  void remove(
      Ref<Dentry> dentry);  // d_delete: negative if only the caller and the cache hold it, else dropped
  void move(Dentry& dentry, Dentry& new_parent, std::string_view new_name);  // d_move

  [[nodiscard]] std::size_t size() const { return count_; }

  // Cached names of a directory, first come first; `visit` must not change them.
  template <class Visit>
  static void each_child(Dentry& parent, Visit visit) {
    for (Dentry& child : parent.children_) visit(child);
  }

 private:
  void insert(Dentry& dentry);
  void unlink(Dentry& dentry);
  void grow();

  std::vector<Dentry*> buckets_;
  std::size_t count_ = 0;
  std::uint32_t next_id_ = 1;
};

}  // namespace isosim::kernel
