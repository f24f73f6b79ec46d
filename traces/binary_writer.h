// Writes the binary format in one pass and in memory that does not grow with the trace (but for 8 bytes a
// block).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "sim/output_file.h"
#include "traces/directory.h"
#include "traces/event.h"
#include "traces/info.h"
#include "traces/record.h"
#include "traces/string_table.h"

namespace isosim::traces {

class BinaryWriter {
 public:
  // Into a file, which is not there before commit(). Throws std::runtime_error if it cannot be written.
  explicit BinaryWriter(const std::filesystem::path& path);
  // Into memory.
  explicit BinaryWriter(std::vector<std::uint8_t>& memory);
  BinaryWriter(const BinaryWriter&) = delete;
  BinaryWriter& operator=(const BinaryWriter&) = delete;

  // The events of one tid come in ascending sequence.
  void add(const Event& event);
  // From the first event to the last, all that was recorded as `from` is of thread `to`.
  void rename(std::int32_t from, std::int32_t to);
  // Counts, tids and end of the trace are filled in here; the rest of `info` is the caller's.
  void finish(TraceInfo info, std::span<const Problem> problems);
  void commit();  // puts the finished file in its place

 private:
  struct Thread {
    DirectoryThread entry;
    RecordState state;
    std::vector<std::uint8_t> buffer;
    std::size_t used = 0;
    std::uint32_t records = 0;
  };

  Thread& thread(std::int32_t tid);
  void flush(std::uint32_t index);
  void flush_all();
  std::uint64_t write_block(std::uint32_t thread, std::uint32_t records,
                            std::span<const std::uint8_t> payload);
  void write(const void* bytes, std::size_t size);

  std::unique_ptr<sim::OutputFile> file_;  // or
  std::vector<std::uint8_t>* memory_ = nullptr;
  std::uint64_t offset_ = 0;
  StringTable strings_;
  Directory directory_;
  std::vector<std::unique_ptr<Thread>> threads_;
  std::unordered_map<std::int32_t, std::uint32_t> index_;  // only looked up
  std::int32_t last_tid_ = -1;
  std::uint32_t last_index_ = 0;
  std::size_t buffered_ = 0;
};

}  // namespace isosim::traces
