// The entries of a directory as its file system stores them, in the order in which getdents64 lists them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kernel-model/fs/file.h"

namespace isosim::kernel {

class Directory {
 public:
  struct Entry {
    std::string name;       // empty: removed
    Ref<Inode> inode;       // null in overlayfs' merged listings, which know only the name and the kind
    std::uint8_t kind = 0;  // DT_*
  };

  Directory();
  ~Directory();
  Directory(Directory&&) noexcept;
  Directory& operator=(Directory&&) noexcept;

  [[nodiscard]] const Entry* find(std::string_view name) const;
  void add(std::string_view name, Ref<Inode> inode, std::uint8_t kind);
  void replace(std::string_view name, Ref<Inode> inode, std::uint8_t kind);
  bool remove(std::string_view name);

  [[nodiscard]] std::size_t size() const { return index_.size(); }  // without "." and ".."
  [[nodiscard]] bool empty() const { return index_.empty(); }
  // Slots in listing order, removed ones (empty name) included: a slot's number is a stable getdents
  // position.
  [[nodiscard]] const std::vector<Entry>& slots() const { return slots_; }
  // Blocks of 4096 bytes that the entries take on disk (ext4_dir_entry_2 records).
  [[nodiscard]] std::uint64_t blocks() const { return bytes_ / 4096 + 1; }

 private:
  void compact();
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
  };
  std::vector<Entry> slots_;
  std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>>
      index_;  // looked up only, never iterated
  std::uint64_t bytes_ = 0;
};

}  // namespace isosim::kernel
