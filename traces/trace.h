// A trace as a program uses it: per-thread ordered streams of events, each read by its own cursor.
// A text is parsed into the compact form of traces/binary_format.h; a binary file is that form,
// memory-mapped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <queue>
#include <span>
#include <string_view>
#include <tuple>
#include <vector>

#include "traces/event.h"
#include "traces/info.h"
#include "traces/trace_error.h"

namespace isosim::traces {

class BinaryImage;
class BlockCursor;

// The events of one thread in order. Independent of other cursors; constant memory. Must not outlive the
// trace.
class Cursor {
 public:
  // False at the end, and the event is left alone. The views live as long as the trace. Throws TraceError if
  // the part of the binary file that comes next is damaged.
  bool next(Event& event);

  Cursor(Cursor&&) noexcept;
  Cursor& operator=(Cursor&&) noexcept;
  ~Cursor();

 private:
  friend class Trace;
  explicit Cursor(std::unique_ptr<BlockCursor> blocks);
  std::unique_ptr<BlockCursor> blocks_;
};

// The events of all threads in recorded order (Event::sequence), or in that of their effects.
class MergedCursor {
 public:
  bool next(Event& event);

 private:
  friend class Trace;
  void refill(std::size_t thread);
  struct Head {
    Cursor cursor;
    Event event;
  };
  std::vector<Head> heads_;
  using Key =
      std::tuple<std::int64_t, std::uint64_t, std::size_t>;  // effect_ns or 0, sequence, index in heads_
  enum class By : std::uint8_t { entry, effect } by_ = By::entry;
  std::priority_queue<Key, std::vector<Key>, std::greater<>> order_;
};

// Cursors of one trace belong to one host thread.
class Trace {
 public:
  // A strace text file, plain, .zst or .gz; a folder or a tar (.tar, .tar.zst, .tar.gz) of the files of -ff,
  // whose names end in .PID; the prefix of such files (the argument of -o); or isosim's binary format. What
  // it is is seen from its bytes.
  static Trace open(const std::filesystem::path& path);
  // A text that is in memory already; `name` is for messages.
  static Trace parse(std::string_view text, std::string_view name = "(memory)");
  // The bytes of a binary file that are in memory already; they must live as long as the trace.
  static Trace from_binary(std::span<const std::byte> bytes, std::string_view name = "(memory)");

  [[nodiscard]] const TraceInfo& info() const;
  // In order of first appearance.
  [[nodiscard]] std::span<const ThreadInfo> threads() const;
  // Lines that could not be parsed: the first kProblemsKept; info().line_counts.problems counts all.
  [[nodiscard]] std::span<const Problem> problems() const;
  // Throws TraceError for a tid that is not in threads().
  [[nodiscard]] Cursor cursor(std::int32_t tid) const;
  [[nodiscard]] MergedCursor events() const;
  // The same in the order of what the calls did, as far as it is known to differ (effect_ns()): for who
  // follows the descriptors of several threads.
  [[nodiscard]] MergedCursor effects() const;
  // The trace in the binary format: what convert writes.
  [[nodiscard]] std::span<const std::byte> bytes() const;

  Trace(Trace&&) noexcept;
  Trace& operator=(Trace&&) noexcept;
  ~Trace();

 private:
  [[nodiscard]] MergedCursor merge(MergedCursor::By by) const;
  explicit Trace(std::unique_ptr<BinaryImage> image);
  std::unique_ptr<BinaryImage> image_;
};

}  // namespace isosim::traces
