// Bytes of a trace text, wherever they come from: a file, a compressed file, memory.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isosim::traces {

class InputStream {
 public:
  virtual ~InputStream() = default;
  // Fills up to `size` bytes; 0 at the end. Throws TraceError if the file is damaged or unreadable.
  virtual std::size_t read(char* buffer, std::size_t size) = 0;
};

enum class Packing { plain, zstd, gzip };
// From the first bytes.
Packing detect_packing(std::string_view head);

// Opens a file and unpacks it on the way.
std::unique_ptr<InputStream> open_input(const std::filesystem::path& path);
// `bytes` must outlive the stream.
std::unique_ptr<InputStream> memory_input(std::string_view bytes, const std::string& name);
std::unique_ptr<InputStream> owned_input(std::string bytes);
// The whole of a stream; TraceError beyond `limit` bytes.
std::string read_all(InputStream& input, std::size_t limit, const std::string& name);

// Splits a stream into lines. A line is valid until the next call.
class LineReader {
 public:
  LineReader(std::unique_ptr<InputStream> input, std::string name, std::size_t buffer_bytes);

  // The next line without its line feed. False at the end.
  bool next(std::string_view& line);
  // The last line had no line feed.
  [[nodiscard]] bool cut() const { return cut_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  bool refill();

  std::unique_ptr<InputStream> input_;
  std::string name_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;
  std::uint64_t bytes_ = 0;
  bool at_end_ = false, cut_ = false;
};

inline constexpr std::size_t kLongestLine = 256u << 20;  // a longer one is not text of strace

}  // namespace isosim::traces
