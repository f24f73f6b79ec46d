#include "kernel-model/fs/pseudo_fs.h"

#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

PseudoFs::PseudoFs(Vfs& its_vfs, std::string_view its_type) : SuperBlock(its_vfs, its_type, "proc") {
  revalidates = true;
  root =
      vfs.dcache.make_root(*this, new_inode({.mode = file_mode::directory | 0555}, vfs.kernel.engine.now()));
}

Ref<PseudoInode> PseudoFs::node(std::uint32_t mode) {
  Ref<PseudoInode> inode(static_cast<PseudoInode*>(new_inode({.mode = mode}, vfs.kernel.engine.now()).get()));
  if (inode->is_regular()) inode->size = stat_size;
  return inode;
}

PseudoInode& PseudoFs::add_directory(PseudoInode& dir, std::string_view name) {
  if (const auto* entry = dir.entries->find(name)) return static_cast<PseudoInode&>(*entry->inode);
  const Ref<PseudoInode> inode = node(file_mode::directory | 0555);
  dir.entries->add(name, inode, inode->dirent_kind());
  ++dir.links;
  return *inode;
}

PseudoInode& PseudoFs::add_file(PseudoInode& dir, std::string_view name, std::uint32_t mode,
                                Generator generate) {
  const Ref<PseudoInode> inode = node(file_mode::regular | mode);
  inode->generate = std::move(generate);
  dir.entries->add(name, inode, inode->dirent_kind());
  return *inode;
}

PseudoInode& PseudoFs::add_file(PseudoInode& dir, std::string_view name, std::uint32_t mode,
                                std::uint32_t bytes) {
  return add_file(dir, name, mode, [bytes](Thread&) { return bytes ? Records{bytes} : Records{}; });
}

std::int64_t PseudoFs::lookup(Thread* t, Dentry& dir, std::string_view name, Ref<Inode>& out) {
  charge(t, cost.lookup);
  auto& parent = static_cast<PseudoInode&>(*dir.inode);
  if (const auto* entry = parent.entries->find(name)) {
    out = entry->inode;
  } else if (parent.find) {
    out = parent.find(t, name);
  }
  return 0;
}

std::int64_t PseudoFs::read_link(Thread* t, Dentry& dentry, std::string& out) {
  charge(t, cost.readlink);
  const auto& inode = static_cast<PseudoInode&>(*dentry.inode);
  if (inode.refusal) return -inode.refusal;
  out = inode.text ? inode.text(t) : inode.target;
  return out.empty() ? -ENOENT_ : 0;
}

bool PseudoFs::jump_link(Thread* t, Dentry& dentry, Path& out) {
  const auto& inode = static_cast<PseudoInode&>(*dentry.inode);
  return inode.jump && inode.jump(t, out);
}

Ref<File> PseudoFs::make_file(Thread* t, const Path& path, std::uint32_t /*flags*/, std::int64_t& error) {
  const Ref<PseudoInode> inode(static_cast<PseudoInode*>(path.inode()));
  if (inode->refusal) return error = -inode->refusal, nullptr;
  if (!inode->is_regular() && !inode->reopened) return nullptr;
  charge(t, cost.open);
  if (inode->reopened) return inode->reopened;
  return new PseudoFile(path, inode);
}

const Directory& PseudoFs::listing(Thread* t, Dentry& dir) {
  auto& inode = static_cast<PseudoInode&>(*dir.inode);
  if (inode.list) inode.list(t, *inode.entries);
  return *inode.entries;
}

void PseudoFs::place_contents(Inode& inode, const InitialFile& file) {
  auto& own = static_cast<PseudoInode&>(inode);
  own.refusal = file.refusal;
  own.recorded = file.readings;
  if (own.recorded.empty() && file.size)
    own.generate = [bytes = static_cast<std::uint32_t>(file.size)](Thread&) { return Records{bytes}; };
}

}  // namespace isosim::kernel
