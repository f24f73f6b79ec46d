// The Sentry's memory file (pkg/sentry/platform/filemem in release-20190304.1, pgalloc later): all memory of
// the application and of the Sentry's own tmpfs is a memfd, which the Sentry maps in chunks.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "kernel-model/abi/payload.h"
#include "models/go/runtime.h"
#include "sim/params.h"

namespace isosim::models {

extern const sim::Param memory_chunk;

class MemoryFile {
 public:
  MemoryFile(kernel::Kernel& host, const sim::Settings& settings);

  // Makes the file; once, while the sandbox boots.
  void create(go::G& g);

  // Where the Sentry sees a page of the file. The first use of a chunk maps it, a first use beyond the file's
  // end doubles the file: a host call each.
  kernel::Address address(go::G& g, std::uint64_t page);

  // Pages for files of the Sentry's tmpfs (Allocate): the lowest free ones that are contiguous, aligned to 2
  // MB from 2 MB on. They lie behind those whose numbers SentryMemory gives out. Returns the first.
  std::uint64_t allocate(std::uint64_t count);

  // MemoryFile.DecRef: the pages go back to the host once the reclaimer gets to them.
  void free(go::G& g, std::uint64_t page, std::uint64_t count);
  // Decommit: the pages stay in use, and what is behind them goes back to the host at once.
  void decommit(go::G& g, std::uint64_t page, std::uint64_t count);
  // Called for pages that free() was given and that are now free, other than those of allocate().
  std::function<void(std::uint64_t first, std::uint64_t count)> reclaimed;
  // The reclaimer's life: gives freed ranges back (fallocate PUNCH_HOLE), in order of address.
  void reclaim(go::G& g);

  [[nodiscard]] std::int32_t fd() const { return fd_; }
  [[nodiscard]] std::uint64_t chunk_bytes() const { return chunk_bytes_; }

 private:
  kernel::Address map_chunk(go::G& g, std::uint64_t chunk);

  struct Range {
    std::uint64_t first, count;
  };
  void give_back(Range range);

  std::uint64_t chunk_bytes_;
  std::int32_t fd_ = -1;
  std::uint64_t file_bytes_ = 0;
  std::vector<kernel::Address> chunks_;  // 0: not mapped
  std::uint64_t file_pages_start_;
  std::map<std::uint64_t, std::uint64_t> free_runs_;  // for allocate(): first page to count
  std::vector<Range> freed_;
  go::G* reclaimer_ = nullptr;  // while it sleeps
  sim::PathId free_, map_, reclaim_;
};

}  // namespace isosim::models
