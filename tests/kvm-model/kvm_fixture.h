// A machine with KVM and a process that runs guests.
#pragma once

#include <functional>
#include <string>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/fd_table.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/mm/mman.h"
#include "kernel-model/process/process.h"
#include "kvm-model/kvm.h"
#include "kvm-model/vcpu.h"
#include "kvm-model/vm.h"
#include "tests/kernel-model/machine_fixture.h"

namespace isosim::test {

struct KvmMachine {
  explicit KvmMachine(int cores = 4)
      : cpu(engine, load(catalogue), Machine::spec(1, cores, 1), settings),
        k((cpu.rebuild_costs(), engine), cpu, catalogue, settings, "host") {
    k.vfs->boot(nullptr);
    module = kvm::Kvm::load(k);
    context = k.vfs->initial_context();
    module->make_device_node(*context);
  }

  static sim::Catalogue& load(sim::Catalogue& catalogue) {
    Machine::load(catalogue);
    kvm::load_catalogue(catalogue, "host");
    return catalogue;
  }

  kernel::Process& process(std::string name) {
    kernel::Process& made = k.create_process(std::move(name));
    made.fs = context;
    made.files = new kernel::FdTable;
    made.limits[kernel::rlimit_index::stack].current = 8u << 20;
    return made;
  }
  kernel::Thread& start(kernel::Process& owner, std::string name, std::function<void(kernel::Thread&)> body,
                        std::uint64_t affinity = ~0ull) {
    auto& thread = k.create_thread(owner, std::move(name), std::move(body));
    thread.affinity = affinity;
    k.sched->start(thread, nullptr);
    return thread;
  }

  std::int64_t call(kernel::Thread& t, kernel::SysNr nr, std::array<std::uint64_t, 6> arg) {
    kernel::Sys s;
    s.nr = nr;
    s.arg = arg;
    return k.syscall(t, s);
  }
  std::int64_t open_kvm(kernel::Thread& t) {
    kernel::Sys s;
    s.nr = kernel::nr::open;
    s.at[0] = std::string_view("/dev/kvm");
    s.arg[1] = kernel::open_flag::rdwr | kernel::open_flag::cloexec;
    return k.syscall(t, s);
  }
  std::int64_t ioctl(kernel::Thread& t, std::int64_t fd, std::uint64_t request, std::uint64_t argument = 0,
                     kernel::IoctlArgument* data = nullptr) {
    kernel::Sys s;
    s.nr = kernel::nr::ioctl;
    s.arg = {static_cast<std::uint64_t>(fd), request, argument};
    if (data) {
      s.at[2] = data;
      s.arg[2] = 0x7000;
    }
    return k.syscall(t, s);
  }
  std::int64_t map(kernel::Thread& t, std::uint64_t bytes) {
    return call(t, kernel::nr::mmap, {0, bytes, 3, 0x22, ~0ull, 0});
  }

  // A VM with `bytes` of anonymous memory at guest address 0 and one vCPU.
  struct Guest {
    std::int64_t vm_fd = -1, vcpu_fd = -1, memory = 0;
    kvm::Vm* vm = nullptr;
    kvm::Vcpu* vcpu = nullptr;
  };
  Guest guest(kernel::Thread& t, std::uint64_t bytes) {
    Guest g;
    const std::int64_t device = open_kvm(t);
    g.vm_fd = ioctl(t, device, kvm::request::create_vm);
    g.memory = map(t, bytes);
    kvm::UserMemoryRegion region(0, 0, bytes, static_cast<std::uint64_t>(g.memory));
    ioctl(t, g.vm_fd, kvm::request::set_user_memory_region, 0, &region);
    g.vcpu_fd = ioctl(t, g.vm_fd, kvm::request::create_vcpu, 0);
    g.vm = kvm::Kvm::vm_of(t, static_cast<std::int32_t>(g.vm_fd));
    g.vcpu = kvm::Kvm::vcpu_of(t, static_cast<std::int32_t>(g.vcpu_fd));
    return g;
  }

  sim::Engine engine;
  sim::Catalogue catalogue;
  sim::Settings settings;
  cpu::Cpu cpu;
  kernel::Kernel k;
  kernel::Ref<kvm::Kvm> module;
  std::shared_ptr<kernel::FsContext> context;
};

}  // namespace isosim::test
