// The members of a tar archive in memory (ustar, GNU long names; pax records are skipped).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace isosim::traces {

struct TarMember {
  std::string name;
  std::string_view bytes;  // into the archive
};

bool is_tar(std::string_view head);
// Regular files only. Throws TraceError if the archive is damaged.
std::vector<TarMember> tar_members(std::string_view archive, const std::string& file);

}  // namespace isosim::traces
