#include "traces/shared_areas.h"

#include <sys/mman.h>
#include <sys/syscall.h>

#include <iterator>

#include "traces/infer_walk.h"

namespace isosim::traces::infer {

namespace {

// Kinds of objects, in the upper bits of Place::object.
constexpr std::uint64_t kAnonymous = 1ull << 60, kInode = 2ull << 60, kDescription = 3ull << 60;

}  // namespace

void SharedAreas::cut(Areas& areas, std::uint64_t start, std::uint64_t end) {
  auto at = areas.upper_bound(start);
  if (at != areas.begin()) --at;
  while (at != areas.end() && at->first < end) {
    const std::uint64_t first = at->first;
    const Area area = at->second;
    if (area.end <= start) {
      ++at;
      continue;
    }
    at = areas.erase(at);
    if (first < start) areas[first] = {start, area.place};
    if (area.end > end) areas[end] = {area.end, {area.place.object, area.place.offset + (end - first)}};
  }
}

void SharedAreas::apply(const Event& e, Processes& processes, std::int32_t child) {
  if (e.kind != EventKind::call || !succeeded(e)) return;
  if (child >= 0) {
    const std::uint32_t from = processes.of(e.tid).memory, to = processes.of(child).memory;
    if (const auto found = areas_.find(from); from != to && found != areas_.end()) {
      const Areas copy = found->second;
      areas_[to] = copy;
    }
    return;
  }
  if (e.nr != SYS_mmap && e.nr != SYS_munmap) return;
  const std::uint32_t memory = processes.of(e.tid).memory;
  const std::uint64_t start = e.nr == SYS_mmap ? static_cast<std::uint64_t>(e.result) : number(e, 0);
  const std::uint64_t end = start + number(e, 1);
  const bool shared = e.nr == SYS_mmap && has_flag(e, 3, MAP_SHARED);
  const auto known = areas_.find(memory);
  if (!shared && known == areas_.end()) return;
  Areas& areas = areas_[memory];
  cut(areas, start, end);
  if (!shared) return;
  Place place{kAnonymous | ++next_anonymous_, 0};
  if (!has_flag(e, 3, MAP_ANONYMOUS)) {
    const Description* open = processes.at(e.tid, static_cast<std::int32_t>(number(e, 4)));
    if (!open) return;
    place = {open->inode != kNone ? kInode | open->inode : kDescription | open->serial, number(e, 5)};
  }
  areas[start] = {end, place};
}

std::optional<SharedAreas::Place> SharedAreas::find(std::uint32_t memory, std::uint64_t address) const {
  const auto areas = areas_.find(memory);
  if (areas == areas_.end()) return {};
  const auto after = areas->second.upper_bound(address);
  if (after == areas->second.begin()) return {};
  const auto& [start, area] = *std::prev(after);
  if (address >= area.end) return {};
  return Place{area.place.object, area.place.offset + (address - start)};
}

}  // namespace isosim::traces::infer
