// Directories whose listing is known only by its size: the names that no call mentions are invented so that
// the records of getdents64 add up to the recorded bytes, call by call.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "traces/infer_walk.h"

namespace isosim::traces::infer {

struct ListingPlan {
  std::vector<std::string> order;    // names that were there at the start, without . and ..
  std::vector<std::string> fillers;  // those of them that are invented
  bool exact = true;                 // the records add up
};

// `assumed`: names that are there on every machine; those of them of which no call tells are in the plan,
// unless that makes the records too long.
ListingPlan plan_listing(const Names& names, InodeId directory, const Listing& listing,
                         const std::vector<std::string_view>& assumed = {});

// Bytes of a name's linux_dirent64 (fs/readdir.c: ALIGN(offsetof(d_name) + length + 1, 8)).
std::uint64_t record_bytes(std::string_view name);

}  // namespace isosim::traces::infer
