// How the Sentry's answers are told in a report.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/inode.h"
#include "kernel-model/fs/open.h"
#include "models/sentry/syscalls/table.h"

namespace isosim::models {

namespace nr = kernel::nr;

namespace {

template <std::size_t count, class Make>
std::array<std::string, count> texts(Make make) {
  std::array<std::string, count> all;
  for (std::size_t i = 0; i < count; ++i) all[i] = make(i);
  return all;
}

std::string_view not_in(Release release) {
  static const auto all = texts<kReleases.size()>(
      [](std::size_t i) { return fmt::format("not in gVisor {}", facts(kReleases[i]).name); });
  return all[static_cast<std::size_t>(release)];
}

std::string_view privileged(kernel::Cap capability) {
  static const auto all = texts<kernel::kCapabilityNames.size()>([](std::size_t i) {
    return fmt::format("not in gVisor; EPERM without {}, ENOSYS with it", kernel::kCapabilityNames[i]);
  });
  return all[static_cast<std::size_t>(capability)];
}

// FS_IOC_GETFLAGS, SETFLAGS, FIEMAP, FSGETXATTR, FSSETXATTR; FIGETBSZ (include/uapi/linux/fs.h).
bool asks_file_system(const kernel::Sys& sys) {
  constexpr std::array<std::uint64_t, 6> kRequests{0x80086601, 0x40086602, 0xC020660B,
                                                   0x801C581F, 0x401C5820, 2};
  return sys.nr == nr::ioctl &&
         std::find(kRequests.begin(), kRequests.end(), sys.u64(1) & 0xFFFFFFFF) != kRequests.end();
}

}  // namespace

std::string_view known_difference(Release release, const kernel::Sys& sys, std::int64_t returned) {
  const SentryAnswer answer = sentry_call(release, sys.nr);
  switch (answer.kind) {
    case SentryAnswer::Kind::implemented: {
      if (returned == -kernel::EOPNOTSUPP_ && (sys.nr == nr::mknod || sys.nr == nr::mknodat) &&
          (sys.u64(sys.nr == nr::mknod ? 1 : 2) & kernel::file_mode::type) == kernel::file_mode::fifo)
        return "the Gofer makes no pipes (EOPNOTSUPP)";
      if (returned == -kernel::EISDIR_ && kernel::asks_for_tmpfile(sys))
        return "gVisor does not know O_TMPFILE (EISDIR)";
      if (returned == -kernel::ENOTTY_ && asks_file_system(sys))
        return "files of gVisor have no ioctl (FileNoIoctl: ENOTTY)";
      const SentryPart* part = sentry_part(release, sys);
      return part && part->result == returned ? part->reason : std::string_view{};
    }
    case SentryAnswer::Kind::needs_capability: {
      const bool known = returned == -answer.error || returned == -kernel::EPERM_;
      return known ? privileged(answer.capability) : std::string_view{};
    }
    default:
      return returned == -answer.error ? not_in(release) : std::string_view{};
  }
}

}  // namespace isosim::models
