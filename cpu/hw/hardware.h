// The hardware modules of a machine: cores, their timers, the disk. SystemC inside, none of it in this
// header.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "cpu/block_device.h"
#include "cpu/cpu.h"
#include "sim/engine.h"
#include "sim/params.h"
#include "sim/path.h"

namespace isosim::cpu {

class Hardware {
 public:
  static constexpr std::uint32_t idle_task = ~0u;

  // For `cpus` logical CPUs. `vcd_file` is where the signals go, empty for nowhere; a run is the same either
  // way. Throws std::runtime_error if that file cannot be created. One in a process at a time (sim/bridge.h).
  Hardware(sim::Engine& engine, int cpus, const sim::Settings& settings, const std::string& vcd_file = "");
  ~Hardware();  // completes the VCD file
  Hardware(const Hardware&) = delete;
  Hardware& operator=(const Hardware&) = delete;

  // Runs software and hardware until nothing is pending that is due before `limit`. True if something is
  // pending then. Throws what a model throws.
  bool run_before(sim::Time limit);
  void run() { run_before(sim::Time::max()); }

  [[nodiscard]] BlockDevice& disk();

  // Shows in the waveforms, if there are any, where this processor's tasks run and in which mode: whose
  // observer is returned, null if no VCD file is written.
  sim::Observer* watch(Cpu& cpu, const sim::Catalogue& catalogue);

  // What a core does from `at` on, for the waveforms; `at` is not before the engine's present event.
  void set_mode(int cpu, sim::Mode mode, sim::Time at) {
    if (traced_) post_mode(cpu, mode, at);
  }
  void set_running(int cpu, std::uint32_t task, sim::Time at) {
    if (traced_) post_running(cpu, task, at);
  }

  // Derives modes from charges: of the task that set_running() put on a core, by the mode of each path. Null
  // if no VCD file is written.
  [[nodiscard]] sim::Observer* mode_observer(const sim::Catalogue& catalogue);

  // The core's one-shot timer: `interrupt` fires at `at`. Arming replaces what was armed.
  void arm_timer(int cpu, sim::Time at, sim::Event& interrupt);
  void disarm_timer(int cpu);

 private:
  struct Impl;
  void post_mode(int cpu, sim::Mode mode, sim::Time at);
  void post_running(int cpu, std::uint32_t task, sim::Time at);

  std::unique_ptr<Impl> impl_;
  bool traced_;
};

}  // namespace isosim::cpu
