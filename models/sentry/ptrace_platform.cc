#include "models/sentry/ptrace_platform.h"

#include <stdexcept>
#include <utility>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/mm/memory_manager.h"
#include "kernel-model/process/exit.h"
#include "kernel-model/signal/signal.h"
#include "models/sentry/sentry.h"

namespace isosim::models {

namespace nr = kernel::nr;
namespace signo = kernel::signo;
using kernel::Address;
using kernel::kPage;
using kernel::Sys;
using kernel::Thread;

PtracePlatform::PtracePlatform(Sentry& sentry, kernel::Kernel& host)
    : sentry_(sentry),
      host_(host),
      switch_(host.catalogue.find("sentry.ptrace.switch")),
      inject_(host.catalogue.find("sentry.ptrace.inject")) {}

// newSubprocess: one that was released, else a new one.
Subprocess& PtracePlatform::new_subprocess(go::G& g, const Subprocess::Create& create) {
  if (!available_.empty()) {
    Subprocess& reused = *available_.back();
    available_.pop_back();
    return reused;
  }
  Subprocess& made = *all_.emplace_back(std::make_unique<Subprocess>());
  g.runtime.start(g, "subprocess", [&made, create](go::G& own) { made.serve(own, create); });
  made.wait_until_ready(g);
  made.unmap_all(g, stub_start_, stub_end_);
  return made;
}

// MemoryManager.Activate
Subprocess& PtracePlatform::address_space(Context& context, SentryTask& task) {
  const std::uint64_t id = task.thread->process->space_id;
  if (context.space && context.space_id == id) return *context.space;
  context.space_id = id;
  sentry_.kernel().memory->of(*task.thread->process);  // whose end frees the subprocess
  if (const auto known = spaces_.find(id); known != spaces_.end()) return *(context.space = known->second);
  Subprocess& made = new_subprocess(*task.g, [this](go::G& own) {
    return master_->fork(own, [this] { return std::make_unique<Tracee>(host_, sentry_.release(), inject_); });
  });
  // Another thread of the process may have been faster.
  const auto [at, first] = spaces_.try_emplace(id, &made);
  if (!first) available_.push_back(&made);
  return *(context.space = at->second);
}

void PtracePlatform::run(SentryTask& task) {
  Thread& t = *task.thread;
  const auto code = [&t] {
    if (t.body) t.body(t);
  };
  Context context{.application = {host_, t, code, nr::exit}};
  task.platform = &context;
  run_code(context, task);
  if (t.state != kernel::RunState::dead) kernel::thread_returned(t);
  context.application.abandon(*task.g);
  task.platform = nullptr;
}

// The handler's code is a flow of its own, from the frame that the Sentry made up to rt_sigreturn.
void PtracePlatform::Handler::operator()(Thread& t, int signal) const {
  SentryTask& task = task_of(t);
  const auto code = [this, &t, signal] { programs(t, signal); };
  Context context{.application = {platform->host_, t, code, nr::rt_sigreturn}};
  void* const outer = std::exchange(task.platform, &context);
  platform->run_code(context, task);
  context.application.abandon(*task.g);
  task.platform = outer;
}

void PtracePlatform::run_code(Context& context, SentryTask& task) {
  Thread& t = *task.thread;
  while (t.state != kernel::RunState::dead && !context.ended) {
    Subprocess& space = address_space(context, task);
    const Event event = switch_to_application(context, task, space);
    if (t.on_signal && !t.on_signal.target<Handler>()) t.on_signal = Handler{this, std::move(t.on_signal)};
    switch (event) {
      case Event::call:
        serve_call(context, task);
        break;
      case Event::fault:
        serve_fault(context, task, space);
        break;
      case Event::interrupt:
        if (Sys none; kernel::signal_due(t)) kernel::signal_exit_work(sentry_.kernel(), t, none, 0);
        break;
    }
  }
}

// switchToApp, and Switch around it.
PtracePlatform::Event PtracePlatform::switch_to_application(Context& context, SentryTask& task,
                                                            Subprocess& space) {
  go::G& g = *task.g;
  g.lock_thread();
  Tracee& thread = space.emulation_thread(g);
  g.charge(switch_);
  Subprocess* const last_fault = std::exchange(context.fault_space, nullptr);
  if (std::exchange(context.interrupted, false)) {
    g.unlock_thread();
    return Event::interrupt;
  }
  context.runs_on = &thread;
  thread.bind(g);
  thread.stub.registers.application = &context.application;
  thread.set_registers(g);
  thread.set_fp_registers(g);
  int signal = 0;
  do {
    thread.emulate(g);
    signal = thread.wait(g);
    thread.get_registers(g);
    thread.get_fp_registers(g);
  } while (signal == signo::stop);  // a new thread of the process begins with a stop of the group
  Event event = Event::call;
  if (signal != Tracee::kSyscallStop) {
    thread.get_signal_info(g);
    event = signal == signo::segv ? Event::fault : Event::interrupt;
  }
  context.runs_on = nullptr;
  g.unlock_thread();
  task.thread->task = g.task;
  context.fault_space = event == Event::fault ? last_fault : nullptr;
  return event;
}

void PtracePlatform::serve_call(Context& context, SentryTask& task) {
  Application& application = context.application;
  switch (application.trap()) {
    case Application::Trap::sentry:
      return application.do_in_sentry();
    case Application::Trap::end:
      context.ended = true;
      return;
    default:
      break;
  }
  context.maps_at_once = application.sys().nr == nr::mmap;
  application.answer = sentry_.handle(*task.thread, application.sys());
  context.maps_at_once = false;
}

// Ptrace does not tell how memory was accessed: a fault that repeats itself is taken for a write (ptrace.go,
// Switch).
void PtracePlatform::serve_fault(Context& context, SentryTask& task, Subprocess& space) {
  const Address address = context.application.fault_address(), page = kernel::page_down(address);
  const bool write = context.fault_space == &space && context.fault_address == address;
  context.fault_space = &space;
  context.fault_address = address;
  const sim::Frame frame(*task.g->task, "page_fault");
  std::int64_t result = sentry_.memory().application_fault(*task.thread, page, write);
  Address end = page;
  if (result == 0) result = map_file(space, task, page, end);
  context.application.answer = result;
}

// MapFile of what the Sentry has around a page. `end`: up to where.
std::int64_t PtracePlatform::map_file(Subprocess& space, SentryTask& task, Address page, Address& end) {
  constexpr std::uint64_t kRead = 1, kWrite = 2, kShared = 1, kFixed = 0x10;
  const SentryMemory::HostMapping mapping = sentry_.memory().mapping_at(*task.thread, page);
  end = page + kPage;
  if (mapping.length == 0) return -kernel::EFAULT_;
  Sys sys;
  sys.nr = nr::mmap;
  sys.arg = {mapping.address,
             mapping.length,
             mapping.writable ? kRead | kWrite : kRead,
             kShared | kFixed,
             static_cast<std::uint64_t>(mapping.fd),
             mapping.offset};
  const std::int64_t result = space.syscall(*task.g, std::move(sys));
  end = mapping.address + mapping.length;
  return result < 0 ? result : 0;
}

// What the Sentry gets for its own use of the application's memory is mapped when the application faults
// there.
void PtracePlatform::map(SentryTask& task, Address address, std::uint64_t length, Address /*sentry*/) {
  auto* context = static_cast<Context*>(task.platform);
  if (!context || !context->maps_at_once || !context->space) return;
  for (Address at = address; at < address + length;) map_file(*context->space, task, at, at);
}

void PtracePlatform::unmap(SentryTask& task, Address address, std::uint64_t length, std::uint64_t /*pages*/) {
  auto* context = static_cast<Context*>(task.platform);
  if (!context || !context->space) return;
  Subprocess& space = *context->space;
  if (length == kernel::kTaskSize) {  // its end, or that of the program before execve
    std::erase_if(spaces_, [&space](const auto& known) { return known.second == &space; });
    context->space = nullptr;
    return release(*task.g, space);
  }
  if (context->fault_address - address < length) context->fault_space = nullptr;
  Sys sys;
  sys.nr = nr::munmap;
  sys.arg = {address, length};
  space.syscall(*task.g, std::move(sys));
}

// Release: a subprocess is not killed, but emptied for the next address space.
void PtracePlatform::release(go::G& g, Subprocess& space) {
  g.runtime.start(g, "release", [this, &space](go::G& own) {
    space.unmap_all(own, stub_start_, stub_end_);
    available_.push_back(&space);
  });
}

// unmapASLocked of each run of pages that the stub process could write and the application now may not.
void PtracePlatform::rights_lost(SentryTask& task) {
  auto* context = static_cast<Context*>(task.platform);
  if (!context || !context->space) return;
  kernel::PageTable& pages = sentry_.kernel().memory->of(*task.thread->process).pages;
  std::vector<std::pair<Address, Address>> runs;
  for (const auto& [start, area] : host_.memory->of(context->space->process()).vmas.areas()) {
    if (!area.is(kernel::vm::write) || start == stub_start_) continue;
    for (Address page = area.start; page < area.end; page += kPage) {
      const kernel::Pte* pte = pages.entry(page);
      if (pte && pte->present() && pte->writable()) continue;
      if (!runs.empty() && runs.back().second == page) {
        runs.back().second += kPage;
      } else {
        runs.emplace_back(page, page + kPage);
      }
    }
  }
  for (const auto& [start, end] : runs) unmap(task, start, end - start, (end - start) / kPage);
}

// The application's side.

std::int64_t PtracePlatform::application_call(Thread& t, Sys& sys) {
  return static_cast<Context*>(task_of(t).platform)->application.call(sys);
}

sim::Time PtracePlatform::compute(SentryTask& task, sim::Time span) {
  static_cast<Context*>(task.platform)->application.compute(span);
  return {};
}

std::int64_t PtracePlatform::touch(SentryTask& task, Address address, std::uint64_t length, bool write) {
  return static_cast<Context*>(task.platform)->application.touch(address, length, write);
}

void PtracePlatform::in_sentry(SentryTask& task, const std::function<void()>& what) {
  static_cast<Context*>(task.platform)->application.in_sentry(what);
}

// context.Interrupt
void PtracePlatform::bounce(SentryTask& task, go::G& by) {
  auto* context = static_cast<Context*>(task.platform);
  if (!context) return;
  if (!context->runs_on) {
    context->interrupted = true;
    return;
  }
  Sys sys;
  sys.nr = nr::tgkill;
  sys.arg = {static_cast<std::uint64_t>(context->runs_on->tgid),
             static_cast<std::uint64_t>(context->runs_on->tid), signo::chld};
  by.raw_call(sys);
}

void PtracePlatform::touch_own(go::G& g, Address address, std::uint64_t length, bool write) {
  host_.memory->touch(g.thread(), address, length, write);
}

}  // namespace isosim::models
