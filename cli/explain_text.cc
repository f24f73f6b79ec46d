#include "cli/explain_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "cli/text_table.h"
#include "kernel-model/abi/syscall_names.h"

namespace isosim::cli {

namespace {

using workloads::Step;
using Kind = Step::Kind;
using Steps = std::vector<Step>;
using Names = std::vector<std::string>;

constexpr int kOthers = 40;  // column at which the others' lines begin
constexpr std::size_t kLayersShown = 4;

// What changes the ring or the mode, by frame or path.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kRingChanges{{
    {"redpill", "redpill: guest ring 0 -> host ring 3"},
    {"bluepill", "bluepill: host ring 3 -> guest ring 0"},
    {"sentry.kvm.sysenter", "application -> Sentry: guest ring 3 -> guest ring 0"},
    {"sentry.kvm.exception", "application -> Sentry: guest ring 3 -> guest ring 0"},
    {"sentry.kvm.switch_to_user", "Sentry -> application: guest ring 0 -> guest ring 3"},
    {"sentry.kvm.switch_to_user_iret", "Sentry -> application: guest ring 0 -> guest ring 3"},
}};

std::string_view ring_change(std::string_view name) {
  for (const auto& [what, text] : kRingChanges)
    if (what == name) return text;
  return {};
}

// Time by layer, largest first.
class Layers {
 public:
  void add(const std::string& layer, sim::Time span) { times_[layer] += span; }
  [[nodiscard]] std::vector<std::pair<std::string, sim::Time>> sorted() const {
    std::vector<std::pair<std::string, sim::Time>> rows(times_.begin(), times_.end());
    std::stable_sort(rows.begin(), rows.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    return rows;
  }
  [[nodiscard]] std::string str(std::size_t most) const {
    std::string text;
    const auto rows = sorted();
    for (std::size_t i = 0; i < std::min(most, rows.size()); ++i)
      text +=
          fmt::format("{}{} {}", i == 0 ? "" : ", ", rows[i].first, format_seconds(rows[i].second.seconds()));
    return text + (rows.size() > most ? ", ..." : "");
  }

 private:
  std::map<std::string, sim::Time> times_;
};

struct Line {
  sim::Time at, span;
  std::size_t task = 0;
  int depth = 0;
  std::string text, after;
  std::uint64_t charges = 0;
  Layers layers;
  bool frame = false, shows_layers = true;
};

std::string wait_text(const Step& step, const Names& tasks) {
  std::string text = "waits";
  if (step.other != Step::kNone) text += " for " + tasks[step.other];
  return step.text == "suspended" ? text : fmt::format("{}: {}", text, step.text);
}

std::string frame_title(const Step& step, bool outermost) {
  if (const std::string_view ring = ring_change(step.text); !ring.empty()) return std::string(ring);
  return !outermost && kernel::syscall_number(step.text) ? "host call " + step.text : step.text;
}

class Sequence {
 public:
  Sequence(const Steps& steps, const Names& tasks, const sim::Catalogue& catalogue)
      : steps_(steps),
        tasks_(tasks),
        catalogue_(catalogue),
        leaf_(steps.size(), true),
        line_of_(steps.size()),
        open_(tasks.size()) {
    for (const Step& step : steps_)
      if (divides(step) && step.parent != Step::kNone) leaf_[step.parent] = false;
    for (std::size_t i = 0; i < steps_.size(); ++i) add(i);
  }

  [[nodiscard]] const std::vector<Line>& lines() const { return lines_; }

 private:
  // Whether work before and after it is told apart.
  static bool divides(const Step& step) {
    return step.kind == Kind::frame || step.kind == Kind::note || (step.kind == Kind::wait && step.task == 0);
  }

  Line& line(const Step& step, sim::Time span, std::string text) {
    Line& added = lines_.emplace_back();
    added.at = step.at;
    added.span = span;
    added.task = step.task;
    added.depth = step.depth;
    added.text = std::move(text);
    return added;
  }

  void add(std::size_t i) {
    const Step& step = steps_[i];
    std::optional<std::size_t>& run = open_[step.task];
    switch (step.kind) {
      case Kind::charge:
        return add_charge(step, run);
      case Kind::wake: {
        Line& at = run ? lines_[*run] : line(step, {}, "");
        at.after += "; wakes " + tasks_[step.other];
        return;
      }
      case Kind::frame:
        line_of_[i] = lines_.size();
        add_frame(step, leaf_[i]);
        run = leaf_[i] ? line_of_[i] : std::nullopt;
        return;
      case Kind::wait:
        if (step.task != 0) return add_others_wait(step, run);
        line(step, step.span, wait_text(step, tasks_));
        break;
      case Kind::note:
        if (Line* frame = just_begun(step)) {
          frame->text = step.text;
        } else {
          line(step, {}, step.text);
        }
        break;
    }
    run.reset();
  }

  void add_frame(const Step& step, bool leaf) {
    Line& added = line(step, step.span, frame_title(step, step.parent == Step::kNone && step.task == 0));
    added.frame = true;
    added.shows_layers = leaf;
  }

  // The line of a frame that began with this note: the note says what the frame is.
  Line* just_begun(const Step& note) {
    if (note.parent == Step::kNone || !line_of_[note.parent]) return nullptr;
    Line& frame = lines_[*line_of_[note.parent]];
    return frame.at == note.at && frame.charges == 0 ? &frame : nullptr;
  }

