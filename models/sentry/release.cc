#include "models/sentry/release.h"

#include <fmt/format.h>

#include <stdexcept>
#include <vector>

namespace isosim::models {

namespace {

constexpr std::uint32_t kMiB = 1u << 20;

constexpr std::array<ReleaseFacts, kReleases.size()> kFacts{{
    {.name = "20190304.1",
     .path_buffer = 4096,
     .handle_sharing = false,
     .clunk_by_finalizer = true,
     .create_walks_with_attributes = false,
     .ticker_stops_when_idle = false,
     .bounce_takes_waiter = false,
     .stub_traps_after_call = false,
     .overlay_reads_for_write = true,
     .overlay_rename_looks = true,
     .overlay_binds_anywhere = false,
     .overlay_image_read_only = false,
     .overlay_root_as_below = false,
     .p9_version = 6,
     .p9_server_msize = 4 * kMiB,
     .ppoll = false,
     .flipcall = false,
     .os_file = true,
     .reopen_by_procfs = false},
    {.name = "20190529.1",
     .path_buffer = 4096,
     .handle_sharing = true,
     .clunk_by_finalizer = false,
     .create_walks_with_attributes = true,
     .ticker_stops_when_idle = false,
     .bounce_takes_waiter = false,
     .stub_traps_after_call = false,
     .overlay_reads_for_write = true,
     .overlay_rename_looks = false,
     .overlay_binds_anywhere = false,
     .overlay_image_read_only = true,
     .overlay_root_as_below = false,
     .p9_version = 7,
     .p9_server_msize = 4 * kMiB,
     .ppoll = false,
     .flipcall = false,
     .os_file = false,
     .reopen_by_procfs = false},
    {.name = "20190806.1",
     .path_buffer = 256,
     .handle_sharing = true,
     .clunk_by_finalizer = false,
     .create_walks_with_attributes = true,
     .ticker_stops_when_idle = false,
     .bounce_takes_waiter = true,
     .stub_traps_after_call = false,
     .overlay_reads_for_write = false,
     .overlay_rename_looks = false,
     .overlay_binds_anywhere = true,
     .overlay_image_read_only = true,
     .overlay_root_as_below = true,
     .p9_version = 7,
     .p9_server_msize = 4 * kMiB,
     .ppoll = true,
     .flipcall = false,
     .os_file = false,
     .reopen_by_procfs = true},
    {.name = "20200127.0",
     .path_buffer = 256,
     .handle_sharing = true,
     .clunk_by_finalizer = false,
     .create_walks_with_attributes = true,
     .ticker_stops_when_idle = true,
     .bounce_takes_waiter = true,
     .stub_traps_after_call = true,
     .overlay_reads_for_write = false,
     .overlay_rename_looks = false,
     .overlay_binds_anywhere = true,
     .overlay_image_read_only = true,
     .overlay_root_as_below = true,
     .p9_version = 10,
     .p9_server_msize = 1 * kMiB,
     .ppoll = true,
     .flipcall = true,
     .os_file = false,
     .reopen_by_procfs = true},
}};

}  // namespace

const ReleaseFacts& facts(Release release) { return kFacts[static_cast<std::size_t>(release)]; }

Release parse_release(std::string_view name) {
  std::string_view bare = name;
  if (constexpr std::string_view kPrefix = "release-"; bare.starts_with(kPrefix))
    bare.remove_prefix(kPrefix.size());
  std::vector<std::string_view> known;
  for (const Release release : kReleases) {
    if (facts(release).name == bare) return release;
    known.push_back(facts(release).name);
  }
  throw std::invalid_argument(
      fmt::format("no model of gVisor release \"{}\"; there are {}", name, fmt::join(known, ", ")));
}

}  // namespace isosim::models
