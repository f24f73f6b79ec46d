// Replays of short traces that a test writes down.
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <string_view>

#include "models/platform.h"
#include "workloads/replay/replayer.h"

namespace isosim::test {

inline workloads::Result replay_text(std::string_view text, const std::string& platform = "native") {
  const traces::Trace trace = traces::Trace::parse(text);
  const workloads::TraceAnalysis analysis(trace);
  sim::Settings settings;
  models::StackRequest request;
  request.platform = platform;
  request.machine = "e5-2630v3";
  const auto stack = models::build_stack(request, settings);
  return workloads::Replayer(*stack, trace, analysis, {}).run();
}

inline void check_agrees(const workloads::Result& result, std::uint64_t compared) {
  for (const workloads::Mismatch& m : result.mismatches)
    UNSCOPED_INFO(m.call << " in line " << m.line << ": recorded " << m.recorded << ", emulated "
                         << m.emulated);
  CHECK(result.compared == compared);
  CHECK(result.agree == result.compared);
  CHECK(result.forced == 0);
}

}  // namespace isosim::test
