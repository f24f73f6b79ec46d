#include "cpu/tlb.h"

#include "cpu/params.h"

namespace isosim::cpu {

namespace {
constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kPdeSpan = 2u << 20;  // what one page-directory entry maps
}  // namespace

Tlb::Tlb(const MachineSpec& spec, const sim::Settings& settings)
    : l1_bytes_(spec.l1d_bytes),
      l2_bytes_(spec.l2_bytes),
      l3_bytes_(spec.l3_bytes),
      l1_latency_(settings.integer(param::l1_latency)),
      l2_latency_(settings.integer(param::l2_latency)),
      l3_latency_(settings.integer(param::l3_latency)),
      entries_(static_cast<std::uint64_t>(settings.integer(param::tlb_l2) + settings.integer(param::tlb_l1))),
      pde_entries_(static_cast<std::uint64_t>(settings.integer(param::tlb_pde_reach))),
      hot_entries_(static_cast<std::uint64_t>(settings.integer(param::tlb_hot))),
      walkers_(settings.integer(param::tlb_walkers)) {}

int Tlb::references(std::uint64_t footprint, bool nested) const {
  // The walker's cache of page-directory entries leaves one reference a table; beyond its reach a walk reads
  // the directory too.
  const int depth = footprint <= pde_entries_ * kPdeSpan ? 1 : 2;
  return nested ? (depth + 1) * (depth + 1) - 1 : depth;
}

std::int64_t Tlb::walk_millicycles(std::uint64_t footprint, bool nested,
                                   std::int64_t dram_millicycles) const {
  const auto entries = static_cast<std::int64_t>(footprint / kPage * 8);
  std::int64_t reference = dram_millicycles;
  if (entries <= l1_bytes_ / 2) {
    reference = l1_latency_ * 1000;
  } else if (entries <= l2_bytes_ / 2) {
    reference = l2_latency_ * 1000;
  } else if (entries <= l3_bytes_ / 2) {
    reference = l3_latency_ * 1000;
  }
  const std::int64_t start =
      7'000;  // second-level TLB lookup that came before, in millicycles (Haswell: 7 cycles)
  return start + references(footprint, nested) * reference / walkers_;
}

std::uint64_t Tlb::misses(std::uint64_t footprint) const {
  const std::uint64_t pages = (footprint + kPage - 1) / kPage;
  return pages <= entries_ ? 0 : pages;
}

}  // namespace isosim::cpu
