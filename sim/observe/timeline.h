// What ran when, as Chrome trace JSON that the Perfetto UI opens: a group a task, in it a lane for frames,
// one a layer and one for waits. Written as it happens, so that memory does not grow with the run.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "sim/observer.h"
#include "sim/task.h"

namespace isosim::sim {

class Timeline final : public Observer {
 public:
  // Throws std::runtime_error if the file cannot be created.
  Timeline(const std::string& file, const Catalogue& catalogue);
  ~Timeline() override;

  void on_charge(const Task& task, PathId path, Time start, Time span, std::uint64_t units) override;
  void on_enter(const Task& task, std::string_view frame, Time at) override;
  void on_leave(const Task& task, Time at) override;
  void on_wait(const Task& task, std::string_view reason, Time start, Time end) override;

  // Completes the file; what is still open ends at the last time seen. Throws std::runtime_error if not all
  // of it could be written.
  void finish();

 private:
  struct Open {
    std::string name;
    Time start;
  };
  struct Lanes {
    bool named = false;
    std::vector<bool> lane_named;
    std::vector<Open> open;
  };

  Lanes& lanes(const Task& task);
  void name_lane(const Task& task, std::size_t lane, std::string_view name);
  void slice(std::string_view name, std::uint32_t task, std::size_t lane, Time start, Time end,
             std::uint64_t units);
  void begin_record();

  const Catalogue& catalogue_;
  std::string file_;
  std::ofstream out_;
  std::vector<std::size_t> layer_of_;  // by path: index into layers_
  std::vector<std::string> layers_;    // in the order of the catalogue
  std::vector<Lanes> lanes_;           // by task
  std::string line_;
  Time last_;
  bool first_ = true;
  bool finished_ = false;
};

}  // namespace isosim::sim
