#include "models/gofer/p9/types.h"

#include <charconv>

#include "kernel-model/fs/inode.h"

namespace isosim::models::p9 {

namespace {
constexpr std::string_view kPlainVersion = "9P2000.L", kGoogleVersion = "9P2000.L.Google.";
}

std::uint8_t qid_type_of(std::uint32_t mode) {
  namespace fm = kernel::file_mode;
  switch (mode & fm::type) {
    case fm::directory:
      return qid_type::directory;
    case fm::socket:
    case fm::fifo:
    case fm::character:
      return qid_type::append_only;
    case fm::symlink:
      return qid_type::symlink;
    default:
      return qid_type::regular;
  }
}

std::string version_string(std::uint32_t version) {
  if (version == 0) return std::string(kPlainVersion);
  return std::string(kGoogleVersion) + std::to_string(version);
}

std::optional<std::uint32_t> parse_version(std::string_view text) {
  if (text == kPlainVersion) return 0;
  if (!text.starts_with(kGoogleVersion)) return std::nullopt;
  text.remove_prefix(kGoogleVersion.size());
  std::uint32_t version = 0;
  const auto [end, error] = std::from_chars(text.begin(), text.end(), version);
  if (error != std::errc{} || end != text.end()) return std::nullopt;
  return version;
}

}  // namespace isosim::models::p9
