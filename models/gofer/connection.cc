#include "models/gofer/connection.h"

#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>

namespace isosim::models::gofer {

void ByteQueue::push(const p9::Frame& frame) {
  if (size_ == 0) {
    bytes_.clear();
    runs_.clear();
    head_ = first_ = 0;
  }
  bytes_.insert(bytes_.end(), frame.bytes.begin(), frame.bytes.end());
  runs_.push_back({frame.bytes.size(), frame.data});
  size_ += frame.size();
}

std::uint64_t ByteQueue::take(std::uint64_t count, std::vector<std::uint8_t>& out) {
  if (count > size_)
    throw std::logic_error(fmt::format("9P: {} bytes received, but {} were sent", count, size_));
  size_ -= count;
  std::uint64_t data = 0;
  while (count > 0) {
    Run& run = runs_[first_];
    const std::uint64_t bytes = std::min(count, run.bytes);
    const auto from = bytes_.begin() + static_cast<std::ptrdiff_t>(head_);
    out.insert(out.end(), from, from + static_cast<std::ptrdiff_t>(bytes));
    head_ += bytes;
    run.bytes -= bytes;
    const std::uint64_t contents = std::min(count - bytes, run.data);
    run.data -= contents;
    data += contents;
    count -= bytes + contents;
    if (run.bytes == 0 && run.data == 0) ++first_;
  }
  return data;
}

}  // namespace isosim::models::gofer
