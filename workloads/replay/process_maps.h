// What a replayed process knows: which emulated descriptor, address or id stands for a recorded one.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include "workloads/replay/address_map.h"
#include "workloads/replay/fd_map.h"

namespace isosim::workloads {

// Process and thread ids, and ports, of the whole replay.
class IdMap {
 public:
  // `space`: the pid namespace whose numbers they are, as the replayer counts them; 0: the one that the trace
  // begins in, whose numbers name its threads.
  void add(int space, std::int32_t recorded, std::int32_t emulated) {
    to_emulated_[{space, recorded}] = emulated;
    to_recorded_[{space, emulated}] = recorded;
  }
  // Of a process group that nobody in the trace leads.
  void add_group(int space, std::int32_t recorded, std::int32_t emulated) {
    outside_group_ = {{space, recorded}, emulated};
  }
  // An id that is not in the trace stands for itself.
  [[nodiscard]] std::int32_t emulated(int space, std::int32_t recorded) const {
    return look_up(to_emulated_, {space, recorded}, recorded);
  }
  [[nodiscard]] std::int32_t recorded(int space, std::int32_t emulated) const {
    const bool outside = outside_group_.second == emulated && outside_group_.first.first == space;
    return look_up(to_recorded_, {space, emulated}, outside ? outside_group_.first.second : emulated);
  }
  [[nodiscard]] std::int32_t emulated_group(int space, std::int32_t recorded) const {
    const bool outside = outside_group_.first == std::pair{space, recorded};
    return outside ? outside_group_.second : emulated(space, recorded);
  }
  [[nodiscard]] bool contains(int space, std::int32_t recorded) const {
    return to_emulated_.contains({space, recorded});
  }

  // Identifiers that the kernel chose, which no process owns.
  class Chosen {
   public:
    void add(std::int32_t recorded, std::int32_t emulated) {
      to_emulated_[recorded] = emulated;
      to_recorded_[emulated] = recorded;
    }
    [[nodiscard]] std::int32_t emulated(std::int32_t recorded) const {
      return look_up(to_emulated_, recorded, recorded);
    }
    [[nodiscard]] std::int32_t recorded(std::int32_t emulated) const {
      return look_up(to_recorded_, emulated, emulated);
    }
    [[nodiscard]] bool contains(std::int32_t recorded) const { return to_emulated_.contains(recorded); }

   private:
    std::map<std::int32_t, std::int32_t> to_emulated_, to_recorded_;
  };
  // Those of System V, by the letter of Signature; null for other letters.
  [[nodiscard]] Chosen* chosen(char letter) {
    return const_cast<Chosen*>(std::as_const(*this).chosen(letter));
  }
  [[nodiscard]] const Chosen* chosen(char letter) const {
    return letter == 'h'   ? &segments_
           : letter == 'j' ? &semaphores_
           : letter == 'q' ? &message_queues_
                           : nullptr;
  }

  // Of a segment.
  void set_shm_bytes(std::int32_t recorded, std::uint64_t bytes) { shm_bytes_[recorded] = bytes; }
  // As shmget asked for; 0 if no call told.
  [[nodiscard]] std::uint64_t shm_bytes(std::int32_t recorded) const {
    const auto it = shm_bytes_.find(recorded);
    return it == shm_bytes_.end() ? 0 : it->second;
  }

  // Ports that the kernel chose, as getsockname told them.
  void add_port(std::uint16_t recorded, std::uint16_t emulated) { ports_[recorded] = emulated; }
  [[nodiscard]] std::uint16_t emulated_port(std::uint16_t recorded) const {
    const auto it = ports_.find(recorded);
    return it == ports_.end() ? recorded : it->second;
  }

 private:
  template <class Map>
  static std::int32_t look_up(const Map& map, const typename Map::key_type& id, std::int32_t otherwise) {
    const auto it = map.find(id);
    return it == map.end() ? otherwise : it->second;
  }
  std::map<std::pair<int, std::int32_t>, std::int32_t> to_emulated_, to_recorded_;
  std::pair<std::pair<int, std::int32_t>, std::int32_t> outside_group_{};
  Chosen segments_, semaphores_, message_queues_;
  std::map<std::int32_t, std::uint64_t> shm_bytes_;  // by recorded id
  std::map<std::uint16_t, std::uint16_t> ports_;
};

struct ProcessMaps {
  std::shared_ptr<FdMap> fds = std::make_shared<FdMap>();                  // CLONE_FILES shares it
  std::shared_ptr<AddressMap> addresses = std::make_shared<AddressMap>();  // CLONE_VM shares it
  int pid_space = 0;                                                       // of IdMap
};

}  // namespace isosim::workloads
