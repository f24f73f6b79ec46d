// Where a replay's answers are not the record's: a row for each call and kind, with the first as its example.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "traces/event.h"
#include "workloads/replay/compare.h"
#include "workloads/result.h"

namespace isosim::workloads {

class Findings {
 public:
  void note_known(const traces::Event& event, std::string_view reason, std::int64_t returned);
  void note_forced(const traces::Event& event);
  void note_mismatch(const traces::Event& event, Verdict verdict, std::int64_t emulated);
  void move_to(Result& result);  // most frequent first

 private:
  std::map<std::pair<std::string, int>, Mismatch> mismatches_;                 // by call and verdict
  std::map<std::string, ForcedCall> forced_;                                   // by call
  std::map<std::pair<std::string, std::string_view>, KnownDifference> known_;  // by call and reason
};

}  // namespace isosim::workloads
