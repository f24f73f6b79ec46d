#include "workloads/replay/compare.h"

namespace isosim::workloads {

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::left_out:
      return "left out";
    case Verdict::agree:
      return "agrees";
    case Verdict::value:
      return "other value";
    case Verdict::error:
      return "other error";
    case Verdict::failed:
      return "failed";
    case Verdict::succeeded:
      return "succeeded";
  }
  return "?";
}

Verdict compare(const traces::Event& event, const Signature& signature, std::int64_t emulated) {
  if (event.return_kind == traces::ReturnKind::none) return Verdict::left_out;
  const std::int64_t recorded =
      event.return_kind == traces::ReturnKind::restart ? -std::int64_t{event.error} : event.result;
  const bool recorded_failed = recorded < 0 && recorded >= -4095;
  const bool emulated_failed = emulated < 0 && emulated >= -4095;
  if (recorded_failed != emulated_failed) return recorded_failed ? Verdict::succeeded : Verdict::failed;
  if (recorded_failed) return recorded == emulated ? Verdict::agree : Verdict::error;
  if (signature.result == 'A' || signature.result == '-') return Verdict::left_out;
  return recorded == emulated ? Verdict::agree : Verdict::value;
}

}  // namespace isosim::workloads
