// How the Sentry's answers are told in a report.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "kernel-model/abi/syscall_names.h"
#include "models/sentry/syscalls/table.h"

namespace isosim::models {

namespace {

using Reasons = std::array<std::string, kernel::kSyscallLimit + 1>;

std::string reason_for(Release release, kernel::SysNr call) {
  const SentryAnswer answer = sentry_call(release, call);
  if (answer.kind == SentryAnswer::Kind::implemented) return {};
  const std::string_view known = kernel::syscall_name(call);
  const std::string name = known.empty() ? "this number" : std::string(known);
  if (answer.kind == SentryAnswer::Kind::needs_capability)
    return fmt::format("{}: not in gVisor; EPERM without {}, ENOSYS with it", name,
                       kernel::kCapabilityNames[static_cast<std::size_t>(answer.capability)]);
  if (answer.error == kernel::ENOSYS_)
    return fmt::format("{}: not in gVisor {} (ENOSYS)", name, facts(release).name);
  return fmt::format("{}: not in gVisor {} (errno {})", name, facts(release).name, answer.error);
}

std::array<Reasons, kReleases.size()> make_reasons() {
  std::array<Reasons, kReleases.size()> all;
  for (const Release release : kReleases)
    for (std::size_t call = 0; call <= kernel::kSyscallLimit; ++call)
      all[static_cast<std::size_t>(release)][call] = reason_for(release, static_cast<kernel::SysNr>(call));
  return all;
}

}  // namespace

std::string_view known_difference(Release release, const kernel::Sys& sys, std::int64_t returned) {
  const SentryAnswer answer = sentry_call(release, sys.nr);
  if (answer.kind == SentryAnswer::Kind::implemented) {
    const SentryPart* part = sentry_part(release, sys);
    return part && part->result == returned ? part->reason : std::string_view{};
  }
  const bool lacks_capability =
      answer.kind == SentryAnswer::Kind::needs_capability && returned == -kernel::EPERM_;
  if (returned != -answer.error && !lacks_capability) return {};
  static const std::array<Reasons, kReleases.size()> reasons = make_reasons();
  return reasons[static_cast<std::size_t>(release)][std::min<std::size_t>(sys.nr, kernel::kSyscallLimit)];
}

}  // namespace isosim::models