  // Of the others' waiting, what a call of theirs waits for.
  void add_others_wait(const Step& step, std::optional<std::size_t>& run) {
    if (run && lines_[*run].frame) {
      lines_[*run].after += "; waits " + format_seconds(step.span.seconds());
    } else {
      run.reset();
    }
  }

  void add_charge(const Step& step, std::optional<std::size_t>& run) {
    const sim::PathDef& path = catalogue_[step.path];
    const std::string_view ring = ring_change(path.id);
    if (run && (!ring.empty() || !continues(step, *run))) run.reset();
    if (!run) {
      run = lines_.size();
      line(step, {}, std::string(ring));
    }
    Line& at = lines_[*run];
    if (!at.frame) at.span += step.span;
    at.layers.add(path.layer, step.span);
    ++at.charges;
    for (std::size_t frame = step.parent; frame != Step::kNone; frame = steps_[frame].parent)
      if (line_of_[frame] && *line_of_[frame] != *run) ++lines_[*line_of_[frame]].charges;
    if (!ring.empty()) run.reset();
  }

  // Whether the charge is of the frame whose own line this is, or of the same frame as the run's last one.
  [[nodiscard]] bool continues(const Step& step, std::size_t line) const {
    if (step.parent != Step::kNone && line_of_[step.parent] == line) return true;
    return !lines_[line].frame && lines_[line].depth == step.depth;
  }

  const Steps& steps_;
  const Names& tasks_;
  const sim::Catalogue& catalogue_;
  std::vector<bool> leaf_;                           // frames with nothing but charges inside
  std::vector<std::optional<std::size_t>> line_of_;  // frames
  std::vector<std::optional<std::size_t>> open_;     // by task: the line that its charges go to
  std::vector<Line> lines_;
};

// Between two host calls of a Go program there is always a little of its scheduler.
bool is_worth_a_line(const Line& line) {
  if (line.frame || !line.text.empty() || !line.after.empty()) return true;
  const auto layers = line.layers.sorted();
  return layers.size() != 1 || layers.front().first != "go runtime";
}

std::string sequence_line(const Line& line, const Names& tasks) {
  std::string text(static_cast<std::size_t>(2 * line.depth + (line.task == 0 ? 0 : kOthers)), ' ');
  if (line.task != 0) text += fmt::format("[{}] ", tasks[line.task]);
  text += line.text;
  if (line.shows_layers && line.charges != 0)
    text += (line.text.empty() ? "" : ": ") + line.layers.str(kLayersShown);
  if (line.charges > 1) text += fmt::format(" ({} charges)", line.charges);
  text += line.after;
  return fmt::format("{:>9}  {:>9}  {}\n", format_seconds(line.at.seconds()),
                     line.span.ps > 0 ? format_seconds(line.span.seconds()) : "", text);
}

}  // namespace

std::string render_sequence(const Steps& steps, const Names& tasks, const sim::Catalogue& catalogue) {
  std::string text = fmt::format("{:>9}  {:>9}  {}", "at", "takes", tasks.front());
  if (tasks.size() > 1) text += fmt::format("{:>{}}", "[others]", kOthers + 8 - tasks.front().size());
  text += "\n";
  const Sequence sequence(steps, tasks, catalogue);
  for (const Line& line : sequence.lines())
    if (is_worth_a_line(line)) text += sequence_line(line, tasks);
  return text;
}

std::string render_charges(const Steps& steps, const Names& tasks, const sim::Catalogue& catalogue) {
  std::string text = fmt::format("{:>9}  {:>9}  {:<12} {:<14} {}\n", "at", "takes", "mode", "layer", "step");
  for (const Step& step : steps) {
    const std::string indent(static_cast<std::size_t>(2 * step.depth), ' ');
    std::string mode, layer, what = step.text;
    if (step.kind == Kind::charge) {
      const sim::PathDef& path = catalogue[step.path];
      mode = sim::to_string(path.mode);
      layer = path.layer;
      what = path.id;
      if (step.units != 0) what += fmt::format("  ({} {})", step.units, path.unit);
    }
    if (step.kind == Kind::frame) what = frame_title(step, step.parent == Step::kNone && step.task == 0);
    if (step.kind == Kind::wait) what = wait_text(step, tasks);
    if (step.kind == Kind::wake) what = "wakes " + tasks[step.other];
    text += fmt::format("{:>9}  {:>9}  {:<12} {:<14} {}{}{}\n", format_seconds(step.at.seconds()),
                        step.span.ps > 0 ? format_seconds(step.span.seconds()) : "", mode, layer, indent,
                        what, step.task == 0 ? "" : fmt::format("  [{}]", tasks[step.task]));
  }
  return text;
}

std::string render_sums(const Steps& steps, const Names& tasks, const sim::Catalogue& catalogue) {
  Layers own, others;
  for (const Step& step : steps) {
    if (step.kind == Kind::charge && step.task == 0) own.add(catalogue[step.path].layer, step.span);
    if (step.kind == Kind::charge && step.task != 0) others.add(tasks[step.task], step.span);
    if (step.kind == Kind::wait && step.task == 0) own.add("waiting", step.span);
  }
  TextTable table;
  table.add({"where the time goes", ""});
  for (const auto& [layer, span] : own.sorted()) table.add({"  " + layer, format_seconds(span.seconds())});
  std::string text = table.str();
  if (const std::string meanwhile = others.str(8); !meanwhile.empty())
    text += "  meanwhile: " + meanwhile + "\n";
  return text;
}

}  // namespace isosim::cli
