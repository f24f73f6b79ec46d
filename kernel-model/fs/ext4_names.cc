#include "kernel-model/fs/ext4.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

namespace {

constexpr std::uint64_t kInodesPerBlock = 16;  // of 256 bytes

// The leaf of a hashed directory that holds a name.
std::uint64_t leaf_of(const Directory& directory, std::string_view name) {
  std::uint64_t h = 0xCBF29CE484222325u;
  for (const char c : name) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  return h % directory.blocks();
}

}  // namespace

// A metadata block that is not in the buffer cache: sb_bread().
void Ext4::read_metadata(Thread* t, PageCache& cache, std::uint64_t page) {
  if (cache.test(PageCache::Tag::present, page)) return;
  cache.set(PageCache::Tag::present, page, 1);
  if (t)
    queue_.wait(
        *t, queue_.submit(*t, cpu::BlockOp::read, (page % (next_block_ / 2) + next_block_ / 2) * 8, 4096));
}

std::int64_t Ext4::lookup(Thread* t, Dentry& dir, std::string_view name, Ref<Inode>& out) {
  Inode& directory = *dir.inode;
  if (t) read_metadata(t, directory.pages, leaf_of(*directory.entries, name));
  if (const auto error = SuperBlock::lookup(t, dir, name, out)) return error;
  if (out && t) read_metadata(t, inode_table_, out->number / kInodesPerBlock);
  return 0;
}

std::int64_t Ext4::create(Thread* t, Dentry& dir, std::string_view name, const NewNode& node,
                          Ref<Inode>& out) {
  const std::int64_t error = SuperBlock::create(t, dir, name, node, out);
  place_name(*dir.inode, *out, true);
  // Blocks in the transaction: inode, directory leaf, the parent's inode, inode bitmap and group descriptor;
  // a directory has a block of its own and the block bitmap.
  if (t) {
    touch(*out, out->is_directory() ? 7 : 5, true);
    touch(*dir.inode, 0, false);
  }
  if (out->is_directory()) out->size = out->allocated = kPageSize;
  dir.inode->size = dir.inode->allocated = dir.inode->entries->blocks() * kPageSize;
  return error;
}

std::int64_t Ext4::link(Thread* t, Dentry& old, Dentry& dir, std::string_view name, Ref<Inode>& out) {
  if (const auto error = SuperBlock::link(t, old, dir, name, out)) return error;
  if (t) touch(*out, 3, true);
  return 0;
}

std::int64_t Ext4::unlink(Thread* t, Dentry& dir, Dentry& victim) {
  const Ref<Inode> inode = victim.inode;
  if (const auto error = SuperBlock::unlink(t, dir, victim)) return error;
  if (t) {
    touch(*inode, 5, true);
    touch(*dir.inode, 0, false);
  }
  return 0;
}

std::int64_t Ext4::rename(Thread* t, Dentry& old_dir, Dentry& old, Dentry& new_dir, Dentry& replaced,
                          bool exchange) {
  const Ref<Inode> moved = old.inode;
  if (const auto error = SuperBlock::rename(t, old_dir, old, new_dir, replaced, exchange)) return error;
  if (t) {
    touch(*moved, 5, true);
    touch(*old_dir.inode, 0, false);
    touch(*new_dir.inode, 0, false);
  }
  return 0;
}

std::int64_t Ext4::set_attributes(Thread* t, Dentry& dentry, const AttributeChange& change) {
  const std::int64_t error = SuperBlock::set_attributes(t, dentry, change);
  if (!error && t) touch(*dentry.inode, 1, change.size.has_value());
  return error;
}

const Directory& Ext4::listing(Thread* t, Dentry& dir) {
  Inode& inode = *dir.inode;
  for (std::uint64_t block = 0; t && block < inode.entries->blocks(); ++block)
    read_metadata(t, inode.pages, block);
  return *inode.entries;
}

void Ext4::place_name(Inode& dir, Inode& inode, bool warm) {
  if (!warm) return;
  inode_table_.set(PageCache::Tag::present, inode.number / kInodesPerBlock, 1);
  dir.pages.set(PageCache::Tag::present, 0, dir.entries->blocks());
}

void Ext4::place_contents(Inode& inode, const InitialFile& file) {
  auto& own = static_cast<Ext4Inode&>(inode);
  const std::uint64_t pages = (file.size + kPageSize - 1) >> kPageShift;
  own.extents.remove(0, ~0ull);
  own.pages.clear_all();
  own.size = file.size;
  own.allocated = pages * kPageSize;
  used += own.allocated;
  if (pages == 0) return;
  own.extents.insert({0, pages, allocate_blocks(pages)});
  if (file.warm) own.pages.set(PageCache::Tag::present, 0, pages);
}

}  // namespace isosim::kernel
