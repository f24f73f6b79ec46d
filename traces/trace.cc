#include "traces/trace.h"

#include <utility>

#include "traces/binary_reader.h"
#include "traces/binary_writer.h"
#include "traces/effect.h"
#include "traces/input.h"
#include "traces/strace_files.h"

namespace isosim::traces {

Cursor::Cursor(std::unique_ptr<BlockCursor> blocks) : blocks_(std::move(blocks)) {}
Cursor::Cursor(Cursor&&) noexcept = default;
Cursor& Cursor::operator=(Cursor&&) noexcept = default;
Cursor::~Cursor() = default;

bool Cursor::next(Event& event) { return blocks_->next(event); }

bool MergedCursor::next(Event& event) {
  if (order_.empty()) return false;
  const std::size_t thread = std::get<2>(order_.top());
  order_.pop();
  event = heads_[thread].event;
  refill(thread);
  return true;
}

void MergedCursor::refill(std::size_t thread) {
  Head& head = heads_[thread];
  if (!head.cursor.next(head.event)) return;
  const std::int64_t at = by_ == By::entry ? 0 : effect_ns(head.event);
  order_.emplace(at, head.event.sequence, thread);
}

Trace::Trace(std::unique_ptr<BinaryImage> image) : image_(std::move(image)) {}
Trace::Trace(Trace&&) noexcept = default;
Trace& Trace::operator=(Trace&&) noexcept = default;
Trace::~Trace() = default;

Trace Trace::open(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_regular_file(path, error)) {
    char head[8] = {};
    const std::size_t n = open_input(path)->read(head, sizeof head);
    if (BinaryImage::is_binary({head, n})) return Trace(BinaryImage::map(path));
  }
  std::vector<std::uint8_t> bytes;
  BinaryWriter out(bytes);
  read_strace(path, out);
  return Trace(BinaryImage::own(std::move(bytes), path.string()));
}

Trace Trace::parse(std::string_view text, std::string_view name) {
  std::vector<std::uint8_t> bytes;
  BinaryWriter out(bytes);
  read_strace_text(text, name, out);
  return Trace(BinaryImage::own(std::move(bytes), std::string(name)));
}

Trace Trace::from_binary(std::span<const std::byte> bytes, std::string_view name) {
  return Trace(BinaryImage::view(bytes, std::string(name)));
}

const TraceInfo& Trace::info() const { return image_->info(); }
std::span<const ThreadInfo> Trace::threads() const { return image_->threads(); }
std::span<const Problem> Trace::problems() const { return image_->problems(); }
Cursor Trace::cursor(std::int32_t tid) const { return Cursor(std::make_unique<BlockCursor>(*image_, tid)); }
std::span<const std::byte> Trace::bytes() const { return std::as_bytes(image_->bytes()); }

MergedCursor Trace::events() const { return merge(MergedCursor::By::entry); }

// With times of a second, all that happens in one would come before the descriptors that are made in it.
MergedCursor Trace::effects() const {
  return merge(info().timestamps == Timestamps::seconds_of_day ? MergedCursor::By::entry
                                                               : MergedCursor::By::effect);
}

MergedCursor Trace::merge(MergedCursor::By by) const {
  MergedCursor merged;
  merged.by_ = by;
  merged.heads_.reserve(threads().size());
  for (const ThreadInfo& t : threads()) {
    merged.heads_.push_back({cursor(t.tid), {}});
    merged.refill(merged.heads_.size() - 1);
  }
  return merged;
}

}  // namespace isosim::traces
