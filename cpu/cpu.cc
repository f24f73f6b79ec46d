#include "cpu/cpu.h"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

#include "cpu/cache_occupancy.h"
#include "cpu/code_cache.h"
#include "cpu/cost_table.h"
#include "cpu/memory_costs.h"
#include "cpu/params.h"
#include "cpu/tlb.h"
#include "cpu/transitions.h"

namespace isosim::cpu {

namespace {

MachineSpec checked(MachineSpec spec) {
  if (spec.base_khz <= 0) throw std::invalid_argument("machine '" + spec.name + "': no base frequency");
  if (spec.turbo_khz.empty()) spec.turbo_khz.push_back(spec.base_khz);
  return spec;
}

}  // namespace

struct Cpu::Impl {
  Impl(sim::Catalogue& paths, MachineSpec machine, const sim::Settings& settings)
      : catalogue(paths),
        spec(checked(std::move(machine))),
        millicycles_per_line(thousandths(settings.get(param::cycles_per_line))),
        ipi_latency(sim::picoseconds(thousandths(settings.get(param::ipi_latency)))),
        tlb(spec, settings),
        transitions(paths, settings, tlb, spec.turbo_khz.front()),
        memory(paths, settings),
        caches(spec),
        code(spec, settings) {
    const sim::PathId fetch = paths.add({.id = "cpu.fetch",
                                         .layer = "cpu",
                                         .unit_millicycles = 1000,
                                         .unit = "cycle",
                                         .source = std::string(param::l3_exposed.source)});
    for (int core = 0; core < spec.sockets * spec.cores_per_socket; ++core)
      code_caches.push_back(std::make_unique<CodeCache>(code, fetch));
  }

  [[nodiscard]] int core_of(int logical_cpu) const {
    return logical_cpu % (spec.sockets * spec.cores_per_socket);
  }
  [[nodiscard]] int core(const sim::Task& task) const {
    return task.id() < core_by_task.size() ? core_by_task[task.id()] : 0;
  }

  CacheOccupancy::Use use(const sim::Task& task, std::uint64_t object, std::uint64_t offset,
                          std::uint64_t bytes) {
    const int on = core(task);
    const CacheOccupancy::Use use = caches.use(on, object, offset, bytes);
    code_caches[static_cast<std::size_t>(on)]->displace(use.bytes[2] + use.bytes[3]);
    return use;
  }

