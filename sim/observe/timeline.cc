#include "sim/observe/timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace isosim::sim {

namespace {

// Lanes of a task in the order in which they are shown.
constexpr std::size_t frame_lane = 0, wait_lane = 1, first_layer_lane = 2;

std::string json_string(std::string_view text) {
  const auto plain = [](char c) { return c >= ' ' && c < 127 && c != '"' && c != '\\'; };
  if (std::all_of(text.begin(), text.end(), plain)) return '"' + std::string(text) + '"';
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// The format counts microseconds; six decimals keep every picosecond.
void append_microseconds(std::string& out, Time time) {
  fmt::format_to(std::back_inserter(out), "{}.{:06}", time.ps / 1'000'000, time.ps % 1'000'000);
}

}  // namespace

Timeline::Timeline(const std::string& file, const Catalogue& catalogue)
    : catalogue_(catalogue), file_(file), out_(file, std::ios::binary | std::ios::trunc) {
  if (!out_) throw std::runtime_error(file + ": cannot be created for the timeline");
  out_ << "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[";
}

Timeline::~Timeline() {
  try {
    finish();
  } catch (const std::runtime_error&) {
    // Whoever wants to know calls finish().
  }
}

void Timeline::begin_record() {
  line_.assign(first_ ? "\n" : ",\n");
  first_ = false;
}

Timeline::Lanes& Timeline::lanes(const Task& task) {
  if (task.id() >= lanes_.size()) lanes_.resize(task.id() + std::size_t{1});
  Lanes& lanes = lanes_[task.id()];
  if (!lanes.named) {
    lanes.named = true;
    begin_record();
    line_ += fmt::format(R"({{"ph":"M","name":"process_name","pid":{},"tid":0,"args":{{"name":{}}}}})",
                         task.id(), json_string(task.name()));
    out_ << line_;
  }
  return lanes;
}

void Timeline::name_lane(const Task& task, std::size_t lane, std::string_view name) {
  Lanes& own = lanes(task);
  if (lane >= own.lane_named.size()) own.lane_named.resize(lane + 1);
  if (own.lane_named[lane]) return;
  own.lane_named[lane] = true;
  begin_record();
  line_ += fmt::format(R"({{"ph":"M","name":"thread_name","pid":{0},"tid":{1},"args":{{"name":{2}}}}},
{{"ph":"M","name":"thread_sort_index","pid":{0},"tid":{1},"args":{{"sort_index":{1}}}}})",
                       task.id(), lane, json_string(name));
  out_ << line_;
}

void Timeline::slice(std::string_view name, std::uint32_t task, std::size_t lane, Time start, Time end,
                     std::uint64_t units) {
  begin_record();
  fmt::format_to(std::back_inserter(line_), R"({{"ph":"X","name":{},"pid":{},"tid":{},"ts":)",
                 json_string(name), task, lane);
  append_microseconds(line_, start);
  line_ += ",\"dur\":";
  append_microseconds(line_, end - start);
  if (units != 0) fmt::format_to(std::back_inserter(line_), R"(,"args":{{"units":{}}})", units);
  line_ += '}';
  out_ << line_;
  last_ = std::max(last_, end);
}

void Timeline::on_charge(const Task& task, PathId path, Time start, Time span, std::uint64_t units) {
  // Paths may be added until the run starts, so layers are numbered here.
  while (layer_of_.size() < catalogue_.size()) {
    const std::string& layer = catalogue_[PathId{static_cast<std::uint16_t>(layer_of_.size())}].layer;
    const auto it = std::find(layers_.begin(), layers_.end(), layer);
    layer_of_.push_back(static_cast<std::size_t>(it - layers_.begin()));
    if (it == layers_.end()) layers_.push_back(layer);
  }
  const std::size_t layer = layer_of_[path.index];
  name_lane(task, first_layer_lane + layer, layers_[layer]);
  slice(catalogue_[path].id, task.id(), first_layer_lane + layer, start, start + span, units);
}

void Timeline::on_enter(const Task& task, std::string_view frame, Time at) {
  name_lane(task, frame_lane, "calls");
  lanes(task).open.push_back({std::string(frame), at});
  last_ = std::max(last_, at);
}

void Timeline::on_leave(const Task& task, Time at) {
  Lanes& own = lanes(task);
  if (own.open.empty()) return;  // entered before anybody watched
  slice(own.open.back().name, task.id(), frame_lane, own.open.back().start, at, 0);
  own.open.pop_back();
}

void Timeline::on_wait(const Task& task, std::string_view reason, Time start, Time end) {
  name_lane(task, wait_lane, "waits");
  slice(reason, task.id(), wait_lane, start, end, 0);
}

void Timeline::finish() {
  if (finished_) return;
  finished_ = true;
  for (std::size_t task = 0; task < lanes_.size(); ++task) {
    for (auto open = lanes_[task].open.rbegin(); open != lanes_[task].open.rend(); ++open)
      slice(open->name, static_cast<std::uint32_t>(task), frame_lane, open->start, last_, 0);
  }
  out_ << "\n]}\n";
  out_.close();
  if (!out_) throw std::runtime_error(file_ + ": the timeline could not be written to the end");
}

}  // namespace isosim::sim
