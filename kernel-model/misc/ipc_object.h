// What System V's shared memory, semaphores and message queues have in common (ipc/util.c).
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "kernel-model/abi/errno.h"

namespace isosim::kernel {

class Process;

struct IpcObject {  // struct kern_ipc_perm
  std::int32_t id = 0;
  std::int32_t key = 0;  // 0: private
  std::uint32_t mode = 0;
  std::uint32_t uid = 0, gid = 0, creator_uid = 0, creator_gid = 0;
};

// Identifiers are this times a sequence number, plus a slot (SEQ_MULTIPLIER, IPCMNI).
inline constexpr std::int32_t kIpcSequenceStep = 32768;
inline constexpr std::uint64_t kIpcCreate = 01000, kIpcExclusive = 02000;  // IPC_CREAT, IPC_EXCL

// ipcperms: `wanted` in the low three bits.
[[nodiscard]] bool ipc_allowed(const Process& p, const IpcObject& object, std::uint32_t wanted);
// May set or remove it (ipcctl_pre_down_nolock).
[[nodiscard]] bool ipc_owned(const Process& p, const IpcObject& object);
// `p` made it with these flags.
void ipc_assign(IpcObject& object, const Process& p, std::uint64_t flags);

// The objects of one kind of an IPC name space (struct ipc_ids). They are shared with who sleeps in them.
template <class Object>
class IpcTable {
 public:
  // In the lowest free slot, and one sequence number more each time.
  std::shared_ptr<Object> add(const Process& creator, std::int32_t key, std::uint64_t flags) {
    std::int32_t slot = 0;
    for (const auto& [used, object] : objects_) {
      if (used != slot) break;
      ++slot;
    }
    auto object = std::make_shared<Object>();
    ipc_assign(*object, creator, flags);
    object->id = sequence_ * kIpcSequenceStep + slot;
    object->key = key;
    sequence_ = (sequence_ + 1) % 65536;
    objects_[slot] = object;
    return object;
  }

  // Each is null if there is none.
  [[nodiscard]] std::shared_ptr<Object> by_slot(std::int32_t slot) const {
    const auto found = objects_.find(slot);
    return found != objects_.end() ? found->second : nullptr;
  }
  [[nodiscard]] std::shared_ptr<Object> by_id(std::int32_t id) const {
    auto found = id < 0 ? nullptr : by_slot(id % kIpcSequenceStep);
    return found && found->id == id ? found : nullptr;
  }
  [[nodiscard]] std::shared_ptr<Object> by_key(std::int32_t key) const {
    for (const auto& [slot, object] : objects_)
      if (object->key == key && key != 0) return object;
    return nullptr;
  }

  [[nodiscard]] std::size_t size() const { return objects_.size(); }
  [[nodiscard]] std::int32_t highest_slot() const { return objects_.empty() ? 0 : objects_.rbegin()->first; }

 protected:
  void erase(const Object& object) { objects_.erase(object.id % kIpcSequenceStep); }

  std::map<std::int32_t, std::shared_ptr<Object>> objects_;  // by slot

 private:
  std::int32_t sequence_ = 0;
};

// ipcget(): the object of `key`, if it `fits` what is asked; where there is none, what `create` makes: it
// returns an identifier or an error.
template <class Object, class Fits, class Create>
std::int64_t ipc_get(const Process& p, const IpcTable<Object>& table, std::int32_t key, std::uint64_t flags,
                     Fits fits, Create create) {
  if (const auto found = table.by_key(key)) {
    if ((flags & kIpcCreate) != 0 && (flags & kIpcExclusive) != 0) return -EEXIST_;
    if (!fits(*found)) return -EINVAL_;
    const auto wanted = static_cast<std::uint32_t>((flags >> 6 | flags >> 3 | flags) & 7);
    return ipc_allowed(p, *found, wanted) ? found->id : -EACCES_;
  }
  if (key != 0 && (flags & kIpcCreate) == 0) return -ENOENT_;
  return create();
}

}  // namespace isosim::kernel
