#include "models/sentry/kvm_platform.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/process/exit.h"
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
constexpr int kSigsegv = 11;

}  // namespace

// rt_sigtimedwait() with no time to wait.
void KvmPlatform::take_bounce_signal(Thread& t) {
  Sys sys;
  sys.nr = nr::rt_sigtimedwait;
  sys.at[0] = kernel::SignalSet{kernel::signal_bit(kBounceSignal)};
  sys.at[2] = kernel::Timespec{};
  machine_.call(t, sys);
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
    : sentry_(sentry),
      host_(host),
      module_(kvm::Kvm::load(host)),
      paths_(host.catalogue),
      machine_(host, sentry.release()) {
  module_->make_device_node(*host.vfs->initial_context());
}

// machine.go newMachine, kvm.go New.
void KvmPlatform::boot(go::G& g) {
  if (device < 0) {
    Sys open;
    open.nr = nr::open;
    open.at[0] = std::string_view("/dev/kvm");
    open.arg[1] = kernel::open_flag::rdwr;
    device = static_cast<std::int32_t>(g.call(open));
  }
  if (device < 0) throw std::runtime_error("the sandbox cannot open /dev/kvm");
  // sighandler() of bluepill_amd64.s for what CLI in host ring 3 gives; Go's own for the signal that bounces,
  // which would be ignored without one.
  for (const int signal : {kSigsegv, kBounceSignal}) {
    Sys action;
    action.nr = nr::rt_sigaction;
    action.arg = {static_cast<std::uint64_t>(signal), 1, 0, 8};
    action.at[1] = kernel::SignalAction{kernel::SignalAction::Kind::handler, 0, 0x0C000004};
    g.raw_call(action);
  }
  machine_.boot(g, device, words);
}

void KvmPlatform::run_vcpu(go::M& m, VirtualCpu& cpu) {
  Thread& t = *m.thread;
  while (cpu.vcpu->enter(t, cpu.fd) == -kernel::EINTR_) take_bounce_signal(t);
  if (t.state == kernel::RunState::dead) throw ProcessEnded{};
}

// bluepill(): CLI in host ring 3 is a general protection fault, whose handler enters the guest at that
// instruction.
VirtualCpu& KvmPlatform::enter_guest(go::G& g) {
  VirtualCpu& cpu = machine_.get(g);
  if (cpu.vcpu->in_guest()) return cpu;
  Thread& t = g.thread();
  const sim::Frame frame(*t.task, "bluepill");
  host_.cpu.exception_enter(*t.task);
  t.charge(paths_.gp);
  kernel::force_signal(host_, t, {kSigsegv, kernel::SignalInfo::kernel});
  kernel::take_signal(host_, t, kSigsegv);
  host_.cpu.exception_exit(*t.task);
  t.charge(paths_.handler);
  machine_.enter(cpu, t);
  run_vcpu(*g.m, cpu);
  t.charge(paths_.resume);
  return cpu;
}

// A system call instruction in guest ring 0 (KernelSyscall in bluepill_amd64.go): HLT, KVM_RUN returns, the
// handler returns to the instruction, which is then the host's.
void KvmPlatform::leave_guest(go::M& m) {
  VirtualCpu* const cpu = KvmMachine::of(m);
  if (!cpu || !cpu->vcpu->in_guest()) return;
  Thread& t = *m.thread;
  const sim::Frame frame(*t.task, "redpill");
  t.charge(paths_.halt);
  cpu->vcpu->exit_to_user(t, kvm::ExitReason::hlt);
  t.charge(paths_.handler);
  machine_.leave(*cpu, t);
  Sys sys;
  sys.nr = nr::rt_sigreturn;
  machine_.call(t, sys);
}

// mm.Activate: the first task that runs in a new address space makes its page tables, with the Sentry's upper
// half.
KvmPlatform::AddressSpace& KvmPlatform::address_space(SentryTask& task) {
  const std::uint64_t id = task.thread->process->space_id;
  if (std::exchange(task.space, id) == id) return *static_cast<AddressSpace*>(task.platform);
  const auto [at, made] = spaces_.try_emplace(id);
  task.platform = &at->second;
  if (made) task.g->charge(paths_.new_address_space);
  return at->second;
}

// context.Switch up to the application. Go takes its code for a system call.
void KvmPlatform::enter_application(SentryTask& task) {
  AddressSpace& space = address_space(task);
  VirtualCpu& cpu = enter_guest(*task.g);
  cpu.active = &space;
  space.dirty.set(cpu.id);
  task.g->enter_syscall();
}

// And from there. Nothing for a goroutine that does not come from an application.
void KvmPlatform::leave_application(go::G& g) {
  const VirtualCpu* const cpu = KvmMachine::of(*g.m);
  if (!cpu || !cpu->has(VirtualCpu::user)) return;
  g.exit_syscall();
  machine_.put(g);
}

void KvmPlatform::run(SentryTask& task) {
  Thread& t = *task.thread;
  enter_application(task);
  t.charge(paths_.switch_to_user_iret);
  if (t.body) t.body(t);
  leave_application(*task.g);
  if (t.state != kernel::RunState::dead) kernel::thread_returned(t);
}

std::int64_t KvmPlatform::application_call(Thread& t, Sys& sys) {
  SentryTask& task = task_of(t);
  go::G& g = *task.g;
  g.charge(paths_.sysenter);
  leave_application(g);
  const std::int64_t result = sentry_.handle(t, sys);
  machine_.settle(g);
  if (t.state == kernel::RunState::dead) return result;
  enter_application(task);
  g.charge(paths_.switch_to_user);
  if (KvmMachine::of(*g.m)->vcpu->kick_pending(g.thread())) {
    bounced(task);
    enter_application(task);
    g.charge(paths_.switch_to_user_iret);
  }
  return result;
}

void KvmPlatform::in_sentry(SentryTask& task, const std::function<void()>& what) {
  leave_application(*task.g);
  what();
  machine_.settle(*task.g);
}

void KvmPlatform::bounced(SentryTask& task) {
  take_bounce(*task.g->m, *KvmMachine::of(*task.g->m));
  leave_application(*task.g);
}

// Bounced: KVM_RUN ends with EINTR, an interrupt is injected, and the guest's handler brings the Sentry back
// (bluepill_unsafe.go, machine_unsafe.go).
void KvmPlatform::take_bounce(go::M& m, VirtualCpu& cpu) {
  Thread& t = *m.thread;
  cpu.vcpu->exit_to_user(t, kvm::ExitReason::external_interrupt);
  take_bounce_signal(t);
  kvm::Interrupt vector;
  vector.irq = 20;
  machine_.ioctl(t, cpu.fd, kvm::request::interrupt, &vector);
  run_vcpu(m, cpu);
  cpu.vcpu->interrupt_flag = true;
  static_cast<void>(cpu.vcpu->take_interrupt());
  cpu.vcpu->interrupt_flag = false;
  t.charge(paths_.exception);
}

sim::Time KvmPlatform::compute(SentryTask& task, sim::Time span) {
  go::G& g = *task.g;
  enter_application(task);
  VirtualCpu& cpu = *KvmMachine::of(*g.m);
  const sim::Time left = cpu.vcpu->compute(g.thread(), span);
  if (left.ps > 0 && cpu.vcpu->kick_pending(g.thread())) bounced(task);
  return left;
}

std::int64_t KvmPlatform::touch(SentryTask& task, Address address, std::uint64_t length, bool write) {
  return sentry_.kernel().memory->touch(*task.thread, address, length, write);
}

void KvmPlatform::fault_begin(SentryTask& task) {
  task.g->charge(paths_.exception);
  leave_application(*task.g);
}

void KvmPlatform::fault_end(SentryTask& task) {
  enter_application(task);
  task.g->charge(paths_.switch_to_user_iret);
}

void KvmPlatform::add_slot(go::M& m, Address address) {
  const Address base = address / kSlotBytes * kSlotBytes;
  const std::uint64_t bytes = std::min<std::uint64_t>(kSlotBytes, kernel::kTaskSize - base);
  kvm::UserMemoryRegion region(next_slot_++, base, bytes, base);
  if (machine_.vm_ioctl(*m.thread, kvm::request::set_user_memory_region, &region) < 0)
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
  enter_application(task);
  access(*task.g->m, *KvmMachine::of(*task.g->m), sentry, length, write);
}

void KvmPlatform::touch_own(go::G& g, Address address, std::uint64_t length, bool write) {
  VirtualCpu* const cpu = KvmMachine::of(*g.m);
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
  machine_.put(*task.g);
}

void KvmPlatform::unmap(SentryTask& task, Address /*address*/, std::uint64_t length, std::uint64_t pages) {
  go::G& g = *task.g;
  if (length == kernel::kTaskSize) {  // its last user has gone
    spaces_.erase(std::exchange(task.space, 0));
    return g.charge(paths_.release_address_space);
  }
  enter_guest(g);
  g.charge(paths_.unmap_page, pages);
  machine_.put(g);
  if (pages > 0) invalidate(address_space(task), g);
}

// Who runs an application in that address space now comes out of it; the others find out when they next enter
// it.
void KvmPlatform::invalidate(AddressSpace& space, go::G& by) {
  machine_.mu.read_lock(by);
  const std::bitset<256> dirty = std::exchange(space.dirty, {});
  for (VirtualCpu& cpu : machine_.cpus())
    if (dirty.test(cpu.id) && cpu.active == &space) machine_.bounce(cpu, by);
  machine_.mu.read_unlock(by);
}

// Unmap of what was written, or mapped again with fewer rights.
void KvmPlatform::rights_lost(SentryTask& task) { invalidate(address_space(task), *task.g); }

// A task that does not run its application finds its signals before it does so again.
void KvmPlatform::bounce(SentryTask& task, go::G& by) {
  if (!task.g || !task.g->m) return;
  VirtualCpu* const cpu = KvmMachine::of(*task.g->m);
  if (cpu && cpu->active) machine_.bounce(*cpu, by);
}

}  // namespace isosim::models
