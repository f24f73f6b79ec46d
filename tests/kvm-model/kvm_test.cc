#include <catch2/catch.hpp>
#include <numeric>

#include "kernel-model/catalogue/footprint.h"
#include "kernel-model/mm/memory_manager.h"
#include "kernel-model/signal/signal.h"
#include "tests/kvm-model/kvm_fixture.h"

using namespace isosim;
using namespace isosim::kvm;
using isosim::test::KvmMachine;
using kernel::Address;
using kernel::Thread;

namespace {

constexpr std::uint64_t kMegabyte = 1 << 20;

void require_conserved(const ExitCounts& c) {
  CHECK(c.exits == std::accumulate(c.by_reason.begin(), c.by_reason.end(), std::uint64_t{0}));
  CHECK(c.exits <= c.handled_in_kernel + c.userspace_exits);
  CHECK(c.exits + c.interrupted >= c.handled_in_kernel + c.userspace_exits);
  CHECK(c.page_faults == c.of(ExitReason::ept_violation));
}

}  // namespace

TEST_CASE("the device answers as /dev/kvm does", "[kvm]") {
  KvmMachine m;
  m.start(m.process("vmm"), "vmm", [&](Thread& t) {
    const std::int64_t fd = m.open_kvm(t);
    REQUIRE(fd >= 0);
    CHECK(m.ioctl(t, fd, request::get_api_version) == 12);
    CHECK(m.ioctl(t, fd, request::get_api_version, 1) == -kernel::EINVAL_);
    CHECK(m.ioctl(t, fd, request::get_vcpu_mmap_size) == 3 * 4096);
    CHECK(m.ioctl(t, fd, request::check_extension, extension::nr_memslots) == kUserSlots);
    CHECK(m.ioctl(t, fd, request::check_extension, 9999) == 0);
    CHECK(m.ioctl(t, fd, 0xAE99) == -kernel::EINVAL_);
    Cpuid cpuid;
    CHECK(m.ioctl(t, fd, request::get_supported_cpuid, 0, &cpuid) == 0);
    CHECK(!cpuid.entries.empty());
    cpuid.capacity = 3;
    CHECK(m.ioctl(t, fd, request::get_supported_cpuid, 0, &cpuid) == -kernel::E2BIG_);
    CHECK(m.ioctl(t, fd, request::create_vm, 7) == -kernel::EINVAL_);
    const std::int64_t vm = m.ioctl(t, fd, request::create_vm);
    REQUIRE(vm > fd);
    CHECK(m.ioctl(t, vm, 0xAE99) == -kernel::ENOTTY_);
    CHECK(m.ioctl(t, vm, request::create_vcpu, 255) == -kernel::EINVAL_);
    const std::int64_t vcpu = m.ioctl(t, vm, request::create_vcpu, 3);
    REQUIRE(vcpu > vm);
    CHECK(m.ioctl(t, vm, request::create_vcpu, 3) == -kernel::EEXIST_);
    CHECK(m.ioctl(t, vm, request::create_irqchip) == -kernel::EINVAL_);
    CHECK(m.ioctl(t, vcpu, request::set_regs) == -kernel::EFAULT_);
    Regs regs, read;
    regs.value[16] = 0x1000;
    CHECK(m.ioctl(t, vcpu, request::set_regs, 0, &regs) == 0);
    CHECK(m.ioctl(t, vcpu, request::get_regs, 0, &read) == 0);
    CHECK(read.value == regs.value);
    Interrupt interrupt;
    interrupt.irq = 256;
    CHECK(m.ioctl(t, vcpu, request::interrupt, 0, &interrupt) == -kernel::EINVAL_);
    const auto page = m.call(t, kernel::nr::mmap, {0, 3 * 4096, 3, 1, static_cast<std::uint64_t>(vcpu), 0});
    REQUIRE(page > 0);
    CHECK(m.k.touch(t, static_cast<Address>(page), 3 * 4096, true) == 0);
    for (const std::int64_t each : {vm, fd, vcpu})
      CHECK(m.call(t, kernel::nr::close, {static_cast<std::uint64_t>(each)}) == 0);
    CHECK(m.module->vms == 0);
  });
  m.engine.run();
}

