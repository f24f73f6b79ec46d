#include "cpu/hw/hardware.h"

#include <deque>
#include <optional>
#include <vector>

#include "cpu/hw/core.h"
#include "cpu/hw/disk.h"
#include "cpu/hw/host_adapter.h"
#include "cpu/hw/local_timer.h"
#include "cpu/hw/signal_feed.h"
#include "cpu/hw/vcd_file.h"
#include "sim/bridge.h"
#include "sim/task.h"

namespace isosim::cpu {

namespace {

std::string numbered(const char* name, int number) { return name + std::to_string(number); }

struct LogicalCpu {
  LogicalCpu(int number, sim::Bridge& bridge)
      : core(numbered("cpu", number).c_str()), timer(numbered("timer", number).c_str(), bridge) {}
  Core core;
  LocalTimer timer;
  sim::Mode mode = sim::Mode::idle;  // as posted last
};

}  // namespace

struct Hardware::Impl {
  Impl(sim::Engine& e, int count, const sim::Settings& settings, const std::string& vcd_file)
      : engine(e),
        bridge(e),
        disk("disk", settings),
        adapter("ahci", e, bridge, settings),
        feed("feed", e, bridge, [this](const SignalFeed::Change& change) { apply(change); }) {
    for (int i = 0; i < count; ++i) cpus.emplace_back(i, bridge);
    adapter.socket.bind(disk.socket);
    if (vcd_file.empty()) return;
    vcd.emplace(vcd_file);
    for (LogicalCpu& cpu : cpus) {
      vcd->trace(cpu.core.mode);
      vcd->trace(cpu.core.task);
      vcd->trace(cpu.timer.armed);
    }
    vcd->trace(disk.in_flight);
    vcd->trace(adapter.waiting);
    for (int i = 0; i < count; ++i) {
      feed.post({{}, i, SignalFeed::Signal::mode, static_cast<std::uint32_t>(sim::Mode::idle)});
      feed.post({{}, i, SignalFeed::Signal::task, idle_task});
    }
  }

  void apply(const SignalFeed::Change& change) {
    LogicalCpu& cpu = cpus[static_cast<std::size_t>(change.cpu)];
    switch (change.signal) {
      case SignalFeed::Signal::mode:
        cpu.core.mode.write(change.value);
        break;
      case SignalFeed::Signal::task:
        cpu.core.task.write(change.value);
        break;
      case SignalFeed::Signal::timer_armed:
        cpu.timer.armed.write(change.value != 0);
        break;
    }
  }

  struct Placements final : PlacementObserver {
    explicit Placements(Hardware& h) : hardware(h) {}
    void on_place(int cpu, const sim::Task& task, sim::Time at) override {
      hardware.set_running(cpu, task.id(), at);
    }
    void on_idle(int cpu, sim::Time at) override { hardware.set_running(cpu, idle_task, at); }
    Hardware& hardware;
  };

  // Knows on which core each task runs, and posts the mode of what it charges.
  struct ModeObserver final : sim::Observer {
    ModeObserver(Hardware& h, const sim::Catalogue& c) : hardware(h), catalogue(c) {}
    void on_charge(const sim::Task& task, sim::PathId path, sim::Time start, sim::Time,
                   std::uint64_t) override {
      if (task.id() < core_of.size() && core_of[task.id()] >= 0)
        hardware.set_mode(core_of[task.id()], catalogue[path].mode, start);
    }
    Hardware& hardware;
    const sim::Catalogue& catalogue;
    std::vector<int> core_of;  // by task; -1: none
  };

  sim::Engine& engine;
  sim::Bridge bridge;
  Disk disk;
  HostAdapter adapter;
  std::deque<LogicalCpu> cpus;
  SignalFeed feed;
  std::optional<VcdFile> vcd;
  std::unique_ptr<ModeObserver> observer;
  std::optional<Placements> placements;
  std::vector<std::uint32_t> running;  // by CPU, while an observer needs it
};

Hardware::Hardware(sim::Engine& engine, int cpus, const sim::Settings& settings, const std::string& vcd_file)
    : impl_(std::make_unique<Impl>(engine, cpus, settings, vcd_file)), traced_(!vcd_file.empty()) {}

Hardware::~Hardware() = default;

bool Hardware::run_before(sim::Time limit) { return impl_->bridge.run_before(limit); }

BlockDevice& Hardware::disk() { return impl_->adapter; }

sim::Observer* Hardware::mode_observer(const sim::Catalogue& catalogue) {
  if (!traced_) return nullptr;
  impl_->observer = std::make_unique<Impl::ModeObserver>(*this, catalogue);
  impl_->running.assign(impl_->cpus.size(), idle_task);
  return impl_->observer.get();
}

sim::Observer* Hardware::watch(Cpu& cpu, const sim::Catalogue& catalogue) {
  if (!traced_) return nullptr;
  cpu.set_observer(&impl_->placements.emplace(*this));
  return mode_observer(catalogue);
}

void Hardware::post_mode(int cpu, sim::Mode mode, sim::Time at) {
  sim::Mode& last = impl_->cpus[static_cast<std::size_t>(cpu)].mode;
  if (last == mode) return;
  last = mode;
  impl_->feed.post({at, cpu, SignalFeed::Signal::mode, static_cast<std::uint32_t>(mode)});
}

void Hardware::post_running(int cpu, std::uint32_t task, sim::Time at) {
  if (impl_->observer) {
    std::vector<int>& core_of = impl_->observer->core_of;
    std::uint32_t& before = impl_->running[static_cast<std::size_t>(cpu)];
    if (before != idle_task && core_of[before] == cpu) core_of[before] = -1;
    before = task;
    if (task != idle_task) {
      if (task >= core_of.size()) core_of.resize(task + std::size_t{1}, -1);
      core_of[task] = cpu;
    }
  }
  impl_->feed.post({at, cpu, SignalFeed::Signal::task, task});
  if (task == idle_task) post_mode(cpu, sim::Mode::idle, at);
}

void Hardware::arm_timer(int cpu, sim::Time at, sim::Event& interrupt) {
  impl_->cpus[static_cast<std::size_t>(cpu)].timer.arm(at, interrupt);
  if (traced_) impl_->feed.post({impl_->engine.now(), cpu, SignalFeed::Signal::timer_armed, 1});
}

void Hardware::disarm_timer(int cpu) {
  impl_->cpus[static_cast<std::size_t>(cpu)].timer.disarm();
  if (traced_) impl_->feed.post({impl_->engine.now(), cpu, SignalFeed::Signal::timer_armed, 0});
}

}  // namespace isosim::cpu
