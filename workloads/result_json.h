// The JSON form of results: schemas isosim.replay/1 and isosim.run/1.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "traces/trace.h"
#include "workloads/result.h"

namespace isosim::workloads {

inline constexpr std::string_view kModelVersion = "0.1.0";

// One element of "results". Times in seconds, as doubles made from whole picoseconds.
nlohmann::ordered_json to_json(const Result& result);

// What the document says of the trace itself: file, calls, threads, how it was recorded, lines that were not
// understood.
nlohmann::ordered_json trace_json(std::string_view file, const traces::Trace& trace);

// The whole document around the elements that to_json made.
nlohmann::ordered_json document(std::string_view schema, const nlohmann::ordered_json& results);

}  // namespace isosim::workloads
