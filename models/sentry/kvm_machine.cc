#include "models/sentry/kvm_machine.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/process/futex.h"
#include "kernel-model/process/namespaces.h"
#include "kernel-model/signal/signal.h"
#include "kvm-model/abi.h"
#include "models/process_ended.h"

namespace isosim::models {

namespace nr = kernel::nr;
using kernel::Sys;
using kernel::Thread;

std::int64_t KvmMachine::call(Thread& t, Sys& sys) {
  const std::int64_t result = host_.syscall(t, sys);
  if (t.state == kernel::RunState::dead) throw ProcessEnded{};
  return result;
}

std::int64_t KvmMachine::ioctl(Thread& t, std::int32_t fd, std::uint64_t request, kernel::IoctlArgument* data,
                               std::uint64_t argument) {
  Sys sys;
  sys.nr = nr::ioctl;
  sys.arg = {static_cast<std::uint64_t>(fd), request, argument};
  if (data) sys.at[2] = data;
  return call(t, sys);
}

void KvmMachine::boot(go::G& g, std::int32_t device, kernel::Address words) {
  Thread& t = g.thread();
  words_ = words;
  ioctl(t, device, kvm::request::get_vcpu_mmap_size, nullptr);
  kvm::Cpuid cpuid;
  ioctl(t, device, kvm::request::get_supported_cpuid, &cpuid);
  vm_fd_ = static_cast<std::int32_t>(ioctl(t, device, kvm::request::create_vm, nullptr));
  vm_ = kvm::Kvm::vm_of(t, vm_fd_);
  if (!vm_) throw std::runtime_error("KVM_CREATE_VM failed");
  most_ = static_cast<std::size_t>(
      ioctl(t, vm_fd_, kvm::request::check_extension, nullptr, kvm::extension::max_vcpus));
  get(g);
  put(g);
}

VirtualCpu& KvmMachine::create(go::G& g) {
  Thread& t = g.thread();
  // Number and owner at once: the calls below take time.
  VirtualCpu& cpu = cpus_.emplace_back();
  cpu.id = cpus_.size() - 1;
  cpu.word = words_ + 4 * cpu.id;
  cpu.state = VirtualCpu::user;
  const auto fd = static_cast<std::int32_t>(ioctl(t, vm_fd_, kvm::request::create_vcpu, nullptr, cpu.id));
  if (fd < 0) throw std::runtime_error("KVM_CREATE_VCPU failed");
  cpu.fd = fd;
  cpu.vcpu = kvm::Kvm::vcpu_of(t, fd);
  kvm::SignalMask mask;
  mask.mask = ~kernel::signal_bit(kBounceSignal);
  ioctl(t, fd, kvm::request::set_signal_mask, &mask);
  kvm::Cpuid cpuid;
  ioctl(t, fd, kvm::request::set_cpuid2, &cpuid);
  kvm::Sregs sregs;
  ioctl(t, fd, kvm::request::set_sregs, &sregs);
  kvm::Regs regs;
  ioctl(t, fd, kvm::request::set_regs, &regs);
  // The TSC is set until ten tries in a row were quick (machine_amd64_unsafe.go, setSystemTime).
  for (int i = 0; i < 10; ++i) {
    kvm::Msrs msrs;
    msrs.entries = {{0x10, 0}};
    ioctl(t, fd, kvm::request::set_msrs, &msrs);
  }
  return cpu;
}

VirtualCpu& KvmMachine::get(go::G& g) {
  if (VirtualCpu* own = of(*g.m); own && own->has(VirtualCpu::user)) return *own;
  g.lock_thread();
  mu.read_lock(g);
  VirtualCpu* const own = of(*g.m);
  if (own) set(*own, own->state | VirtualCpu::user);
  mu.read_unlock(g);
  return own ? *own : take(g);
}

// The part of Get that has the machine to itself. Which one of several is taken is up to Go's maps; here the
// first that was made.
VirtualCpu& KvmMachine::take(go::G& g) {
  mu.lock(g);
  for (;;) {
    for (VirtualCpu& cpu : cpus_) {
      if (cpu.state != VirtualCpu::ready) continue;
      cpu.state = VirtualCpu::user;
      return take_over(cpu, g);
    }
    if (cpus_.size() < most_) return take_over(create(g), g);
    // One whose thread runs the Sentry: it leaves the guest with its next call to the host, if only to wait
    // for the lock that is held here.
    for (VirtualCpu& cpu : cpus_) {
      if (cpu.state != VirtualCpu::guest) continue;
      set(cpu, VirtualCpu::guest | VirtualCpu::waiter);
      while (cpu.state != VirtualCpu::ready) wait_until_not(cpu, VirtualCpu::guest | VirtualCpu::waiter, g);
      set(cpu, VirtualCpu::user);
      return take_over(cpu, g);
    }
    available_.wait(g, mu);
  }
}

// And loadSegments.
VirtualCpu& KvmMachine::take_over(VirtualCpu& cpu, go::G& g) {
  constexpr std::uint64_t kGetFs = 0x1003, kGetGs = 0x1004;
  if (cpu.owner) cpu.owner->platform = nullptr;
  cpu.owner = g.m;
  g.m->platform = &cpu;
  mu.unlock(g);
  for (const std::uint64_t segment : {kGetFs, kGetGs}) {
    Sys sys;
    sys.nr = nr::arch_prctl;
    sys.arg = {segment, words_};
    call(g.thread(), sys);
  }
  return cpu;
}

void KvmMachine::put(go::G& g) {
  VirtualCpu* const cpu = of(*g.m);
  if (!cpu || !cpu->has(VirtualCpu::user)) return;
  cpu->active = nullptr;
  const std::uint32_t before = cpu->state;
  set(*cpu, before & ~VirtualCpu::user);
  if (before & VirtualCpu::waiter) {
    // From the guest, which is left for that call; who waits is told there, too.
    if (!(before & VirtualCpu::guest) || release_.bounce_takes_waiter) {
      set(*cpu, cpu->state & ~VirtualCpu::waiter);
      ++cpu->notified;
    }
    Sys sys = wake_waiters(*cpu);
    g.raw_call(sys);
  }
  g.unlock_thread();
  available_.signal(g);
}

void KvmMachine::enter(VirtualCpu& cpu, Thread& t) {
  const std::uint32_t before = cpu.state;
  set(cpu, VirtualCpu::guest | VirtualCpu::user);
  if (before & VirtualCpu::waiter) notify(cpu, t);
}

void KvmMachine::leave(VirtualCpu& cpu, Thread& t) {
  const std::uint32_t before = cpu.state;
  set(cpu, before & VirtualCpu::user);
  if (before & VirtualCpu::waiter) notify(cpu, t);
}

void KvmMachine::set(VirtualCpu& cpu, std::uint32_t state) {
  const std::uint32_t before = std::exchange(cpu.state, state);
  if (((before | state) & VirtualCpu::waiter) && cpu.owner && cpu.owner->thread->process)
    host_.futexes->store(*cpu.owner->thread->process, cpu.word, state);
}

Sys KvmMachine::wake_waiters(VirtualCpu& cpu) {
  constexpr std::uint64_t kWakePrivate = 129, kAll = 0x7FFFFFFF;
  Sys sys;
  sys.nr = nr::futex;
  sys.arg = {cpu.word, kWakePrivate, kAll};
  return sys;
}

void KvmMachine::notify(VirtualCpu& cpu, Thread& t) {
  ++cpu.notified;
  Sys sys = wake_waiters(cpu);
  call(t, sys);
}

void KvmMachine::wait_until_not(VirtualCpu& cpu, std::uint32_t state, go::G& g) {
  constexpr std::uint64_t kWaitPrivate = 128;
  Sys sys;
  sys.nr = nr::futex;
  sys.arg = {cpu.word, kWaitPrivate, state};
  g.call(sys);
}

void KvmMachine::bounce(VirtualCpu& cpu, go::G& by) {
  if (!cpu.has(VirtualCpu::user)) return;
  const bool in_guest = cpu.has(VirtualCpu::guest);
  const bool first = !cpu.has(VirtualCpu::waiter);
  set(cpu, cpu.state | VirtualCpu::waiter);
  bounces_.push_back({&by, &cpu, cpu.notified, in_guest});
  if (!in_guest || !first) return;
  const Thread& target = *cpu.owner->thread;
  // Numbers as the sandbox's own name space has them.
  const kernel::PidNamespace& pids = *target.process->namespaces->pid;
  Sys sys;
  sys.nr = nr::tgkill;
  sys.arg = {static_cast<std::uint64_t>(pids.number(target.process->pid)),
             static_cast<std::uint64_t>(pids.number(target.tid)), kBounceSignal};
  by.raw_call(sys);
}

void KvmMachine::settle(go::G& by) {
  if (bounces_.empty()) return;
  const auto mine = [&by](const Bounce& bounce) { return bounce.by == &by; };
  for (auto at = std::find_if(bounces_.begin(), bounces_.end(), mine); at != bounces_.end();
       at = std::find_if(bounces_.begin(), bounces_.end(), mine)) {
    const Bounce bounce = *at;
    bounces_.erase(at);
    VirtualCpu& cpu = *bounce.cpu;
    while (cpu.notified == bounce.notified && cpu.has(VirtualCpu::waiter | VirtualCpu::user))
      wait_until_not(cpu, cpu.state, by);
    if (!bounce.interrupted) this->bounce(cpu, by);
  }
}

}  // namespace isosim::models
