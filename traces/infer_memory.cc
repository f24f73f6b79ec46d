// Which calls of several threads meet at one place of their memory.
#include <sys/syscall.h>

#include "traces/infer_walk.h"

namespace isosim::traces::infer {

// The kernel gives an area that one thread unmapped to whichever maps next: what took it came later.
void Walk::memory_call(const Event& e) {
  if ((e.nr != SYS_munmap && e.nr != SYS_mmap) || e.argc < 2 || !succeeded(e)) return;
  const Process& process = processes.of(e.tid);
  if (process.threads < 2) return;
  const bool unmaps = e.nr == SYS_munmap;
  const std::uint64_t start = unmaps ? number(e, 0) : static_cast<std::uint64_t>(e.result);
  const std::uint64_t end = start + number(e, 1);
  auto& areas = unmapped_[process.memory];  // disjoint
  auto at = areas.upper_bound(start);
  if (at != areas.begin()) --at;
  while (at != areas.end() && at->first < end) {
    if (at->second.end <= start) {
      ++at;
    } else if (unmaps) {
      at = areas.erase(at);
    } else {
      touch(Touch::Kind::memory, (at++)->second.id, false);
    }
  }
  if (!unmaps) return;
  areas[start] = {end, next_area_};
  touch(Touch::Kind::memory, next_area_++, true);
}

}  // namespace isosim::traces::infer
