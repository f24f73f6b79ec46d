#include "cli/simulate.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "sim/observe/counters.h"
#include "sim/observe/observer_list.h"
#include "sim/observe/profile.h"
#include "sim/observe/timeline.h"
#include "sim/output_file.h"
#include "workloads/result_json.h"

namespace isosim::cli {

namespace {

// The observers that the options ask for; the counters behind the table of layers are always there.
class Watchers {
 public:
  Watchers(const CommonOptions& options, const std::string& platform, models::Stack& stack)
      : catalogue_(stack.catalogue()),
        folded_(options.file_for(options.folded, platform)),
        timeline_file_(options.file_for(options.timeline, platform)) {
    list_.add(counters_);
    if (!folded_.empty()) list_.add(*(profile_ = std::make_unique<sim::Profile>(catalogue_)));
    if (!timeline_file_.empty()) {
      timeline_output_ = std::make_unique<sim::OutputFile>(timeline_file_);
      list_.add(
          *(timeline_ = std::make_unique<sim::Timeline>(timeline_output_->temporary_path(), catalogue_)));
    }
    sim::Observer* watcher = &list_;
    if (sim::Observer* waveforms = stack.waveforms()) list_.add(*waveforms);
    if (!profile_ && !timeline_ && !stack.waveforms()) watcher = &counters_;
    stack.engine().set_observer(watcher);
  }

  void finish() {
    if (timeline_) {
      timeline_->finish();
      timeline_output_->commit();
    }
    if (!profile_) return;
    std::ostringstream text;
    profile_->write_folded(text);
    sim::OutputFile file(folded_);
    file.write(text.str());
    file.commit();
  }

  [[nodiscard]] std::vector<workloads::LayerRow> layers() const {
    std::map<std::string, workloads::LayerRow> by_layer;
    counters_.for_each([&](sim::PathId path, const sim::Counters::Count& count) {
      workloads::LayerRow& row = by_layer[catalogue_[path].layer];
      row.total += count.time;
      row.charges += count.charges;
    });
    std::vector<workloads::LayerRow> rows;
    for (auto& [layer, row] : by_layer) rows.push_back({layer, row.total, row.charges});
    std::stable_sort(rows.begin(), rows.end(),
                     [](const auto& a, const auto& b) { return a.total > b.total; });
    return rows;
  }

 private:
  const sim::Catalogue& catalogue_;
  sim::Counters counters_;
  std::string folded_, timeline_file_;
  std::unique_ptr<sim::Profile> profile_;
  std::unique_ptr<sim::OutputFile> timeline_output_;
  std::unique_ptr<sim::Timeline> timeline_;
  sim::ObserverList list_;
};

}  // namespace

std::string simulate(const CommonOptions& options, const std::string& platform,
                     const std::function<workloads::Result(models::Stack&)>& program) {
  const auto start = std::chrono::steady_clock::now();
  sim::Settings settings;
  models::StackRequest request = options.request(platform);
  std::optional<sim::OutputFile> vcd;
  if (!options.vcd.empty())
    request.vcd = vcd.emplace(options.file_for(options.vcd, platform)).temporary_path();
  auto stack = models::build_stack(request, settings);
  stack->kernel().strict = options.strict;
  Watchers watchers(options, platform, *stack);
  workloads::Result result = program(*stack);
  watchers.finish();
  result.platform = platform;
  result.machine = options.machine;
  result.layer_rows = watchers.layers();
  result.unread_settings = settings.unread();
  result.configuration = models::effective_configuration(request, settings);
  result.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  stack.reset();  // completes the waveforms
  if (vcd) vcd->commit();
  return workloads::to_json(result).dump();
}

}  // namespace isosim::cli
