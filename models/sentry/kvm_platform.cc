#include "models/sentry/kvm_platform.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/process/exit.h"
#include "kernel-model/process/namespaces.h"
#include "kernel-model/signal/signal.h"
#include "kvm-model/abi.h"
#include "models/sentry/sentry.h"

namespace isosim::models {

namespace nr = kernel::nr;
using kernel::Address;
using kernel::Sys;
using kernel::Thread;

namespace {

constexpr std::uint64_t kSlotBytes = std::uint64_t{2} << 30;  // faultBlockSize, bluepill_fault.go
constexpr int kSigsegv = 11, kSigchld = 17;

// A call of a thread of the sandbox, which the call may kill.
std::int64_t by_host(kernel::Kernel& host, Thread& t, Sys& sys) {
  const std::int64_t result = host.syscall(t, sys);
  if (t.state == kernel::RunState::dead) throw ProcessEnded{};
  return result;
}

}  // namespace

// rt_sigtimedwait() with no time to wait.
void KvmPlatform::take_bounce_signal(Thread& t) {
  Sys sys;
  sys.nr = nr::rt_sigtimedwait;
  sys.at[0] = kernel::SignalSet{kernel::signal_bit(kSigchld)};
  sys.at[2] = kernel::Timespec{};
  by_host(host_, t, sys);
}

KvmPlatform::Paths::Paths(const sim::Catalogue& c)
    : sysenter(c.find("sentry.kvm.sysenter")),
      switch_to_user(c.find("sentry.kvm.switch_to_user")),
      switch_to_user_iret(c.find("sentry.kvm.switch_to_user_iret")),
      exception(c.find("sentry.kvm.exception")),
      halt(c.find("sentry.kvm.halt")),
      handler(c.find("sentry.kvm.bluepill_handler")),
      resume(c.find("sentry.kvm.resume")),
      gp(c.find("sentry.kvm.gp")),
      map_page(c.find("sentry.kvm.map_page")),
      unmap_page(c.find("sentry.kvm.unmap_page")),
      new_address_space(c.find("sentry.kvm.new_address_space")),
      release_address_space(c.find("sentry.kvm.release_address_space")) {}

KvmPlatform::KvmPlatform(Sentry& sentry, kernel::Kernel& host)
    : sentry_(sentry), host_(host), module_(kvm::Kvm::load(host)), paths_(host.catalogue) {
  module_->make_device_node(*host.vfs->initial_context());
}

std::int64_t KvmPlatform::vm_ioctl(Thread& t, std::int32_t fd, std::uint64_t request,
                                   kernel::IoctlArgument* data, std::uint64_t argument) {
  Sys sys;
  sys.nr = nr::ioctl;
  sys.arg = {static_cast<std::uint64_t>(fd), request, argument};
  if (data) sys.at[2] = data;
  return by_host(host_, t, sys);
}

// machine.go newMachine, kvm.go New.
void KvmPlatform::boot(go::G& g) {
  Thread& t = g.thread();
  if (device < 0) {
    Sys open;
    open.nr = nr::open;
    open.at[0] = std::string_view("/dev/kvm");
    open.arg[1] = kernel::open_flag::rdwr;
    device = static_cast<std::int32_t>(g.call(open));
  }
  if (device < 0) throw std::runtime_error("the sandbox cannot open /dev/kvm");
  vm_ioctl(t, device, kvm::request::get_vcpu_mmap_size, nullptr);
  kvm::Cpuid cpuid;
  vm_ioctl(t, device, kvm::request::get_supported_cpuid, &cpuid);
  vm_fd_ = static_cast<std::int32_t>(vm_ioctl(t, device, kvm::request::create_vm, nullptr));
  vm_ = kvm::Kvm::vm_of(t, vm_fd_);
  if (!vm_) throw std::runtime_error("KVM_CREATE_VM failed");
  // sighandler() of bluepill_amd64.s for what CLI in host ring 3 gives; Go's own for the signal that bounces,
  // which would be ignored without one.
  for (const int signal : {kSigsegv, kSigchld}) {
    Sys action;
    action.nr = nr::rt_sigaction;
    action.arg = {static_cast<std::uint64_t>(signal), 1, 0, 8};
    action.at[1] = kernel::SignalAction{kernel::SignalAction::Kind::handler, 0, 0x0C000004};
    g.raw_call(action);
  }
  create(g)->owner = nullptr;
}

KvmPlatform::VirtualCpu* KvmPlatform::create(go::G& g) {
  Thread& t = g.thread();
  // Number and owner at once: the calls below take time, in which others make virtual CPUs and look for free
  // ones.
  const auto id = static_cast<std::uint64_t>(cpus_.size());
  VirtualCpu& cpu = cpus_.emplace_back();
  cpu.owner = g.m;
  const auto fd = static_cast<std::int32_t>(vm_ioctl(t, vm_fd_, kvm::request::create_vcpu, nullptr, id));
  if (fd < 0) throw std::runtime_error("the Sentry ran out of virtual CPUs");
  cpu.fd = fd;
  cpu.vcpu = kvm::Kvm::vcpu_of(t, fd);
  kvm::SignalMask mask;
  mask.mask = ~kernel::signal_bit(kSigchld);
  vm_ioctl(t, fd, kvm::request::set_signal_mask, &mask);
  kvm::Cpuid cpuid;
  vm_ioctl(t, fd, kvm::request::set_cpuid2, &cpuid);
  kvm::Sregs sregs;
  vm_ioctl(t, fd, kvm::request::set_sregs, &sregs);
  kvm::Regs regs;
  vm_ioctl(t, fd, kvm::request::set_regs, &regs);
  // The TSC is set until ten tries in a row were quick (machine_amd64_unsafe.go, setSystemTime).
  for (int i = 0; i < 10; ++i) {
    kvm::Msrs msrs;
    msrs.entries = {{0x10, 0}};
    vm_ioctl(t, fd, kvm::request::set_msrs, &msrs);
  }
  return &cpu;
}

// machine.Get: the thread's own, else one that nobody uses, else a new one.
KvmPlatform::VirtualCpu& KvmPlatform::get(go::G& g) {
  if (g.m->platform) return *static_cast<VirtualCpu*>(g.m->platform);
  const auto unused =
      std::find_if(cpus_.begin(), cpus_.end(), [](const VirtualCpu& cpu) { return !cpu.owner; });
  VirtualCpu& cpu = unused != cpus_.end() ? *unused : *create(g);
  cpu.owner = g.m;
  g.m->platform = &cpu;
  return cpu;
}

void KvmPlatform::run_vcpu(go::M& m, VirtualCpu& cpu) {
  Thread& t = *m.thread;
  while (cpu.vcpu->enter(t, cpu.fd) == -kernel::EINTR_) take_bounce_signal(t);
  if (t.state == kernel::RunState::dead) throw ProcessEnded{};
}

// bluepill(): CLI in host ring 3 is a general protection fault, whose handler enters the guest at that
// instruction.
void KvmPlatform::enter_guest(go::G& g) {
  VirtualCpu& cpu = get(g);
  if (cpu.vcpu->in_guest()) return;
  Thread& t = g.thread();
  const sim::Frame frame(*t.task, "bluepill");
  host_.cpu.exception_enter(*t.task);
  t.charge(paths_.gp);
  kernel::force_signal(host_, t, {kSigsegv, kernel::SignalInfo::kernel});
  kernel::take_signal(host_, t, kSigsegv);
  host_.cpu.exception_exit(*t.task);
  t.charge(paths_.handler);
  run_vcpu(*g.m, cpu);
  t.charge(paths_.resume);
}

// A system call instruction in guest ring 0 (KernelSyscall in bluepill_amd64.go): HLT, KVM_RUN returns, the
// handler returns to the instruction, which is then the host's.
void KvmPlatform::leave_guest(go::M& m) {
  auto* cpu = static_cast<VirtualCpu*>(m.platform);
  if (!cpu || !cpu->vcpu->in_guest()) return;
  Thread& t = *m.thread;
  const sim::Frame frame(*t.task, "redpill");
  t.charge(paths_.halt);
  cpu->vcpu->exit_to_user(t, kvm::ExitReason::hlt);
  t.charge(paths_.handler);
  Sys sys;
  sys.nr = nr::rt_sigreturn;
  by_host(host_, t, sys);
}

// mm.Activate: the first task that runs in a new address space makes its page tables, with the Sentry's upper
// half.
void KvmPlatform::use_address_space(SentryTask& task) {
  const std::uint64_t space = task.thread->process->space_id;
  if (std::exchange(task.space, space) == space || !spaces_.insert(space).second) return;
  task.g->charge(paths_.new_address_space);
}

void KvmPlatform::run(SentryTask& task) {
  Thread& t = *task.thread;
  use_address_space(task);
  enter_guest(*task.g);
  t.charge(paths_.switch_to_user_iret);
  if (t.body) t.body(t);
  if (t.state != kernel::RunState::dead) kernel::thread_returned(t);
}

std::int64_t KvmPlatform::application_call(Thread& t, Sys& sys) {
  SentryTask& task = task_of(t);
  go::G& g = *task.g;
  g.charge(paths_.sysenter);
  const std::int64_t result = sentry_.handle(t, sys);
  if (t.state == kernel::RunState::dead) return result;
  use_address_space(task);
  enter_guest(g);
  g.charge(paths_.switch_to_user);
  VirtualCpu& cpu = get(g);
  if (cpu.vcpu->kick_pending(g.thread())) {
    take_bounce(*g.m, cpu);
    g.charge(paths_.switch_to_user_iret);
  }
  return result;
}

// Bounced: KVM_RUN ends with EINTR, an interrupt is injected, and the guest's handler brings the Sentry back
// (bluepill_unsafe.go, machine_unsafe.go).
void KvmPlatform::take_bounce(go::M& m, VirtualCpu& cpu) {
  Thread& t = *m.thread;
  cpu.vcpu->exit_to_user(t, kvm::ExitReason::external_interrupt);
  take_bounce_signal(t);
  kvm::Interrupt vector;
  vector.irq = 20;
  vm_ioctl(t, cpu.fd, kvm::request::interrupt, &vector);
  run_vcpu(m, cpu);
  cpu.vcpu->interrupt_flag = true;
  static_cast<void>(cpu.vcpu->take_interrupt());
  cpu.vcpu->interrupt_flag = false;
  t.charge(paths_.exception);
}

sim::Time KvmPlatform::compute(SentryTask& task, sim::Time span) {
  go::G& g = *task.g;
  enter_guest(g);
  VirtualCpu& cpu = get(g);
  cpu.running_application = true;
  const sim::Time left = cpu.vcpu->compute(g.thread(), span);
  cpu.running_application = false;
  if (left.ps > 0 && cpu.vcpu->kick_pending(g.thread())) take_bounce(*g.m, cpu);
  return left;
}

std::int64_t KvmPlatform::touch(SentryTask& task, Address address, std::uint64_t length, bool write) {
  return sentry_.kernel().memory->touch(*task.thread, address, length, write);
}

void KvmPlatform::fault_begin(SentryTask& task) { task.g->charge(paths_.exception); }

void KvmPlatform::fault_end(SentryTask& task) {
  enter_guest(*task.g);
  task.g->charge(paths_.switch_to_user_iret);
}

void KvmPlatform::add_slot(go::M& m, Address address) {
  const Address base = address / kSlotBytes * kSlotBytes;
  const std::uint64_t bytes = std::min<std::uint64_t>(kSlotBytes, kernel::kTaskSize - base);
  kvm::UserMemoryRegion region(next_slot_++, base, bytes, base);
  if (vm_ioctl(*m.thread, vm_fd_, kvm::request::set_user_memory_region, &region) < 0)
    throw std::runtime_error("KVM_SET_USER_MEMORY_REGION failed");
}

void KvmPlatform::access(go::M& m, VirtualCpu& cpu, Address address, std::uint64_t length, bool write) {
  // An address in no slot: the handler adds its 2 GB and runs the vCPU again.
  while (cpu.vcpu->access(*m.thread, address, length, write) == kvm::Access::mmio) {
    add_slot(m, address);
    run_vcpu(m, cpu);
  }
  if (!cpu.vcpu->in_guest()) run_vcpu(m, cpu);
}

void KvmPlatform::first_touch(SentryTask& task, Address /*application*/, Address sentry, std::uint64_t length,
                              bool write) {
  enter_guest(*task.g);
  access(*task.g->m, get(*task.g), sentry, length, write);
}

void KvmPlatform::touch_own(go::G& g, Address address, std::uint64_t length, bool write) {
  auto* cpu = static_cast<VirtualCpu*>(g.m->platform);
  if (cpu && cpu->vcpu->in_guest()) {
    access(*g.m, *cpu, address, length, write);
  } else {
    host_.memory->touch(g.thread(), address, length, write);
  }
}

// Page tables are changed in guest mode only (address_space.go, retryInGuest).
void KvmPlatform::map(SentryTask& task, Address /*address*/, std::uint64_t length, Address /*sentry*/) {
  enter_guest(*task.g);
  task.g->charge(paths_.map_page, length / kernel::kPage);
}

void KvmPlatform::unmap(SentryTask& task, Address /*address*/, std::uint64_t length, std::uint64_t pages) {
  if (length == kernel::kTaskSize)
    return task.g->charge(paths_.release_address_space);  // its last user has gone
  enter_guest(*task.g);
  task.g->charge(paths_.unmap_page, pages);
}

void KvmPlatform::bounce(SentryTask& task, go::G& by) {
  if (!task.g || !task.g->m) return;
  auto* cpu = static_cast<VirtualCpu*>(task.g->m->platform);
  if (!cpu || !cpu->running_application) return;
  Sys sys;
  sys.nr = nr::tgkill;
  // Numbers as the sandbox's own name space has them.
  const Thread& target = task.g->thread();
  const kernel::PidNamespace& pids = *target.process->namespaces->pid;
  sys.arg = {static_cast<std::uint64_t>(pids.number(target.process->pid)),
             static_cast<std::uint64_t>(pids.number(target.tid)), kSigchld};
  by.raw_call(sys);
}

}  // namespace isosim::models