TEST_CASE("memory slots are checked as KVM checks them", "[kvm]") {
  Memslots slots;
  Memslots::Change change{};
  const auto set = [&](std::uint32_t id, std::uint64_t gpa, std::uint64_t size, Address hva,
                       std::uint32_t flags = 0) {
    return slots.set(UserMemoryRegion(id, gpa, size, hva, flags), change);
  };
  CHECK(set(0, 0, kMegabyte, 0x100000) == 0);
  CHECK(change == Memslots::Change::create);
  CHECK(set(0, 0, kMegabyte, 0x100000) == 0);
  CHECK(change == Memslots::Change::none);
  CHECK(set(1, kMegabyte - 4096, kMegabyte, 0x900000) == -kernel::EEXIST_);
  CHECK(set(1, kMegabyte, kMegabyte, 0x900000) == 0);
  CHECK(set(2, 4 * kMegabyte + 1, 4096, 0) == -kernel::EINVAL_);
  CHECK(set(2, 4 * kMegabyte, 4095, 0) == -kernel::EINVAL_);
  CHECK(set(2, 4 * kMegabyte, 4096, 12) == -kernel::EINVAL_);
  CHECK(set(kUserSlots, 4 * kMegabyte, 4096, 0) == -kernel::EINVAL_);
  CHECK(set(2, ~0xFFFull, 8192, 0) == -kernel::EINVAL_);
  CHECK(set(2, 0, 0, 0) == -kernel::EINVAL_);
  CHECK(set(2, 4 * kMegabyte, 4096, 0, 4) == -kernel::EINVAL_);
  CHECK(set(0, 0, kMegabyte, 0x200000) == -kernel::EINVAL_);  // another host address
  CHECK(set(0, 8 * kMegabyte, kMegabyte, 0x100000) == 0);
  CHECK(change == Memslots::Change::move);
  CHECK(slots.find(0) == nullptr);
  REQUIRE(slots.find(8 * kMegabyte + 5) != nullptr);
  CHECK(slots.find(8 * kMegabyte + 5)->id == 0);
  CHECK(slots.find(2 * kMegabyte) == nullptr);
  CHECK(set(0, 0, 0, 0) == 0);
  CHECK(change == Memslots::Change::remove);
  CHECK(slots.all().size() == 1);
}

TEST_CASE("the EPT is a set of pages", "[kvm]") {
  Ept ept;
  const std::uint64_t far = std::uint64_t{1} << 40;
  for (const std::uint64_t page : {std::uint64_t{0}, far, far + 4096, far + (130 << 20)}) ept.map(page, true);
  ept.map(far + 8192, false);
  CHECK(ept.pages() == 5);
  CHECK(ept.allows(far + 4096 + 17, true));
  CHECK(ept.present(far + 8192));
  CHECK(!ept.allows(far + 8192, true));
  CHECK(!ept.present(4096));
  CHECK(ept.zap(4096, far + 4096) == 1);
  CHECK(!ept.present(far));
  CHECK(ept.present(0));
  CHECK(ept.zap(0, std::uint64_t{1} << 41) == 4);
  CHECK(ept.pages() == 0);
}

