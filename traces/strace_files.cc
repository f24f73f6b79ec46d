#include "traces/strace_files.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "traces/input.h"
#include "traces/scan.h"
#include "traces/strace_reader.h"
#include "traces/tar.h"
#include "traces/trace_error.h"

namespace isosim::traces {

namespace {

constexpr std::size_t kArchiveLimit = std::size_t{4} << 30;
constexpr std::size_t kBufferBytes = 256 * 1024;
constexpr const char* kRight = "a text that strace wrote (strace -f -ttt -T -o FILE COMMAND)";

// The tid of "out.1234", "out.1234.zst".
std::optional<std::int32_t> tid_of(std::string name) {
  for (const std::string_view packed : {".zst", ".gz"}) {
    if (name.ends_with(packed)) name.erase(name.size() - packed.size());
  }
  const std::size_t dot = name.rfind('.');
  if (dot == std::string::npos || dot + 1 == name.size()) return std::nullopt;
  std::uint64_t n = 0;
  const char* end = name.data() + name.size();
  if (read_decimal(name.data() + dot + 1, end, n) != end || n == 0 || n > INT32_MAX) return std::nullopt;
  return static_cast<std::int32_t>(n);
}

void finish(StraceReader& reader, Source source, std::uint64_t bytes, const std::string& name) {
  reader.finish(source, bytes, name);
  const TraceInfo& info = reader.info();
  if (info.line_counts.events > 0) return;
  const std::string wrong =
      info.line_counts.summary > 0 ? "holds only the table of strace -c, no calls" : "holds no system call";
  throw TraceError(name, 0, wrong, kRight);
}

void read_single(std::unique_ptr<InputStream> input, const std::string& name, std::size_t buffer_bytes,
                 BinaryWriter& out) {
  LineReader lines(std::move(input), name, buffer_bytes);
  StraceReader reader(out);
  StraceReader::File file;
  file.name = name;
  for (std::string_view line; lines.next(line);) {
    reader.look(file, line, lines.cut());
    reader.take(file);
  }
  reader.count_clock_steps(file.clock.steps());
  finish(reader, Source::strace, lines.bytes(), name);
}

struct Member {
  std::string name;
  std::int32_t tid;
  std::unique_ptr<InputStream> input;
};

// One file a thread: their lines by time, those of one file in its order.
void read_set(std::vector<Member> members, const std::string& name, BinaryWriter& out) {
  if (members.empty())
    throw TraceError(name, 0, "holds no file of strace -ff", "files whose names end in .PID");
  std::sort(members.begin(), members.end(), [](const Member& a, const Member& b) { return a.tid < b.tid; });
  constexpr std::size_t kBuffers = 32u << 20;  // all together
  const std::size_t buffer = std::clamp<std::size_t>(kBuffers / members.size(), 4096, kBufferBytes);
  struct Open {
    LineReader lines;
    StraceReader::File file;
  };
  std::vector<std::unique_ptr<Open>> files;
  StraceReader reader(out);
  using Key = std::pair<std::int64_t, std::size_t>;
  std::priority_queue<Key, std::vector<Key>, std::greater<>> next;
  const auto look = [&](Open& f) {
    std::string_view line;
    if (!f.lines.next(line)) return false;
    reader.look(f.file, line, f.lines.cut());
    return true;
  };
  for (Member& m : members) {
    files.push_back(std::make_unique<Open>(Open{LineReader(std::move(m.input), m.name, buffer), {}}));
    files.back()->file.name = m.name;
    files.back()->file.tid = m.tid;
    if (look(*files.back())) next.push({files.back()->file.time_ns, files.size() - 1});
  }
  while (!next.empty()) {
    const std::size_t i = next.top().second;
    Open& f = *files[i];
    next.pop();
    bool more = true;
    do {  // the same file goes on while it is the earliest
      reader.take(f.file);
      more = look(f);
    } while (more && (next.empty() || Key{f.file.time_ns, i} <= next.top()));
    if (more) next.push({f.file.time_ns, i});
  }
  std::uint64_t bytes = 0;
  for (const auto& f : files) {
    bytes += f->lines.bytes();
    reader.count_clock_steps(f->file.clock.steps());
  }
  finish(reader, Source::strace_ff, bytes, name);
}

std::vector<Member> members_of_folder(const std::filesystem::path& folder, const std::string& prefix) {
  std::vector<Member> members;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const auto tid = tid_of(name);
    if (!tid || !name.starts_with(prefix) || !entry.is_regular_file()) continue;
    // The whole file: as many threads as descriptors may be open would be few.
    const auto input = open_input(entry.path());
    members.push_back({entry.path().string(), *tid, nullptr});
    members.back().input = owned_input(read_all(*input, kArchiveLimit, entry.path().string()));
  }
  return members;
}

}  // namespace

void read_strace(const std::filesystem::path& path, BinaryWriter& out) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (std::filesystem::is_directory(status)) return read_set(members_of_folder(path, ""), path.string(), out);
  if (!std::filesystem::exists(status)) {
    const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
    std::vector<Member> members;
    if (std::filesystem::is_directory(folder, error))
      members = members_of_folder(folder, path.filename().string() + ".");
    if (members.empty())
      throw TraceError(path.string(), 0, "does not exist",
                       "a trace file, a folder of -ff files, or their prefix");
    return read_set(std::move(members), path.string(), out);
  }
  auto input = open_input(path);
  std::string head(512, '\0');
  std::size_t have = 0;
  while (have < head.size()) {
    const std::size_t n = input->read(head.data() + have, head.size() - have);
    if (n == 0) break;
    have += n;
  }
  head.resize(have);
  if (is_tar(head))
    return read_strace_text(read_all(*open_input(path), kArchiveLimit, path.string()), path.string(), out);
  read_single(open_input(path), path.string(), kBufferBytes, out);
}

void read_strace_text(std::string_view text, std::string_view name, BinaryWriter& out) {
  const std::string label(name);
  std::string unpacked;
  if (detect_packing(text) != Packing::plain) {
    unpacked = read_all(*memory_input(text, label), kArchiveLimit, label);
    text = unpacked;
  }
  if (!is_tar(text))
    return read_single(memory_input(text, label), label, std::min(kBufferBytes, text.size() + 1), out);
  std::vector<Member> members;
  for (const TarMember& m : tar_members(text, label)) {
    if (const auto tid = tid_of(m.name)) members.push_back({m.name, *tid, memory_input(m.bytes, m.name)});
  }
  read_set(std::move(members), label, out);
}

}  // namespace isosim::traces
