#include "cli/output_file.h"

#include <fmt/core.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace isosim::cli {

OutputFile::OutputFile(std::string path) : path_(std::move(path)), temporary_(path_ + ".part") {
  file_ = std::fopen(temporary_.c_str(), "wb");
  if (!file_) throw std::runtime_error(fmt::format("cannot write {}: {}", path_, std::strerror(errno)));
}

OutputFile::~OutputFile() {
  if (!file_) return;
  std::fclose(file_);
  std::remove(temporary_.c_str());
}

void OutputFile::write(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size())
    throw std::runtime_error(fmt::format("cannot write {}: {}", path_, std::strerror(errno)));
}

void OutputFile::commit() {
  std::FILE* file = std::exchange(file_, nullptr);
  if (std::fclose(file) != 0 || std::rename(temporary_.c_str(), path_.c_str()) != 0) {
    const int error = errno;
    std::remove(temporary_.c_str());
    throw std::runtime_error(fmt::format("cannot write {}: {}", path_, std::strerror(error)));
  }
}

std::string with_tag(const std::string& path, std::string_view tag) {
  const std::size_t slash = path.find_last_of('/');
  const std::size_t dot = path.find_last_of('.');
  if (dot == std::string::npos || (slash != std::string::npos && dot < slash)) return fmt::format("{}.{}", path, tag);
  return fmt::format("{}.{}{}", path.substr(0, dot), tag, path.substr(dot));
}

}  // namespace isosim::cli
