// Files that are whole or not there: written beside their place and renamed at the end.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace isosim::cli {

class OutputFile {
 public:
  // Throws std::runtime_error with path and reason if the folder cannot be written.
  explicit OutputFile(std::string path);
  ~OutputFile();  // removes the unfinished file unless commit() was called
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(std::string_view text);
  void commit();
  [[nodiscard]] const std::string& temporary_path() const { return temporary_; }

 private:
  std::string path_, temporary_;
  std::FILE* file_;
};

// results.json + native -> results.native.json: one file a platform when several run.
std::string with_tag(const std::string& path, std::string_view tag);

}  // namespace isosim::cli