TEST_CASE("an exit to user space ends KVM_RUN, one in the kernel does not", "[kvm]") {
  KvmMachine m;
  Vcpu* vcpu = nullptr;
  m.start(m.process("vmm"), "vmm", [&](Thread& t) {
    const auto g = m.guest(t, kMegabyte);
    vcpu = g.vcpu;
    for (int i = 0; i < 100; ++i) {
      REQUIRE(vcpu->enter(t, static_cast<std::int32_t>(g.vcpu_fd)) == 0);
      REQUIRE(vcpu->in_guest());
      vcpu->exit_in_kernel(t, ExitReason::cpuid);
      CHECK(vcpu->in_guest());
      CHECK(vcpu->exit_to_user(t, ExitReason::hlt) == 0);
      CHECK(!vcpu->in_guest());
      CHECK(vcpu->run.exit_reason == run_exit::hlt);
      CHECK(t.guest == nullptr);
    }
    CHECK(vcpu->counts.of(ExitReason::hlt) == 100);
    CHECK(vcpu->counts.of(ExitReason::cpuid) == 100);
    CHECK(vcpu->counts.userspace_exits == 100);
    CHECK(vcpu->counts.exits == vcpu->counts.handled_in_kernel + vcpu->counts.userspace_exits);
    require_conserved(g.vm->counts());
  });
  m.engine.run();
}

TEST_CASE("each page of guest memory faults once", "[kvm]") {
  KvmMachine m;
  m.start(m.process("vmm"), "vmm", [&](Thread& t) {
    const auto g = m.guest(t, 16 * kMegabyte);
    m.call(t, kernel::nr::madvise, {static_cast<std::uint64_t>(g.memory), 16 * kMegabyte, 15});
    REQUIRE(g.vcpu->enter(t, static_cast<std::int32_t>(g.vcpu_fd)) == 0);
    const std::uint64_t before = m.k.memory->faults();
    for (int round = 0; round < 3; ++round)
      CHECK(g.vcpu->access(t, 100, 4 * kMegabyte, true) == Access::done);
    CHECK(g.vcpu->counts.page_faults == 1025);  // 100 bytes into a page
    CHECK(m.k.memory->faults() - before == 1025);
    CHECK(g.vm->ept.pages() == 1025);
    CHECK(g.vcpu->exit_to_user(t, ExitReason::hlt) == 0);
    // What the host has mapped comes with the entry behind it: not on the way up, but all of a group of eight
    // with its last.
    CHECK(m.k.touch(t, static_cast<Address>(g.memory) + 8 * kMegabyte, 2 * kMegabyte, true) == 0);
    REQUIRE(g.vcpu->enter(t, static_cast<std::int32_t>(g.vcpu_fd)) == 0);
    CHECK(g.vcpu->access(t, 8 * kMegabyte, kMegabyte, true) == Access::done);
    CHECK(g.vcpu->counts.page_faults == 1025 + 256);
    CHECK(g.vcpu->counts.prefetched == 0);
    for (std::uint64_t page = 7; page < 256; page += 8)
      CHECK(g.vcpu->access(t, 9 * kMegabyte + page * 4096, 4096, true) == Access::done);
    CHECK(g.vcpu->access(t, 9 * kMegabyte, kMegabyte, true) == Access::done);
    CHECK(g.vcpu->counts.page_faults == 1025 + 256 + 256 / 8);
    CHECK(g.vcpu->counts.prefetched == 256 / 8 * 7);
    CHECK(g.vcpu->exit_to_user(t, ExitReason::hlt) == 0);
    require_conserved(g.vcpu->counts);
  });
  m.engine.run();
}

TEST_CASE("a read of untouched memory maps the zero page, a write faults again", "[kvm]") {
  KvmMachine m;
  m.start(m.process("vmm"), "vmm", [&](Thread& t) {
    const auto g = m.guest(t, kMegabyte);
    REQUIRE(g.vcpu->enter(t, static_cast<std::int32_t>(g.vcpu_fd)) == 0);
    CHECK(g.vcpu->access(t, 0, 8, false) == Access::done);
    CHECK(g.vcpu->access(t, 0, 8, false) == Access::done);
    CHECK(g.vcpu->counts.page_faults == 1);
    CHECK(g.vcpu->access(t, 0, 8, true) == Access::done);
    CHECK(g.vcpu->access(t, 0, 8, true) == Access::done);
    CHECK(g.vcpu->counts.page_faults == 2);
    g.vcpu->exit_to_user(t, ExitReason::hlt);
  });
  m.engine.run();
}

