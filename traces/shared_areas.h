// Which memory the traced processes share: what an address means that two of them have in a call.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>

#include "traces/event.h"
#include "traces/infer_process.h"

namespace isosim::traces::infer {

class SharedAreas {
 public:
  struct Place {
    std::uint64_t object = 0;  // a file, an anonymous area or a segment
    std::uint64_t offset = 0;
  };

  // A call of `e.tid`; of the processes as they are after it. `child`: the task that it made, or -1.
  void apply(const Event& e, Processes& processes, std::int32_t child);

  // Nothing: private memory, as far as the trace shows.
  [[nodiscard]] std::optional<Place> find(std::uint32_t memory, std::uint64_t address) const;

 private:
  struct Area {
    std::uint64_t end;
    Place place;
  };
  using Areas = std::map<std::uint64_t, Area>;  // by start
  static void cut(Areas& areas, std::uint64_t start, std::uint64_t end);

  std::unordered_map<std::uint32_t, Areas> areas_;  // by address space; looked up only
  std::uint64_t next_anonymous_ = 0;
};

}  // namespace isosim::traces::infer
