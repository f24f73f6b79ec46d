// Where time goes: a tree of tasks, frames and paths, with totals by layer, by frame and by path.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <unordered_map>
#include <vector>

#include "sim/observe/names.h"
#include "sim/observer.h"
#include "sim/task.h"

namespace isosim::sim {

class Profile final : public Observer {
 public:
  struct Total {
    std::string name;
    std::uint64_t count = 0;  // charges; for a frame, entries
    Time self;                // charges of the path or layer; for a frame, charges with no frame between
    Time inclusive;           // for a frame, all charges inside; otherwise the same as self
    Time waited;              // for a frame, waits inside
  };

  explicit Profile(const Catalogue& catalogue);

  void on_charge(const Task& task, PathId path, Time start, Time span, std::uint64_t units) override;
  void on_enter(const Task& task, std::string_view frame, Time at) override;
  void on_leave(const Task& task, Time at) override;
  void on_wait(const Task& task, std::string_view reason, Time start, Time end) override;

  [[nodiscard]] Time total() const { return total_; }

  // In the order in which they first came. by_frame() has one more, named "", for charges outside every
  // frame.
  [[nodiscard]] std::vector<Total> by_layer() const;
  [[nodiscard]] std::vector<Total> by_path() const;
  [[nodiscard]] std::vector<Total> by_frame() const;

  // One line a stack, "task;frame;...;path picoseconds", as flame-graph tools take it.
  void write_folded(std::ostream& out) const;

 private:
  enum class Kind : std::uint8_t { root, task, frame, path };
  struct Node {
    std::uint32_t parent;
    Kind kind;
    std::uint32_t key;  // a name, or the index of a path
    std::uint64_t count = 0;
    Time time{};    // charges, of paths
    Time waited{};  // waits directly in a frame or a task
  };

  std::uint32_t child(std::uint32_t parent, Kind kind, std::uint32_t key);
  std::uint32_t& current(const Task& task);

  const Catalogue& catalogue_;
  Names names_;
  std::vector<Node> nodes_;                                    // a parent before its children
  std::unordered_map<std::uint64_t, std::uint32_t> children_;  // looked up only, never iterated
  std::vector<std::uint32_t> current_;                         // by task; 0: not seen yet
  Time total_;
};

}  // namespace isosim::sim
