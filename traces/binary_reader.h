// Reads the binary format from a mapped file or from memory. Whatever the bytes are, the outcome is events or
// a TraceError.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "traces/binary_format.h"
#include "traces/directory.h"
#include "traces/event.h"
#include "traces/record.h"

namespace isosim::traces {

class BinaryImage {
 public:
  static std::unique_ptr<BinaryImage> map(const std::filesystem::path& path);
  static std::unique_ptr<BinaryImage> view(std::span<const std::byte> bytes, const std::string& name);
  static std::unique_ptr<BinaryImage> own(std::vector<std::uint8_t> bytes, const std::string& name);
  ~BinaryImage();
  BinaryImage(const BinaryImage&) = delete;
  BinaryImage& operator=(const BinaryImage&) = delete;

  static bool is_binary(std::string_view head);

  [[nodiscard]] const TraceInfo& info() const { return directory_.info; }
  [[nodiscard]] std::span<const ThreadInfo> threads() const { return threads_; }
  [[nodiscard]] const std::vector<Problem>& problems() const { return directory_.problems; }
  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return bytes_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const DirectoryThread& thread(std::int32_t tid, std::uint32_t& index) const;

  // A block that lies in the file and whose checksum is right, or TraceError.
  [[nodiscard]] std::span<const std::uint8_t> block(std::uint64_t offset, std::uint32_t thread,
                                                    std::uint32_t& records) const;
  // The string of a reference, or TraceError.
  [[nodiscard]] std::string_view string(std::uint64_t reference) const;
  // The pages of a block that was consumed may go; they come back from the file when they are read again.
  void drop(std::span<const std::uint8_t> block) const;

  [[noreturn]] void damaged(const std::string& what) const;

 private:
  explicit BinaryImage(std::string name) : name_(std::move(name)) {}
  void open();
  void load_strings(std::uint64_t block) const;

  struct Strings {
    const std::uint8_t* payload = nullptr;  // nullptr: not looked at since it was last dropped
    std::uint32_t bytes = 0;
  };

  std::string name_;
  std::vector<std::uint8_t> owned_;
  void* mapping_ = nullptr;
  std::size_t mapped_bytes_ = 0;
  std::span<const std::uint8_t> bytes_;
  Directory directory_;
  std::vector<ThreadInfo> threads_;                         // in order of first appearance
  std::unordered_map<std::int32_t, std::uint32_t> by_tid_;  // index in directory_.threads; only looked up
  mutable std::vector<Strings> strings_;
  mutable std::vector<std::uint32_t> resident_;  // string blocks in use
  mutable std::size_t resident_bytes_ = 0;
};

// The records of one thread, block after block.
class BlockCursor {
 public:
  BlockCursor(const BinaryImage& image, std::int32_t tid);
  bool next(Event& event);

 private:
  bool next_block();

  const BinaryImage& image_;
  std::uint32_t index_ = 0;
  const DirectoryThread* thread_;
  std::size_t block_ = 0;
  std::uint32_t left_ = 0;
  std::span<const std::uint8_t> payload_;
  VarintReader in_{nullptr, nullptr};
  RecordState state_;
};

}  // namespace isosim::traces
