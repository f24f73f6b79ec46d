// Files that are whole or not there: written beside their place and renamed at the end.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace isosim::sim {

// All throw std::runtime_error with path and reason if something cannot be written.
class OutputFile {
 public:
  // Devices and pipes (/dev/null, /dev/stdout) are written in their place.
  explicit OutputFile(std::string path);
  ~OutputFile();  // removes the unfinished file unless commit() was called
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(std::string_view text);
  void commit();
  [[nodiscard]] const std::string& temporary_path() const { return temporary_; }

 private:
  [[noreturn]] void fail(int error) const;
  void discard() const;

  std::string path_, temporary_;  // the same if written in place
  std::FILE* file_;
};

}  // namespace isosim::sim