TEST_CASE("memory that the host takes away faults again", "[kvm]") {
  KvmMachine m;
  m.start(m.process("vmm"), "vmm", [&](Thread& t) {
    const auto g = m.guest(t, kMegabyte);
    const auto run = [&](std::uint64_t gpa) {
      if (g.vcpu->enter(t, static_cast<std::int32_t>(g.vcpu_fd)) != 0) return Access::bad;
      const Access result = g.vcpu->access(t, gpa, 4096, true);
      if (result == Access::done) g.vcpu->exit_to_user(t, ExitReason::hlt);
      return result;
    };
    CHECK(run(0) == Access::done);
    CHECK(run(8192) == Access::done);
    constexpr std::uint64_t dontneed = 4;
    CHECK(m.call(t, kernel::nr::madvise, {static_cast<std::uint64_t>(g.memory), 4096, dontneed}) == 0);
    CHECK(!g.vm->ept.present(0));
    CHECK(g.vm->ept.present(8192));
    CHECK(run(0) == Access::done);
    CHECK(g.vcpu->counts.page_faults == 3);
    CHECK(m.call(t, kernel::nr::munmap, {static_cast<std::uint64_t>(g.memory), kMegabyte}) == 0);
    CHECK(g.vm->ept.pages() == 0);
    CHECK(run(0) == Access::bad);
    CHECK(!g.vcpu->in_guest());
    CHECK(run(64 * kMegabyte) == Access::mmio);
    CHECK(g.vcpu->run.exit_reason == run_exit::mmio);
    require_conserved(g.vcpu->counts);
  });
  m.engine.run();
}

TEST_CASE("a hole punched into shared memory leaves the EPT and interrupts the guest", "[kvm]") {
  KvmMachine m;
  kernel::Process& vmm = m.process("vmm");
  KvmMachine::Guest g;
  std::int64_t memfd = -1;
  bool in_guest = false, punched = false;
  m.start(
      vmm, "vcpu",
      [&](Thread& t) {
        kernel::Sys s;
        s.nr = kernel::nr::memfd_create;
        s.at[0] = std::string_view("memory");
        memfd = m.k.syscall(t, s);
        REQUIRE(memfd >= 0);
        REQUIRE(m.call(t, kernel::nr::ftruncate, {static_cast<std::uint64_t>(memfd), kMegabyte}) == 0);
        const auto memory =
            m.call(t, kernel::nr::mmap, {0, kMegabyte, 3, 1, static_cast<std::uint64_t>(memfd), 0});
        REQUIRE(memory > 0);
        g = m.guest(t, kMegabyte);
        UserMemoryRegion region(1, 16 * kMegabyte, kMegabyte, static_cast<std::uint64_t>(memory));
        REQUIRE(m.ioctl(t, g.vm_fd, request::set_user_memory_region, 0, &region) == 0);
        REQUIRE(g.vcpu->enter(t, static_cast<std::int32_t>(g.vcpu_fd)) == 0);
        REQUIRE(g.vcpu->access(t, 16 * kMegabyte, kMegabyte, true) == Access::done);
        CHECK(g.vcpu->counts.page_faults == 256);
        in_guest = true;
        while (!punched) CHECK(g.vcpu->compute(t, sim::microseconds(50)).ps == 0);
        CHECK(g.vcpu->counts.of(ExitReason::external_interrupt) >= 1);
        CHECK(g.vm->ept.pages() == 128);
        CHECK(g.vcpu->access(t, 16 * kMegabyte, kMegabyte, true) == Access::done);
        CHECK(g.vcpu->counts.page_faults == 256 + 128);
        CHECK(g.vcpu->exit_to_user(t, ExitReason::hlt) == 0);
        require_conserved(g.vcpu->counts);
      },
      1);
  m.start(
      vmm, "reclaimer",
      [&](Thread& t) {
        while (!in_guest) m.k.compute(t, sim::microseconds(100));
        constexpr std::uint64_t punch = 3;
        CHECK(m.call(t, kernel::nr::fallocate,
                     {static_cast<std::uint64_t>(memfd), punch, 0, kMegabyte / 2}) == 0);
        punched = true;
      },
      2);
  m.engine.run();
  CHECK(punched);
}

