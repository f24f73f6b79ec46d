#include "workloads/replay/compare.h"

namespace isosim::workloads {

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
