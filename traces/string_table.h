// Gives strings their references and remembers, within a bound, which ones were written already.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

namespace isosim::traces {

class StringTable {
 public:
  // Called with the payload of each full block and the number of its strings.
  using Flush = std::function<void(std::span<const std::uint8_t>, std::uint32_t)>;
  explicit StringTable(Flush flush);

  std::uint64_t intern(std::string_view text);
  void flush();

 private:
  std::uint64_t append(std::string_view text);
  void forget();
  void make_room(std::size_t bytes);  // for one more string, whose copy takes so much
  [[nodiscard]] std::size_t home(std::uint32_t tag) const { return tag >> 1 & (slots_.size() - 1); }
  [[nodiscard]] std::size_t free_slot(std::uint32_t tag) const;

  // What is remembered is a copy: the block may have left memory. When the copies reach their bound all are
  // forgotten, and strings are written once more when they come again.
  struct Slot {
    std::uint32_t tag = 0;   // upper half of the hash; 0: free
    std::uint32_t copy = 0;  // offset in copies_: length, bytes
    std::uint64_t reference = 0;
  };
  Flush flush_;
  std::vector<Slot> slots_;
  std::vector<char> copies_;
  std::size_t copied_ = 0, used_ = 0;
  std::vector<std::uint8_t> payload_;  // longer than filled_
  std::size_t filled_ = 0;
  std::uint64_t block_ = 0;
  std::uint32_t count_ = 0;
};

}  // namespace isosim::traces
