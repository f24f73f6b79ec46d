#include "kernel-model/fs/directory.h"

#include "kernel-model/fs/inode.h"

namespace isosim::kernel {

namespace {

// struct ext4_dir_entry_2: 8 bytes and the name, to 4.
std::uint64_t record_bytes(std::string_view name) { return (8 + name.size() + 3) & ~std::uint64_t{3}; }

}  // namespace

Directory::Directory() = default;
Directory::~Directory() = default;
Directory::Directory(Directory&&) noexcept = default;
Directory& Directory::operator=(Directory&&) noexcept = default;

const Directory::Entry* Directory::find(std::string_view name) const {
  const auto it = index_.find(name);
  return it == index_.end() ? nullptr : &slots_[it->second];
}

void Directory::add(std::string_view name, Ref<Inode> inode, std::uint8_t kind) {
  index_.emplace(name, static_cast<std::uint32_t>(slots_.size()));
  slots_.push_back({std::string(name), std::move(inode), kind});
  bytes_ += record_bytes(name);
}

void Directory::replace(std::string_view name, Ref<Inode> inode, std::uint8_t kind) {
  Entry& entry = slots_[index_.find(name)->second];
  entry.inode = std::move(inode);
  entry.kind = kind;
}

bool Directory::remove(std::string_view name) {
  const auto it = index_.find(name);
  if (it == index_.end()) return false;
  bytes_ -= record_bytes(name);
  Entry& entry = slots_[it->second];
  entry.inode.reset();
  index_.erase(it);
  entry.name.clear();
  while (!slots_.empty() && slots_.back().name.empty()) slots_.pop_back();
  if (slots_.size() > 64 && slots_.size() > 4 * index_.size()) compact();
  return true;
}

// Removed slots go once they are three quarters: a listing in progress may then miss entries, as telldir
// allows.
void Directory::compact() {
  std::erase_if(slots_, [](const Entry& entry) { return entry.name.empty(); });
  for (std::uint32_t i = 0; i < slots_.size(); ++i) index_.find(slots_[i].name)->second = i;
}

}  // namespace isosim::kernel
