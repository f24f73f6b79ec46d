// System calls of the Sentry on descriptors that a Gofer donated.
#pragma once

#include <vector>

#include "models/go/runtime.h"

namespace isosim::models {

inline constexpr std::uint64_t kHostChunk =
    2 << 20;  // bytes, chunkSize in pkg/sentry/fs/fsutil/host_file_mapper.go

void close_host_file(go::G& g, std::int32_t fd);
std::int64_t sync_host_file(go::G& g, std::int32_t fd);

// One call a block, and again for what a call left of it, until a call moves nothing (safemem.FromIOReader).
// Bytes moved, or a negative errno if there are none.
std::int64_t transfer(go::G& g, std::int32_t fd, const std::vector<kernel::IoVec>& blocks,
                      std::uint64_t offset, bool write);

// A chunk of the file, shared; at `at` if that is not 0. The address or a negative errno.
std::int64_t map_host_chunk(go::G& g, std::int32_t fd, std::uint64_t chunk, bool write, kernel::Address at);
void unmap_host_chunk(go::G& g, kernel::Address at);

}  // namespace isosim::models
