// The Sentry's memory management (pkg/sentry/mm): areas are as Linux has them; memory behind them comes from
// the memory file in blocks of up to 2 MB (pmas), is mapped into the application by the platform, and reaches
// the machine's memory at the first touch of each page.
#pragma once

#include <map>
#include <vector>

#include "kernel-model/mm/memory_manager.h"
#include "models/sentry/memory_file.h"
#include "models/sentry/platform.h"

namespace isosim::models {

class SentryMemory final : public kernel::MemoryManager {
 public:
  SentryMemory(kernel::Kernel& sentry, MemoryFile& file);
  void set_platform(Platform& platform) { platform_ = &platform; }

  // The host addresses of [address, address + length) of the task's memory, adjacent ones as one block.
  // Returns the bytes that can be accessed, from the start.
  std::uint64_t host_blocks(kernel::Thread& t, kernel::Address address, std::uint64_t length, bool write,
                            std::vector<kernel::IoVec>& blocks);

  // MemoryManager.HandleUserFault, without the mapping: 0 once the application may access the page so.
  std::int64_t application_fault(kernel::Thread& t, kernel::Address page, bool write);

  // What of which file of the host the application has to see around a page of its memory, in one piece.
  struct HostMapping {
    kernel::Address address = 0;
    std::uint64_t length = 0, offset = 0;  // bytes; length 0: nothing
    std::int32_t fd = -1;                  // of the Sentry
    bool writable = false;
  };
  HostMapping mapping_at(kernel::Thread& t, kernel::Address page);

 protected:
  std::int64_t access(kernel::Thread& t, kernel::Address address, std::uint64_t length, bool write,
                      bool from_user, kernel::Address& reached) override;
  std::int64_t anonymous_page(kernel::Thread& t, kernel::Mm& mm, kernel::Vma& area, kernel::Address page,
                              bool write) override;
  std::int64_t file_page(kernel::Thread& t, kernel::Mm& mm, kernel::Vma& area, kernel::Address page,
                         bool write) override;
  std::int64_t write_protected_page(kernel::Thread& t, kernel::Mm& mm, kernel::Vma& area,
                                    kernel::Address page, kernel::Pte& pte) override;
  void zap(kernel::Thread& t, kernel::Mm& mm, kernel::Address start, kernel::Address end,
           bool flush) override;
  void discard(kernel::Thread& t, kernel::Mm& mm, kernel::Vma& area, kernel::Address start,
               kernel::Address end) override;
  void flush_tlb(kernel::Thread& t, std::uint64_t pages) override;

 private:
  std::int64_t ensure(kernel::Thread& t, kernel::Mm& mm, kernel::Address page, bool write, bool from_user);
  kernel::Address host_address(kernel::Thread& t, kernel::Mm& mm, kernel::Address page);
  bool give_up(kernel::Thread& t, std::uint32_t frame);
  bool fill(kernel::Thread& t, kernel::Mm& mm, kernel::Vma& area, kernel::Address from, kernel::Address to);
  void shared_page(kernel::Thread& t, kernel::Mm& mm, kernel::Vma& area, kernel::Address page);

  MemoryFile& file_;
  Platform* platform_ = nullptr;
  // Pages of shared memory without a name, by object and index.
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint32_t> shared_;
  sim::PathId handle_fault_, pma_, internal_;
};

}  // namespace isosim::models
