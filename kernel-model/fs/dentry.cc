#include "kernel-model/fs/dentry.h"

namespace isosim::kernel {

namespace {

std::uint32_t hash_name(std::uint32_t parent, std::string_view name) {
  std::uint64_t h = 0xCBF29CE484222325u ^ (std::uint64_t{parent} * 0x9E3779B97F4A7C15u);
  for (const char c : name) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  return static_cast<std::uint32_t>(h ^ (h >> 32));
}

}  // namespace

Dentry::Dentry(SuperBlock& super_block, Ref<Dentry> parent_dentry, std::string_view dentry_name,
               std::uint32_t serial)
    : sb(super_block), parent(std::move(parent_dentry)), name(dentry_name), id(serial) {}

DentryCache::DentryCache() : buckets_(1024) {}

DentryCache::~DentryCache() {
  for (Dentry*& bucket : buckets_) {
    while (bucket) drop(*bucket);
  }
}

Dentry* DentryCache::lookup(const Dentry& parent, std::string_view name) const {
  const std::uint32_t hash = hash_name(parent.id, name);
  for (Dentry* d = buckets_[hash & (buckets_.size() - 1)]; d; d = d->next_) {
    if (d->hash_ == hash && d->parent.get() == &parent && d->name == name) return d;
  }
  return nullptr;
}

Ref<Dentry> DentryCache::make_root(SuperBlock& sb, Ref<Inode> inode) {
  Ref<Dentry> root(new Dentry(sb, nullptr, "/", next_id_++));
  root->inode = std::move(inode);
  return root;
}

Dentry& DentryCache::add(Dentry& parent, std::string_view name, Ref<Inode> inode) {
  auto* dentry = new Dentry(parent.sb, Ref<Dentry>(&parent), name, next_id_++);
  dentry->inode = std::move(inode);
  intrusive_ptr_add_ref(dentry);  // the cache's reference
  insert(*dentry);
  return *dentry;
}

void DentryCache::drop(Dentry& dentry) {
  if (!dentry.hashed) return;
  const Ref<Dentry> hold(&dentry);
  drop_children(dentry);
  unlink(dentry);
  intrusive_ptr_release(&dentry);
}

void DentryCache::drop_children(Dentry& parent) {
  while (!parent.children_.empty()) drop(parent.children_.front());
}

void DentryCache::remove(Ref<Dentry> dentry) {
  drop_children(*dentry);
  if (dentry->hashed && dentry->use_count() == 2) {
    dentry->inode.reset();
  } else {
    drop(*dentry);
  }
}

void DentryCache::move(Dentry& dentry, Dentry& new_parent, std::string_view new_name) {
  const Ref<Dentry> old_parent = dentry.parent;  // children stay: they hang on the dentry, not on its name
  unlink(dentry);
  dentry.parent = &new_parent;
  dentry.name = new_name;
  insert(dentry);
}

void DentryCache::insert(Dentry& dentry) {
  if (count_ >= buckets_.size()) grow();
  dentry.hash_ = hash_name(dentry.parent->id, dentry.name);
  Dentry*& bucket = buckets_[dentry.hash_ & (buckets_.size() - 1)];
  dentry.next_ = bucket;
  bucket = &dentry;
  dentry.hashed = true;
  dentry.parent->children_.push_back(dentry);
  ++count_;
}

void DentryCache::unlink(Dentry& dentry) {
  Dentry** link = &buckets_[dentry.hash_ & (buckets_.size() - 1)];
  while (*link != &dentry) link = &(*link)->next_;
  *link = dentry.next_;
  dentry.next_ = nullptr;
  dentry.hashed = false;
  dentry.parent->children_.erase(dentry.parent->children_.iterator_to(dentry));
  --count_;
}

void DentryCache::grow() {
  std::vector<Dentry*> old(buckets_.size() * 2);
  old.swap(buckets_);
  for (Dentry* d : old) {
    while (d) {
      Dentry* next = d->next_;
      Dentry*& bucket = buckets_[d->hash_ & (buckets_.size() - 1)];
      d->next_ = bucket;
      bucket = d;
      d = next;
    }
  }
}

}  // namespace isosim::kernel
