// What open files of the Sentry's own file systems have in common (pkg/sentry/fs).
#pragma once

#include <string>

#include "kernel-model/fs/directory_file.h"
#include "kernel-model/fs/regular_file.h"

namespace isosim::models {

// Of a file system that asks another one for the size.
class SentryFile : public kernel::RegularFile {
 public:
  using RegularFile::RegularFile;
  std::int64_t seek(kernel::Kernel& k, kernel::Thread& t, std::int64_t offset, int whence) override;
};

// A directory whose names are fetched and sorted anew for each listing: one goes on behind the name that the
// one before gave out last.
class SentryDirectory : public kernel::DirectoryFile {
 public:
  using DirectoryFile::DirectoryFile;

 protected:
  // read_directory(), of the names in `entries` of the inode.
  std::int64_t list_on(kernel::Kernel& k, kernel::Thread& t, std::uint64_t length);

 private:
  std::string cursor_;                     // the last name that was given out (dirCursor)
  std::uint64_t cursor_position_ = ~0ull;  // the position that it was given out for
};

}  // namespace isosim::models
