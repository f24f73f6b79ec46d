#include <catch2/catch.hpp>

#include "kernel-model/kernel.h"

using namespace isosim;

TEST_CASE("a process without parent runs calls on its thread") {
  sim::Engine engine;
  sim::Catalogue catalogue;
  kernel::load_catalogue(catalogue, "host");
  sim::Settings settings;
  cpu::MachineSpec spec;
  spec.name = "test";
  spec.base_khz = 1'000'000;
  spec.turbo_khz = {1'000'000};
  cpu::Cpu cpu(engine, catalogue, spec, settings);
  cpu.rebuild_costs();
  kernel::Kernel k(engine, cpu, catalogue, settings, "host");
  auto& process = k.create_process("init");
  std::int64_t result = 0;
  auto& thread = k.create_thread(process, "init", [&](kernel::Thread& t) {
    kernel::Sys call;
    call.nr = kernel::nr::tuxcall;
    result = k.syscall(t, call);
  });
  k.sched->start(thread, nullptr);
  engine.run();
  CHECK(result == -kernel::ENOSYS_);
  CHECK(thread.now() > sim::Time{});
}
