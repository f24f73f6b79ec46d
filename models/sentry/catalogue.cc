#include "models/sentry/catalogue.h"

#include <fmt/format.h>

#include <span>
#include <stdexcept>
#include <string>

#include "kernel-model/catalogue/load.h"
#include "kernel-model/kernel.h"
#include "models/go/lines.h"
#include "sim/data_file.h"

namespace isosim::data {
std::span<const sim::DataFile> sentry_files();
}

namespace isosim::models {

namespace {

const sim::Param kLinesPerLinuxLine{"sentry.lines_per_linux_line",
                                    "1",
                                    0.5,
                                    2,
                                    1,
                                    "lines of Go for a line of Linux, where the Sentry's were not counted",
                                    "the same work, not counted; inference"};

constexpr std::string_view kPrefix = "sentry";

enum class FileKind { counted, own, outside };

FileKind kind_of(std::string_view file) {
  if (file.ends_with("/own.json") || file.ends_with("/gofer.json")) return FileKind::own;
  return file.ends_with("/outside.json") ? FileKind::outside : FileKind::counted;
}

std::vector<sim::PathDef> paths_of(const sim::Catalogue& catalogue) {
  std::vector<sim::PathDef> paths;
  for (std::size_t i = 0; i < catalogue.size(); ++i)
    paths.push_back(catalogue[{static_cast<std::uint16_t>(i)}]);
  return paths;
}

sim::Mode sentry_mode(SentryPlatform platform) {
  return platform == SentryPlatform::kvm ? sim::Mode::guest_kernel : sim::Mode::user;
}

// Go's share of the same path of Linux. What Linux's cycles stand for, its serialising instructions and
// certain misses, is Linux's.
sim::PathDef like_linux(sim::PathDef path, double lines_per_line, SentryPlatform platform) {
  if (path.mode == sim::Mode::user) {  // the program's own computation
    if (platform == SentryPlatform::kvm) path.mode = sim::Mode::guest_user;
    return path;
  }
  if (path.mode == sim::Mode::kernel) path.mode = sentry_mode(platform);
  path.layer = fmt::format("{} {}", kPrefix, path.layer);
  path.millicycles = 0;
  path.unit_millicycles = 0;
  path.source = fmt::format("as in Linux: {}", path.source);
  go::scale_lines(path, lines_per_line);
  return path;
}

sim::PathDef counted(const sim::PathDef& linux, const sim::PathDef& sentry, double go_line,
                     SentryPlatform platform) {
  if (!sentry.unit.empty() && sentry.unit != linux.unit)
    throw std::invalid_argument(fmt::format("{}: the unit is '{}', as in the kernel's catalogue, not '{}'",
                                            sentry.id, linux.unit.empty() ? "none" : linux.unit,
                                            sentry.unit));
  sim::PathDef path = sentry;
  path.unit = linux.unit;
  path.mode = linux.mode == sim::Mode::kernel ? sentry_mode(platform) : linux.mode;
  go::scale_lines(path, go_line);
  return path;
}

}  // namespace

void load_sentry_catalogue(sim::Catalogue& catalogue, const sim::Settings& settings,
                           SentryPlatform platform) {
  sim::Catalogue linux;
  kernel::load_catalogue(linux, kPrefix);
  std::vector<sim::PathDef> paths = paths_of(linux);
  const double go_line = go::kernel_lines_per_line(settings);
  const double linux_line = go_line * settings.get(kLinesPerLinuxLine);
  for (sim::PathDef& path : paths) path = like_linux(std::move(path), linux_line, platform);

  for (const auto& file : data::sentry_files()) {
    sim::Catalogue read;
    kernel::load_catalogue_text(read, kPrefix, file.name, file.text);
    const FileKind kind = kind_of(file.name);
    for (sim::PathDef& path : paths_of(read)) {
      if (kind == FileKind::counted) {
        try {
          const sim::PathId id = linux.find(path.id);
          paths[id.index] = counted(linux[id], path, go_line, platform);
        } catch (const std::logic_error& error) {
          throw std::invalid_argument(fmt::format("{}: {}", file.name, error.what()));
        }
        continue;
      }
      // Code of the host's kernel is no Go.
      if (path.mode == sim::Mode::user) go::scale_lines(path, go_line);
      if (kind == FileKind::own && path.mode == sim::Mode::user) path.mode = sentry_mode(platform);
      paths.push_back(std::move(path));
    }
  }
  for (sim::PathDef& path : paths) catalogue.add(std::move(path));
}

}  // namespace isosim::models
