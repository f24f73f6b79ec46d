// Whether an emulated call returned what was recorded.
#pragma once

#include <cstdint>
#include <string_view>

#include "traces/event.h"
#include "workloads/replay/signature.h"

namespace isosim::workloads {

enum class Verdict : std::uint8_t {
  left_out,  // addresses, clocks, calls that did not return
  agree,
  value,     // both succeeded, the numbers differ
  error,     // both failed, with another errno
  failed,    // the record succeeded, the emulation failed
  succeeded  // the record failed, the emulation succeeded
};

std::string_view to_string(Verdict verdict);

// `emulated` is the result with descriptors and process ids translated back to the recorded name space.
Verdict compare(const traces::Event& event, const Signature& signature, std::int64_t emulated);

}  // namespace isosim::workloads
