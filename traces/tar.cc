#include "traces/tar.h"

#include <algorithm>

#include "traces/trace_error.h"

namespace isosim::traces {

namespace {

// Offsets of POSIX 1003.1-1990 ustar.
constexpr std::size_t kBlock = 512, kNameBytes = 100, kSizeAt = 124, kSizeBytes = 12, kTypeAt = 156,
                      kMagicAt = 257;
constexpr std::size_t kPrefixAt = 345, kPrefixBytes = 155;

std::string_view text_field(std::string_view header, std::size_t at, std::size_t bytes) {
  const std::string_view field = header.substr(at, bytes);
  return field.substr(0, std::min(field.find('\0'), field.size()));
}

std::size_t octal(std::string_view field, bool& ok) {
  std::size_t value = 0;
  for (const char c : field) {
    if (c == ' ' || c == '\0') continue;
    ok &= c >= '0' && c <= '7';
    value = value * 8 + static_cast<std::size_t>(c - '0');
  }
  return value;
}

}  // namespace

bool is_tar(std::string_view head) { return head.size() >= kBlock && head.substr(kMagicAt, 5) == "ustar"; }

std::vector<TarMember> tar_members(std::string_view archive, const std::string& file) {
  std::vector<TarMember> members;
  std::string long_name;
  for (std::size_t at = 0; at + kBlock <= archive.size();) {
    const std::string_view header = archive.substr(at, kBlock);
    if (header.find_first_not_of('\0') == std::string_view::npos) break;  // the end
    bool ok = is_tar(header);
    const std::size_t size = octal(header.substr(kSizeAt, kSizeBytes), ok);
    at += kBlock;
    if (!ok || size > archive.size() - at)
      throw TraceError(file, 0, "the tar archive is damaged or cut", "an archive of the files of strace -ff");
    const std::string_view bytes = archive.substr(at, size);
    const char type = header[kTypeAt];
    if (type == 'L') {
      long_name = text_field(bytes, 0, bytes.size());
    } else if (type == '0' || type == '\0') {
      const std::string_view prefix = text_field(header, kPrefixAt, kPrefixBytes);
      std::string name(text_field(header, 0, kNameBytes));
      if (!prefix.empty()) name = std::string(prefix) + "/" + name;
      members.push_back({long_name.empty() ? name : long_name, bytes});
      long_name.clear();
    }
    at += std::min((size + kBlock - 1) / kBlock * kBlock, archive.size() - at);
  }
  return members;
}

}  // namespace isosim::traces