TEST_CASE("seccomp refuses KVM_RUN as any ioctl", "[kvm]") {
  KvmMachine m;
  m.start(m.process("vmm"), "vmm", [&](Thread& t) {
    const auto g = m.guest(t, kMegabyte);
    kernel::Sys s;
    s.nr = kernel::nr::seccomp;
    s.arg = {1, 0, 0x1000};
    kernel::SeccompProgram program;
    // Allow all but ioctl(_, KVM_RUN): EACCES.
    program.instructions = {{0x20, 0, 0, 0},
                            {0x15, 0, 3, kernel::nr::ioctl},
                            {0x20, 0, 0, 24},
                            {0x15, 0, 1, static_cast<std::uint32_t>(request::run)},
                            {0x06, 0, 0, 0x00050000 | 13},
                            {0x06, 0, 0, 0x7FFF0000}};
    s.at[2] = program;
    kernel::Sys no_new_privileges;
    no_new_privileges.nr = kernel::nr::prctl;
    no_new_privileges.arg = {38, 1};
    REQUIRE(m.k.syscall(t, no_new_privileges) == 0);
    REQUIRE(m.k.syscall(t, s) == 0);
    CHECK(g.vcpu->enter(t, static_cast<std::int32_t>(g.vcpu_fd)) == -13);
    CHECK(!g.vcpu->in_guest());
    CHECK(g.vcpu->counts.userspace_exits == 0);
    CHECK(m.ioctl(t, g.vcpu_fd, request::get_tsc_khz) > 0);
  });
  m.engine.run();
}

