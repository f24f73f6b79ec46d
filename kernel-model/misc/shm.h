// System V shared memory (ipc/shm.c): segments by key and identifier.
#pragma once

#include <cstdint>
#include <map>

#include "kernel-model/fs/file.h"

namespace isosim::kernel {

class Process;

struct ShmSegment {
  std::int32_t id = 0;
  std::int32_t key = 0;  // 0: private, or removed while attached
  std::uint64_t bytes = 0;
  std::uint32_t mode = 0;
  std::uint32_t uid = 0, gid = 0, creator_uid = 0, creator_gid = 0;
  std::int32_t attached = 0;
  bool removed = false;  // goes with its last attachment
  Ref<File> pages;       // what is mapped
};

class ShmTable {
 public:
  // Identifiers are 32768 * sequence + slot: the lowest free slot, and one sequence number more each time.
  ShmSegment& create(std::int32_t key, std::uint64_t bytes);
  [[nodiscard]] ShmSegment* by_id(std::int32_t id);    // null if there is none
  [[nodiscard]] ShmSegment* by_key(std::int32_t key);  // null if there is none
  void remove(ShmSegment& segment);                    // at once if nothing is attached

  struct Attachment {
    std::int32_t id = 0;
    std::uint64_t bytes = 0;
  };
  // By process and address. A process that ends or execs drops its own.
  std::map<std::pair<std::int32_t, std::uint64_t>, Attachment> attachments;
  void detach(std::int32_t id);

  [[nodiscard]] std::size_t size() const { return segments_.size(); }

 private:
  std::map<std::int32_t, ShmSegment> segments_;  // by slot
  std::int32_t sequence_ = 0;
};

}  // namespace isosim::kernel
