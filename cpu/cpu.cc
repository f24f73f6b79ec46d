#include "cpu/cpu.h"

namespace isosim::cpu {

// One cycle a line at the base frequency, transitions free: until the machine files say better.
struct Cpu::Impl {
  const sim::Catalogue& catalogue;
  MachineSpec spec;
  sim::CostTable costs;
};

Cpu::Cpu(sim::Engine& /*engine*/, sim::Catalogue& catalogue, MachineSpec spec,
         const sim::Settings& /*settings*/)
    : impl_(new Impl{catalogue, std::move(spec), {}}) {
  rebuild_costs();
}
Cpu::~Cpu() = default;

void Cpu::rebuild_costs() {
  const std::int64_t ps_per_cycle =
      1'000'000'000 / (impl_->spec.base_khz > 0 ? impl_->spec.base_khz : 1'000'000);
  impl_->costs.clear();
  for (std::uint16_t i = 0; i < impl_->catalogue.size(); ++i) {
    const auto& def = impl_->catalogue[{i}];
    impl_->costs.push_back({(def.millilines + def.millicycles) * ps_per_cycle / 1000,
                            (def.unit_millilines + def.unit_millicycles) * ps_per_cycle});
  }
}

const MachineSpec& Cpu::spec() const { return impl_->spec; }
int Cpu::logical_cpus() const {
  return impl_->spec.sockets * impl_->spec.cores_per_socket * impl_->spec.threads_per_core;
}
const sim::CostTable& Cpu::costs(int /*active*/) const { return impl_->costs; }
void Cpu::syscall_enter(sim::Task& /*task*/) {}
void Cpu::syscall_exit(sim::Task& /*task*/) {}
void Cpu::exception_enter(sim::Task& /*task*/) {}
void Cpu::exception_exit(sim::Task& /*task*/) {}
void Cpu::interrupt_enter(sim::Task& /*task*/) {}
void Cpu::interrupt_exit(sim::Task& /*task*/) {}
void Cpu::send_ipi(sim::Task& /*task*/) {}
void Cpu::address_space_switch(sim::Task& /*task*/) {}
sim::Time Cpu::ipi_latency() const { return {}; }
void Cpu::copy(sim::Task& /*task*/, std::uint64_t /*object*/, std::uint64_t /*offset*/,
               std::uint64_t /*bytes*/) {}
void Cpu::copy_level(sim::Task& /*task*/, Level /*level*/, std::uint64_t /*bytes*/) {}
void Cpu::zero(sim::Task& /*task*/, std::uint64_t /*bytes*/) {}

}  // namespace isosim::cpu
