// What every stack stands on: the engine, the machine with its costs, and the platform file's storages.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "cpu/hw/hardware.h"
#include "models/stack.h"

namespace isosim::models {

class MachineStack : public Stack {
 public:
  sim::Engine& engine() override { return engine_; }
  cpu::Cpu& cpu() override { return cpu_; }
  const sim::Catalogue& catalogue() const override { return catalogue_; }
  sim::Observer* waveforms() override { return waveforms_; }
  bool run_before(sim::Time limit) override { return hardware_.run_before(limit); }
  std::string storage(std::string_view name) const override;

 protected:
  MachineStack(const nlohmann::ordered_json& document, cpu::MachineSpec machine,
               const sim::Settings& settings, const std::string& vcd_file);

  // Once the catalogue holds every path: prices them, and makes the host's kernel with its files.
  std::unique_ptr<kernel::Kernel> boot_host();

  sim::Engine engine_;
  sim::Catalogue catalogue_;
  cpu::Cpu cpu_;
  cpu::Hardware hardware_;

 private:
  const sim::Settings& settings_;
  sim::Observer* waveforms_ = nullptr;
  std::map<std::string, std::string, std::less<>> storage_;
};

}  // namespace isosim::models