TEST_CASE("a signal that KVM_RUN lets through ends it with EINTR", "[kvm]") {
  KvmMachine m;
  kernel::Process& vmm = m.process("vmm");
  KvmMachine::Guest g;
  Thread* runner = nullptr;
  int interrupted = 0;
  const std::uint64_t chld = std::uint64_t{1} << (17 - 1);
  vmm.handlers->action[16].kind = kernel::SignalAction::Kind::handler;
  runner = &m.start(
      vmm, "vcpu",
      [&](Thread& t) {
        g = m.guest(t, kMegabyte);
        kernel::set_blocked(m.k, t, chld);
        SignalMask mask;
        mask.mask = ~chld;
        REQUIRE(m.ioctl(t, g.vcpu_fd, request::set_signal_mask, 0, &mask) == 0);
        REQUIRE(g.vcpu->enter(t, static_cast<std::int32_t>(g.vcpu_fd)) == 0);
        const sim::Time left = g.vcpu->compute(t, sim::microseconds(10'000));
        CHECK(left.ps > 0);
        REQUIRE(g.vcpu->kick_pending(t));
        CHECK(g.vcpu->exit_to_user(t, ExitReason::external_interrupt) == -kernel::EINTR_);
        CHECK(g.vcpu->run.exit_reason == run_exit::intr);
        CHECK(t.blocked == chld);  // the mask is back, the signal still pending
        CHECK((t.pending & chld) != 0);
        ++interrupted;
        // Pending at entry: back at once, without an exit.
        const std::uint64_t exits = g.vcpu->counts.exits;
        CHECK(g.vcpu->enter(t, static_cast<std::int32_t>(g.vcpu_fd)) == -kernel::EINTR_);
        CHECK(g.vcpu->counts.exits == exits);
        CHECK(g.vcpu->counts.interrupted == 2);
        require_conserved(g.vcpu->counts);
      },
      1);
  m.start(
      vmm, "bouncer",
      [&](Thread& t) {
        while (!g.vcpu || !g.vcpu->in_guest()) m.k.compute(t, sim::microseconds(20));
        m.k.compute(t, sim::microseconds(200));
        CHECK(m.call(t, kernel::nr::tgkill,
                     {static_cast<std::uint64_t>(vmm.pid), static_cast<std::uint64_t>(runner->tid), 17}) ==
              0);
      },
      2);
  m.engine.run();
  CHECK(interrupted == 1);
}

TEST_CASE("guest code that only charges learns of a signal when it asks", "[kvm]") {
  KvmMachine m;
  kernel::Process& vmm = m.process("vmm");
  vmm.handlers->action[16].kind = kernel::SignalAction::Kind::handler;
  KvmMachine::Guest g;
  Thread& runner = m.start(
      vmm, "vcpu",
      [&](Thread& t) {
        g = m.guest(t, kMegabyte);
        REQUIRE(g.vcpu->enter(t, static_cast<std::int32_t>(g.vcpu_fd)) == 0);
        const sim::PathId work = m.k.path("process.getpid");
        int rounds = 0;
        while (!g.vcpu->kick_pending(t) && rounds < 1'000'000) {
          t.charge(work);
          ++rounds;
        }
        CHECK(rounds < 1'000'000);
        const std::uint64_t interrupts = g.vcpu->counts.of(ExitReason::external_interrupt);
        CHECK(interrupts >= 1);
        CHECK(g.vcpu->exit_to_user(t, ExitReason::external_interrupt) == -kernel::EINTR_);
        CHECK(g.vcpu->counts.of(ExitReason::external_interrupt) == interrupts);  // the signal's own, no other
        CHECK(g.vcpu->counts.exits == g.vcpu->counts.handled_in_kernel + 1);
      },
      1);
  m.start(
      vmm, "bouncer",
      [&](Thread& t) {
        while (!g.vcpu || !g.vcpu->in_guest()) m.k.compute(t, sim::microseconds(20));
        CHECK(m.call(t, kernel::nr::tgkill,
                     {static_cast<std::uint64_t>(vmm.pid), static_cast<std::uint64_t>(runner.tid), 17}) == 0);
      },
      2);
  m.engine.run();
}

TEST_CASE("host ticks are exits of a guest that computes", "[kvm]") {
  KvmMachine m;
  m.start(m.process("vmm"), "vmm", [&](Thread& t) {
    const auto g = m.guest(t, kMegabyte);
    REQUIRE(g.vcpu->enter(t, static_cast<std::int32_t>(g.vcpu_fd)) == 0);
    const sim::Time begin = t.now(), tick = m.k.sched->tick();
    CHECK(g.vcpu->compute(t, sim::microseconds(100'000)).ps == 0);
    const auto ticks = static_cast<std::uint64_t>(t.now().ps / tick.ps - begin.ps / tick.ps);
    CHECK(g.vcpu->counts.of(ExitReason::external_interrupt) == ticks);
    CHECK(ticks >= 20);
    CHECK(g.vcpu->counts.handled_in_kernel == ticks);
    g.vcpu->exit_to_user(t, ExitReason::hlt);
    require_conserved(g.vcpu->counts);
  });
  m.engine.run();
}

TEST_CASE("an interrupt waits for the guest's window", "[kvm]") {
  KvmMachine m;
  m.start(m.process("vmm"), "vmm", [&](Thread& t) {
    const auto g = m.guest(t, kMegabyte);
    const auto fd = static_cast<std::int32_t>(g.vcpu_fd);
    g.vcpu->run.request_interrupt_window = true;
    REQUIRE(g.vcpu->enter(t, fd) == 0);
    CHECK(g.vcpu->in_guest());
    CHECK(!g.vcpu->interrupt_window_due());
    g.vcpu->interrupt_flag = true;
    REQUIRE(g.vcpu->interrupt_window_due());
    CHECK(g.vcpu->exit_to_user(t, ExitReason::interrupt_window) == 0);
    CHECK(g.vcpu->run.exit_reason == run_exit::irq_window_open);
    CHECK(g.vcpu->run.ready_for_interrupt_injection);
    Interrupt interrupt;
    interrupt.irq = 20;
    CHECK(m.ioctl(t, g.vcpu_fd, request::interrupt, 0, &interrupt) == 0);
    REQUIRE(g.vcpu->enter(t, fd) == 0);
    REQUIRE(g.vcpu->in_guest());
    CHECK(g.vcpu->take_interrupt() == std::optional<std::uint32_t>(20));
    CHECK(!g.vcpu->take_interrupt());
    g.vcpu->run.request_interrupt_window = false;
    g.vcpu->exit_to_user(t, ExitReason::hlt);
  });
  m.engine.run();
}

TEST_CASE("another thread waits a grace period for the vCPU, another CPU fetches the VMCS", "[kvm]") {
  KvmMachine m;
  kernel::Process& vmm = m.process("vmm");
  KvmMachine::Guest g;
  bool ready = false;
  m.start(
      vmm, "first",
      [&](Thread& t) {
        g = m.guest(t, kMegabyte);
        g.vcpu->enter(t, static_cast<std::int32_t>(g.vcpu_fd));
        g.vcpu->exit_to_user(t, ExitReason::hlt);
        ready = true;
      },
      1);
  m.start(
      vmm, "second",
      [&](Thread& t) {
        while (!ready) m.k.compute(t, sim::microseconds(100));
        const auto trip = [&] {
          const sim::Time begin = t.now();
          CHECK(g.vcpu->enter(t, static_cast<std::int32_t>(g.vcpu_fd)) == 0);
          g.vcpu->exit_to_user(t, ExitReason::hlt);
          return t.now() - begin;
        };
        const sim::Time first = trip(), second = trip();
        CHECK(first > m.k.sched->tick());
        CHECK(first.ps < 3 * m.k.sched->tick().ps);
        CHECK(second < sim::microseconds(10));
      },
      2);
  m.engine.run();
}

TEST_CASE("coverage knows KVM's paths", "[kvm]") {
  double hits = 0;
  for (const auto& entry : kernel::footprint("kvm.exit.hlt")) hits += entry.hits;
  CHECK(hits > 10);
}

TEST_CASE("a HLT round trip costs what such round trips cost", "[kvm]") {
  KvmMachine m;
  m.start(m.process("vmm"), "vmm", [&](Thread& t) {
    const auto g = m.guest(t, kMegabyte);
    const auto run = [&](int in_kernel) {
      const sim::Time begin = t.now();
      g.vcpu->enter(t, static_cast<std::int32_t>(g.vcpu_fd));
      for (int i = 0; i < in_kernel; ++i) g.vcpu->exit_in_kernel(t, ExitReason::msr_write);
      g.vcpu->exit_to_user(t, ExitReason::hlt);
      return (t.now() - begin).ps;
    };
    run(0);
    const std::int64_t user = run(0), kernel = run(1) - user;
    g.vcpu->enter(t, static_cast<std::int32_t>(g.vcpu_fd));
    g.vcpu->access(t, 100 * 4096, 4096, true);  // fetches the code, makes the table
    const sim::Time begin = t.now();
    CHECK(g.vcpu->access(t, 8 * 4096, 4096, true) == Access::done);
    const std::int64_t violation = (t.now() - begin).ps;
    g.vcpu->exit_to_user(t, ExitReason::hlt);
    CAPTURE(user, kernel, violation);
    // At 2 GHz. priors.md E.4: 2500 cycles for a KVM_RUN on a newer processor and kernel; an exit to the
    // kernel 1600 to 2000; a gVisor world switch, which holds one KVM_RUN and a signal, 3.6 to 5.7 us.
    CHECK(kernel >= 800'000);
    CHECK(kernel <= 1'700'000);
    CHECK(user >= 1'250'000);
    CHECK(user <= 3'500'000);
    CHECK(user > kernel);
    CHECK(violation > kernel);
    // E.0: 1.0 to 6.0 us.
    CHECK(violation <= 6'000'000);
  });
  m.engine.run();
}
