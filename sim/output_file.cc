#include "sim/output_file.h"

#include <fmt/core.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <utility>

namespace isosim::sim {

namespace {

std::string place_for(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (std::filesystem::is_directory(status))
    throw std::runtime_error(fmt::format("cannot write {}: it is a directory; want a file", path));
  return std::filesystem::exists(status) && !std::filesystem::is_regular_file(status) ? path : path + ".part";
}

}  // namespace

OutputFile::OutputFile(std::string path)
    : path_(std::move(path)), temporary_(place_for(path_)), file_(std::fopen(temporary_.c_str(), "wbe")) {
  if (!file_) fail(errno);
}

OutputFile::~OutputFile() {
  if (!file_) return;
  std::fclose(file_);
  discard();
}

void OutputFile::write(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) fail(errno);
}

void OutputFile::commit() {
  const bool in_place = temporary_ == path_;
  if (std::fclose(std::exchange(file_, nullptr)) == 0 &&
      (in_place || std::rename(temporary_.c_str(), path_.c_str()) == 0))
    return;
  const int error = errno;
  discard();
  fail(error);
}

void OutputFile::fail(int error) const {
  throw std::runtime_error(fmt::format("cannot write {}: {}", path_, std::strerror(error)));
}

void OutputFile::discard() const {
  if (temporary_ != path_) std::remove(temporary_.c_str());
}

}  // namespace isosim::sim
