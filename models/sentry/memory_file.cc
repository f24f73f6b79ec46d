#include "models/sentry/memory_file.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/mm/mman.h"

namespace isosim::models {

namespace nr = kernel::nr;
using kernel::Address;
using kernel::kPage;

const sim::Param memory_chunk{"sentry.mm.chunk",
                              "bytes",
                              2 << 20,
                              1 << 30,
                              16 << 20,
                              "how much of its memory file the Sentry maps at once",
                              "chunkShift 24 in pkg/sentry/platform/filemem/filemem.go, release-20190304.1"};

namespace {
constexpr std::uint64_t kFirstSize = 16 << 20;
constexpr std::uint64_t kProtReadWrite = 3, kMapShared = 1;
constexpr std::uint64_t kPunchHoleKeepSize = 3;
}  // namespace

MemoryFile::MemoryFile(kernel::Kernel& host, const sim::Settings& settings)
    : chunk_bytes_(static_cast<std::uint64_t>(settings.integer(memory_chunk))),
      free_(host.catalogue.find("sentry.filemem.free")),
      map_(host.catalogue.find("sentry.filemem.map_chunk")),
      reclaim_(host.catalogue.find("sentry.filemem.reclaim")) {
  const auto memory = static_cast<std::uint64_t>(host.cpu.spec().memory_bytes);
  file_pages_start_ = (memory / chunk_bytes_ + 2) * (chunk_bytes_ / kPage);  // no page number in between
  free_runs_.emplace(file_pages_start_, ~0ull / kPage - file_pages_start_);
}

void MemoryFile::create(go::G& g) {
  kernel::Sys sys;
  sys.nr = nr::memfd_create;
  sys.at[0] = std::string_view("memory-usage");
  fd_ = static_cast<std::int32_t>(g.call(sys));
  g.runtime.start(g, "reclaimer", [this](go::G& own) { reclaim(own); });
}

Address MemoryFile::address(go::G& g, std::uint64_t page) {
  const std::uint64_t offset = page * kPage, chunk = offset / chunk_bytes_;
  const Address base = chunk < chunks_.size() && chunks_[chunk] ? chunks_[chunk] : map_chunk(g, chunk);
  return base + offset % chunk_bytes_;
}

Address MemoryFile::map_chunk(go::G& g, std::uint64_t chunk) {
  if (chunks_.size() <= chunk) chunks_.resize(chunk + 1);
  g.charge(map_);
  const std::uint64_t end = (chunk + 1) * chunk_bytes_;
  if (end > file_bytes_) {
    file_bytes_ = std::max({kFirstSize, file_bytes_ * 2, end});
    kernel::Sys grow;
    grow.nr = nr::ftruncate;
    grow.arg = {static_cast<std::uint64_t>(fd_), file_bytes_};
    g.call(grow);
  }
  if (chunks_[chunk]) return chunks_[chunk];  // somebody else was faster
  kernel::Sys sys;
  sys.nr = nr::mmap;
  sys.arg = {
      0, chunk_bytes_, kProtReadWrite, kMapShared, static_cast<std::uint64_t>(fd_), chunk * chunk_bytes_};
  const std::int64_t at = g.call(sys);
  if (at < 0) throw std::runtime_error("the Sentry cannot map its memory file: the host is out of memory");
  return chunks_[chunk] = static_cast<Address>(at);
}

std::uint64_t MemoryFile::allocate(std::uint64_t count) {
  constexpr std::uint64_t kHuge = 512;
  for (auto run = free_runs_.begin();; ++run) {  // the last one has no end
    const auto [first, length] = *run;
    const std::uint64_t at = count >= kHuge ? (first + kHuge - 1) / kHuge * kHuge : first;
    if (at - first > length || length - (at - first) < count) continue;
    free_runs_.erase(run);
    if (at > first) free_runs_.emplace(first, at - first);
    if (at + count < first + length) free_runs_.emplace(at + count, first + length - (at + count));
    return at;
  }
}

void MemoryFile::give_back(Range range) {
  if (range.first < file_pages_start_) {
    if (reclaimed) reclaimed(range.first, range.count);
    return;
  }
  auto next = free_runs_.lower_bound(range.first);
  if (next != free_runs_.end() && next->first == range.first + range.count) {
    range.count += next->second;
    next = free_runs_.erase(next);
  }
  if (next != free_runs_.begin()) {
    auto before = std::prev(next);
    if (before->first + before->second == range.first) {
      before->second += range.count;
      return;
    }
  }
  free_runs_.emplace_hint(next, range.first, range.count);
}

void MemoryFile::free(go::G& g, std::uint64_t page, std::uint64_t count) {
  g.charge(free_);
  freed_.push_back({page, count});
  if (go::G* sleeper = std::exchange(reclaimer_, nullptr)) g.runtime.ready(g, *sleeper);
}

void MemoryFile::decommit(go::G& g, std::uint64_t page, std::uint64_t count) {
  kernel::Sys sys;
  sys.nr = nr::fallocate;
  sys.arg = {static_cast<std::uint64_t>(fd_), kPunchHoleKeepSize, page * kPage, count * kPage};
  g.call(sys);
}

void MemoryFile::reclaim(go::G& g) {
  for (;;) {
    while (freed_.empty()) {
      reclaimer_ = &g;
      g.park();
    }
    std::vector<Range> ranges = std::exchange(freed_, {});
    std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.first < b.first; });
    for (std::size_t i = 0; i < ranges.size();) {
      Range whole = ranges[i++];
      while (i < ranges.size() && ranges[i].first == whole.first + whole.count)
        whole.count += ranges[i++].count;
      g.charge(reclaim_);
      decommit(g, whole.first, whole.count);
      give_back(whole);
    }
  }
}

}  // namespace isosim::models
