// What the Sentry's file systems use of it.
#pragma once

#include <vector>

#include "kernel-model/fs/file.h"
#include "models/go/runtime.h"
#include "models/sentry/clock.h"
#include "models/sentry/memory_file.h"
#include "models/sentry/notifier.h"
#include "models/sentry/release.h"

namespace isosim::models {

// An inode whose pages the Sentry can map: a file of the host, or pages of the memory file.
class Mappable {
 public:
  virtual ~Mappable() = default;
  // Where the Sentry sees the page; maps what that takes (a 2 MB chunk of a host file: one host mmap). 0: the
  // file has no such page.
  virtual kernel::Address host_page(go::G& g, std::uint64_t index, bool write) = 0;
};

class Services {
 public:
  virtual ~Services() = default;

  virtual go::G& goroutine(kernel::Thread& t) = 0;  // of the task
  virtual Clock& clock() = 0;
  virtual MemoryFile& memory_file() = 0;
  virtual Notifier& notifier() = 0;
  [[nodiscard]] virtual const ReleaseFacts& release() const = 0;
  virtual kernel::Kernel& host() = 0;

  // The memory of `t`'s buffer as the Sentry's process has it (pmas made, copies on write broken), as few
  // blocks of host addresses as it is contiguous in. Returns the bytes that can be accessed, from the start.
  virtual std::uint64_t host_blocks(kernel::Thread& t, const kernel::Io& io, std::uint64_t length, bool write,
                                    std::vector<kernel::IoVec>& blocks) = 0;

  // The Sentry touches its own memory, in whatever mode it runs: EPT violations in the guest, faults outside.
  virtual void touch_own(kernel::Thread& t, kernel::Address address, std::uint64_t length, bool write) = 0;

  // Go's allocator gave out `bytes`: collects garbage when the heap has grown enough.
  virtual void allocate(kernel::Thread& t, std::uint64_t bytes) = 0;
};

}  // namespace isosim::models
