// An inode: what a file is apart from its names.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "kernel-model/fs/directory.h"
#include "kernel-model/fs/file.h"
#include "kernel-model/fs/inode_lock.h"
#include "kernel-model/fs/page_cache.h"
#include "sim/time.h"

namespace isosim::kernel {

class SuperBlock;
struct FileLocks;     // fs/locks.h
struct InodeWatches;  // fs/inotify.h

// st_mode bits.
namespace file_mode {
inline constexpr std::uint32_t type = 0170000, regular = 0100000, directory = 0040000, symlink = 0120000,
                               character = 0020000, block = 0060000, fifo = 0010000, socket = 0140000,
                               setuid = 04000, setgid = 02000, sticky = 01000, permissions = 07777;
}

// Something of another subsystem that lives as long as the inode: a FIFO's pipe, a bound socket.
struct InodeObject : Counted<InodeObject> {
  virtual ~InodeObject() = default;
};

namespace seal {
inline constexpr std::uint32_t seal = 1, shrink = 2, grow = 4, write = 8;
}

class Inode : public Counted<Inode> {
 public:
  Inode(SuperBlock& super_block, std::uint64_t inode_number, std::uint32_t inode_mode);
  virtual ~Inode();

  SuperBlock& sb;
  std::uint64_t number;
  std::uint32_t mode;
  std::uint32_t uid = 0, gid = 0;
  std::uint32_t links = 1;
  std::uint32_t opens = 0;           // descriptions; the last one of an inode without links evicts it
  std::uint32_t writers = 0;         // open for writing (i_writecount): ETXTBSY
  std::uint32_t executing = 0;       // mapped as a running program
  std::uint32_t seals = seal::seal;  // F_SEAL_*; files that cannot be sealed hold the one that says so
  std::uint64_t size = 0;            // bytes
  std::uint64_t allocated = 0;       // bytes of storage; holes and delayed allocation take none
  std::uint64_t rdev = 0;            // devices: major * 256 + minor
  sim::Time atime, mtime, ctime;
  std::string target;                                        // symlinks
  std::string interpreter;                                   // scripts: their first line without "#!"
  std::unique_ptr<Directory> entries;                        // directories
  PageCache pages;                                           // regular files
  std::map<std::string, std::uint32_t, std::less<>> xattrs;  // value sizes in bytes
  std::int32_t xattr_error =
      0;  // what reading any other attribute gives (InitialFile::xattr_error); 0: by type
  std::unique_ptr<FileLocks> locks;
  std::unique_ptr<InodeWatches> watches;
  Ref<InodeObject> object;
  InodeLock lock;

  [[nodiscard]] bool is(std::uint32_t kind) const { return (mode & file_mode::type) == kind; }
  [[nodiscard]] bool is_directory() const { return is(file_mode::directory); }
  [[nodiscard]] bool is_regular() const { return is(file_mode::regular); }
  [[nodiscard]] bool is_symlink() const { return is(file_mode::symlink); }
  [[nodiscard]] std::uint8_t dirent_kind() const {
    return static_cast<std::uint8_t>((mode & file_mode::type) >> 12);
  }
  void fill(FileStatus& out) const;
  // Names the contents for Cpu::copy: unique over all file systems of a kernel.
  [[nodiscard]] std::uint64_t cache_object() const { return cache_object_; }

 private:
  std::uint64_t cache_object_;
};

}  // namespace isosim::kernel
