#include "workloads/replay/findings.h"

#include <algorithm>

namespace isosim::workloads {

using traces::Event;

namespace {

constexpr std::size_t kExampleBytes = 80;  // of an argument

std::int64_t recorded_result(const Event& event) {
  return event.return_kind == traces::ReturnKind::restart ? -std::int64_t{event.error} : event.result;
}

// Bytes beyond ASCII and control characters as dots.
std::string printable(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c < ' ' || c > '~') c = '.';
  return out;
}

std::string arguments_of(const Event& event) {
  std::string text;
  for (std::size_t i = 0; i < event.argc; ++i) {
    const traces::Arg& arg = event.args[i];
    if (i != 0) text += ", ";
    text += arg.kind == traces::Arg::Kind::integer ? std::to_string(arg.value)
                                                   : printable(arg.text.substr(0, kExampleBytes));
  }
  return text;
}

template <class Rows, class Out>
void move_rows(Rows& rows, Out& out) {
  for (auto& [key, row] : rows) out.push_back(std::move(row));
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.count > b.count; });
}

}  // namespace

void Findings::note_known(const Event& event, std::string_view reason, std::int64_t returned) {
  KnownDifference& known = known_[{std::string(event.name), reason}];
  if (known.count++ != 0) return;
  known.call = event.name;
  known.reason = reason;
  known.line = event.line;
  known.recorded = recorded_result(event);
  known.emulated = returned;
}

void Findings::note_forced(const Event& event) {
  ForcedCall& forced = forced_[std::string(event.name)];
  if (forced.count++ != 0) return;
  forced.call = event.name;
  forced.line = event.line;
}

void Findings::note_mismatch(const Event& event, Verdict verdict, std::int64_t emulated) {
  Mismatch& mismatch = mismatches_[{std::string(event.name), static_cast<int>(verdict)}];
  if (mismatch.count++ != 0) return;
  mismatch.call = event.name;
  mismatch.kind = to_string(verdict);
  mismatch.line = event.line;
  mismatch.recorded = recorded_result(event);
  mismatch.emulated = emulated;
  mismatch.example = arguments_of(event);
}

void Findings::move_to(Result& result) {
  move_rows(mismatches_, result.mismatches);
  move_rows(known_, result.known_differences);
  move_rows(forced_, result.forced_calls);
}

}  // namespace isosim::workloads
