#include "models/machine_stack.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace isosim::models {

MachineStack::MachineStack(const nlohmann::ordered_json& document, cpu::MachineSpec machine,
                           const sim::Settings& settings, const std::string& vcd_file)
    : cpu_(engine_, catalogue_, std::move(machine), settings),
      hardware_(engine_, cpu_.logical_cpus(), settings, vcd_file),
      settings_(settings) {
  for (const auto& [name, path] : document.at("storage").items()) storage_[name] = path.get<std::string>();
}

std::unique_ptr<kernel::Kernel> MachineStack::boot_host() {
  cpu_.rebuild_costs();
  waveforms_ = hardware_.watch(cpu_, catalogue_);
  auto host = std::make_unique<kernel::Kernel>(engine_, cpu_, catalogue_, settings_, "host");
  host->vfs->boot(&hardware_.disk());
  return host;
}

std::string MachineStack::storage(std::string_view name) const {
  if (const auto found = storage_.find(name); found != storage_.end()) return found->second;
  std::string known;
  for (const auto& [key, path] : storage_) known += (known.empty() ? "" : ", ") + key;
  throw std::invalid_argument("this platform has no storage '" + std::string(name) + "'; it has " + known);
}

}  // namespace isosim::models
