// Finds the text of a trace - one file, a set of -ff files in a folder or a tar, a prefix - and reads it.
#pragma once

#include <filesystem>
#include <string_view>

namespace isosim::traces {

class BinaryWriter;

// Reads the text at `path` into `out` and finishes it. Throws TraceError if there is no trace.
void read_strace(const std::filesystem::path& path, BinaryWriter& out);
// The same for text in memory (packed or not, a tar or not).
void read_strace_text(std::string_view text, std::string_view name, BinaryWriter& out);

}  // namespace isosim::traces
