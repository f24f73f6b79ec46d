// The releases of gVisor that there are models of, and where they differ.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace isosim::models {

enum class Release : std::uint8_t { r20190304, r20190529, r20190806, r20200127 };

inline constexpr std::array<Release, 4> kReleases{Release::r20190304, Release::r20190529, Release::r20190806,
                                                  Release::r20200127};

// How the Sentry runs the application's code.
enum class SentryPlatform : std::uint8_t { kvm, ptrace };

// Facts of docs/gvisor/sentry.md (5.4) and docs/gvisor/gofer.md (2.2, 2.3, 3.2 to 3.4); sources in the
// release named.
struct ReleaseFacts {
  std::string_view name;  // "20190304.1", the tag without "release-"

  // Sentry.
  std::uint32_t path_buffer;  // bytes allocated at once for a path argument (pkg/sentry/usermem/usermem.go)
  bool handle_sharing;        // opens of a regular gofer file share handles (pkg/sentry/fs/gofer/inode.go)
  bool clunk_by_finalizer;    // revalidation leaves its fid to Go's collector (fs/gofer/cache_policy.go)
  bool create_walks_with_attributes;  // Tucreate is followed by Twalkgetattr, not by Tgetattr and Twalk
  bool ticker_stops_when_idle;        // the 10 ms CPU clock (pkg/sentry/kernel/kernel.go)
  bool bounce_takes_waiter;    // Put of a bounced vCPU clears the bit of who waits itself (kvm/machine.go)
  bool stub_traps_after_call;  // ptrace: an injected call ends at an int3, not at two system call stops

  // The overlay of --overlay (pkg/sentry/fs/inode_overlay.go, runsc/boot/fs.go).
  bool overlay_reads_for_write;  // a file to be written needs to be readable only, until it is copied up
  bool overlay_rename_looks;     // the new name is looked up again even if there is none
  bool overlay_binds_anywhere;   // bind(2) copies its directory up; else it fails where that is not done yet
  bool overlay_image_read_only;  // the image below one, so that handles of files opened for reading stay
  bool overlay_root_as_below;    // mode and owner of its root are the lower one's; else 0777 and root

  // 9P.
  std::uint32_t p9_version;       // X of 9P2000.L.Google.X (pkg/p9/version.go)
  std::uint32_t p9_server_msize;  // bytes, what the Gofer agrees to at most (pkg/p9/transport.go)
  bool ppoll;                     // a socket is waited for by ppoll, not poll (pkg/unet/unet_unsafe.go)
  bool flipcall;                  // messages through shared memory (pkg/flipcall)

  // Gofer.
  bool os_file;           // Go's os.File with its fcntl and epoll_ctl calls (runsc/fsgofer/fsgofer.go)
  bool reopen_by_procfs;  // a clone opens /proc/self/fd/N, not the path
};

const ReleaseFacts& facts(Release release);

// From a name as gVisor's tags have it, with or without "release-". Throws std::invalid_argument that names
// those there are.
Release parse_release(std::string_view name);

}  // namespace isosim::models
