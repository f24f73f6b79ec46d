// Physical page frames: which are free, in which order they are handed out, how often each is mapped.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace isosim::kernel {

class Cgroup;

class Frames {
 public:
  static constexpr std::uint32_t kZeroPage =
      0;  // ZERO_PAGE(0), mapped read-only wherever anonymous memory was only read
  static constexpr std::uint32_t kPagesPerHuge = 512;

  explicit Frames(std::uint64_t memory_bytes);

  // The frame freed last, as the per-CPU lists hand them out, so that it may still be in a cache. Mapped
  // once. 0 if memory is exhausted.
  std::uint32_t allocate();
  std::uint32_t allocate_huge();  // the first of 512; counted as one

  void share(std::uint32_t frame) { ++mapped_[frame]; }
  [[nodiscard]] std::uint32_t mapped(std::uint32_t frame) const { return mapped_[frame]; }
  // Drops a mapping; true if it was the last one and the frame is free now.
  bool release(std::uint32_t frame);
  bool release_huge(std::uint32_t frame);

  // Counts a frame (`pages` 1) or huge page (512) for `group`, which has been charged, until it is free.
  void charge_to(std::uint32_t frame, const std::shared_ptr<Cgroup>& group, std::uint64_t pages);

  // Turns a huge page that is mapped once into 512 pages mapped once each.
  void split_huge(std::uint32_t frame);

  [[nodiscard]] std::uint64_t used() const { return used_; }  // pages

 private:
  std::uint32_t limit_;
  std::uint32_t next_ = 1;  // never used so far
  std::uint64_t used_ = 0;
  std::vector<std::uint32_t> free_, free_huge_;  // last in, first out
  std::vector<std::uint16_t> mapped_;
  void uncharge(std::uint32_t frame, std::uint64_t pages);
  std::vector<std::uint16_t> owner_;  // index of groups_ and 1; as long as frames were charged
  std::vector<std::shared_ptr<Cgroup>> groups_;
};

}  // namespace isosim::kernel