  sim::Catalogue& catalogue;
  MachineSpec spec;
  std::int64_t millicycles_per_line;
  sim::Time ipi_latency;
  Tlb tlb;
  Transitions transitions;
  MemoryCosts memory;
  CacheOccupancy caches;
  CodeCacheSpec code;
  std::vector<std::unique_ptr<CodeCache>> code_caches;  // by core
  std::vector<std::int16_t> core_by_task;
  PlacementObserver* observer = nullptr;
  std::map<std::int64_t, sim::CostTable> tables;  // by kHz, of what somebody asked for
};

Cpu::Cpu(sim::Engine&, sim::Catalogue& catalogue, MachineSpec spec, const sim::Settings& settings)
    : impl_(std::make_unique<Impl>(catalogue, std::move(spec), settings)) {
  rebuild_costs();
}

Cpu::~Cpu() = default;

void Cpu::rebuild_costs() {
  impl_->tables.clear();
  impl_->code.measure(impl_->catalogue);
  for (const auto& cache : impl_->code_caches) cache->resize();
}

const MachineSpec& Cpu::spec() const { return impl_->spec; }

int Cpu::logical_cpus() const {
  return impl_->spec.sockets * impl_->spec.cores_per_socket * impl_->spec.threads_per_core;
}

int Cpu::core_of(int logical_cpu) const { return impl_->core_of(logical_cpu); }
int Cpu::socket_of(int logical_cpu) const {
  return impl_->core_of(logical_cpu) / impl_->spec.cores_per_socket;
}

void Cpu::place(sim::Task& task, int logical_cpu, sim::Time at) {
  if (task.id() >= impl_->core_by_task.size()) impl_->core_by_task.resize(task.id() + 1);
  const int core = impl_->core_of(logical_cpu);
  impl_->core_by_task[task.id()] = static_cast<std::int16_t>(core);
  task.set_residency(impl_->code_caches[static_cast<std::size_t>(core)].get());
  if (impl_->observer) impl_->observer->on_place(logical_cpu, task, at);
}

void Cpu::vacate(int logical_cpu, sim::Time at) {
  if (impl_->observer) impl_->observer->on_idle(logical_cpu, at);
}

void Cpu::empty_caches(int core) {
  impl_->code_caches[static_cast<std::size_t>(core)]->flush();
  impl_->caches.empty(core);
}

void Cpu::set_observer(PlacementObserver* observer) { impl_->observer = observer; }

const sim::CostTable& Cpu::costs(std::int64_t khz) const {
  const auto [at, asked_first] = impl_->tables.try_emplace(khz);
  if (asked_first) {
    at->second = cost_table(impl_->catalogue, impl_->millicycles_per_line, khz);
    impl_->memory.fill(at->second, khz);
  }
  return at->second;
}

std::int64_t Cpu::most_khz(int active) const {
  const auto& bins = impl_->spec.turbo_khz;
  return bins[static_cast<std::size_t>(std::clamp(active, 1, static_cast<int>(bins.size())) - 1)];
}

void Cpu::syscall_enter(sim::Task& task) { impl_->transitions.syscall_enter(task); }
void Cpu::syscall_exit(sim::Task& task) { impl_->transitions.syscall_exit(task); }
void Cpu::exception_enter(sim::Task& task, bool from_user) {
  impl_->transitions.exception_enter(task, from_user);
}
void Cpu::exception_exit(sim::Task& task, bool to_user) { impl_->transitions.iret(task, to_user); }
void Cpu::interrupt_enter(sim::Task& task) { impl_->transitions.interrupt_enter(task); }
void Cpu::interrupt_exit(sim::Task& task) { impl_->transitions.iret(task, true); }
void Cpu::send_ipi(sim::Task& task) { impl_->transitions.send_ipi(task); }
void Cpu::address_space_switch(sim::Task& task) { impl_->transitions.address_space_switch(task); }
void Cpu::vm_enter(sim::Task& task) { impl_->transitions.vm_enter(task); }
void Cpu::flush_l1d(sim::Task& task) { impl_->transitions.flush_l1d(task); }
void Cpu::vm_exit(sim::Task& task) { impl_->transitions.vm_exit(task); }
void Cpu::page_walks(sim::Task& task, std::uint64_t count) { impl_->transitions.walk(task, count); }
sim::Time Cpu::ipi_latency() const { return impl_->ipi_latency; }

void Cpu::copy(sim::Task& task, std::uint64_t object, std::uint64_t offset, std::uint64_t bytes,
               Copy direction) {
  const CacheOccupancy::Use use = impl_->use(task, object, offset, bytes);
  const auto& paths = direction == Copy::from_kernel ? impl_->memory.copy_from : impl_->memory.copy_to;
  for (std::size_t level = 0; level < 4; ++level)
    if (use.bytes[level] != 0) task.charge(paths[level], use.bytes[level]);
  // Stores wait in buffers, loads do not.
  if (use.streams != 0 && direction == Copy::from_kernel) task.charge(impl_->memory.miss, use.streams);
}

void Cpu::copy_past_caches(sim::Task& task, std::uint64_t object, std::uint64_t offset, std::uint64_t bytes,
                           Copy direction) {
  if (direction == Copy::to_kernel) return task.charge(impl_->memory.stream, bytes);
  // What has to come from memory crosses twice, as in a copy to memory.
  const CacheOccupancy::Use use = impl_->use(task, object, offset, bytes);
  const std::uint64_t far = use.bytes[static_cast<std::size_t>(Level::dram)];
  if (far != bytes) task.charge(impl_->memory.stream, bytes - far);
  if (far != 0) task.charge(impl_->memory.copy_to[static_cast<std::size_t>(Level::dram)], far);
  if (use.streams != 0) task.charge(impl_->memory.miss, use.streams);
}

void Cpu::copy_level(sim::Task& task, Level level, std::uint64_t bytes, Copy direction) {
  if (bytes == 0) return;
  const auto index = static_cast<std::size_t>(level);
  const bool read = direction == Copy::from_kernel;
  task.charge((read ? impl_->memory.copy_from : impl_->memory.copy_to)[index], bytes);
  if (read && level == Level::dram) task.charge(impl_->memory.miss, 1);
}

void Cpu::zero(sim::Task& task, std::uint64_t bytes) { task.charge(impl_->memory.zero[3], bytes); }

void Cpu::zero(sim::Task& task, std::uint64_t object, std::uint64_t offset, std::uint64_t bytes) {
  const CacheOccupancy::Use use = impl_->use(task, object, offset, bytes);
  for (std::size_t level = 0; level < 4; ++level)
    if (use.bytes[level] != 0) task.charge(impl_->memory.zero[level], use.bytes[level]);
}

}  // namespace isosim::cpu
