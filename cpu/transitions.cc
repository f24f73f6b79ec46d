#include "cpu/transitions.h"

#include <string>

#include "cpu/cost_table.h"
#include "cpu/params.h"

namespace isosim::cpu {

Transitions::Transitions(sim::Catalogue& catalogue, const sim::Settings& settings, const Tlb& tlb,
                         std::int64_t top_khz)
    : kpti_(settings.flag(param::kpti)),
      pcid_(settings.flag(param::pcid)),
      pcid_per_mm_(settings.flag(param::pcid_per_mm)),
      retpoline_(settings.flag(param::retpoline)),
      l1tf_flush_(settings.flag(param::l1tf_flush)),
      refill_walks_(tlb.refill_walks()) {
  using sim::Mode;
  const double swapgs = settings.get(param::swapgs);
  const auto add = [&](const sim::Param& param, Mode mode, double extra = 0) {
    return catalogue.add({.id = std::string(param.name),
                          .layer = "cpu",
                          .mode = mode,
                          .millicycles = thousandths(settings.get(param) + extra),
                          .unit = {},
                          .source = std::string(param.source)});
  };
  syscall_entry_ = add(param::syscall_entry, Mode::kernel, swapgs);
  syscall_exit_ = add(param::syscall_exit, Mode::kernel, swapgs);
  exception_entry_ = add(param::exception_entry, Mode::kernel, swapgs);
  interrupt_entry_ = add(param::interrupt_entry, Mode::kernel, swapgs);
  iret_ = add(param::iret, Mode::kernel, swapgs);
  kpti_switch_ = add(param::kpti_switch, Mode::kernel);
  retpoline_call_ = add(param::retpoline_call, Mode::kernel);
  cr3_write_ = add(param::cr3_write, Mode::kernel);
  ipi_send_ = add(param::ipi_send, Mode::kernel);
  vm_entry_ = add(param::vm_entry, Mode::hardware);
  vm_exit_ = add(param::vm_exit, Mode::hardware);
  rsb_fill_ = add(param::rsb_fill, Mode::kernel);
  l1d_flush_ = add(param::l1d_flush, Mode::kernel);
  const std::int64_t dram_millicycles =
      thousandths(settings.get(param::dram_latency)) * (top_khz / 1000) / 1000;
  // A flushed TLB is refilled for pages just in use: their entries are few and in the second-level cache.
  constexpr std::uint64_t kHotFootprint = 16u << 20;
  walk_ = catalogue.add(
      {.id = "cpu.page_walk",
       .layer = "cpu",
       .mode = Mode::hardware,
       .unit_millicycles = tlb.walk_millicycles(kHotFootprint, false, dram_millicycles),
       .unit = "walk",
       .source = "cpu/tlb.h: references times the latency of the cache that holds the entries"});
}

}  // namespace isosim::cpu
