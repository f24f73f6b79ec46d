#include "models/sentry/ptrace/application.h"

#include <algorithm>
#include <stdexcept>

#include "kernel-model/mm/memory_manager.h"
#include "models/process_ended.h"
#include "models/sentry/ptrace/stub.h"

namespace isosim::models {

using kernel::Address;
using kernel::kPage;

Application::Trap Application::run(Stub& stub) {
  stub_ = &stub;
  running_ = true;
  kernel::Thread& host_thread = stub.thread();
  if (!task_)
    task_ = &host_.engine.spawn(
        thread_.name,
        [this](sim::Task&) {
          try {
            code_();
          } catch (const ProcessEnded&) {
          }
          if (!abandoned_) leave(Trap::end);
          done_ = true;
          host_.engine.wake(*waits_for_end_, task_->now());
        },
        host_thread.now());
  thread_.task = task_;
  host_.sched->adopt(host_thread, *task_);
  while (running_) stub.task().suspend("runs the application");
  return trap_;
}

void Application::leave(Trap trap) {
  trap_ = trap;
  running_ = false;
  host_.sched->adopt(stub_->thread(), stub_->task());
  while (!running_) task_->suspend("the Sentry");
}

std::int64_t Application::call(kernel::Sys& sys) {
  if (abandoned_) return -kernel::EINTR_;
  sys_ = &sys;
  leave(Trap::call);
  return answer;
}

void Application::compute(sim::Time span) {
  while (!abandoned_) {
    span = host_.sched->compute(stub_->thread(), span);
    if (span.ps <= 0) return;
    leave(Trap::signal);
  }
}

// What the stub process has mapped decides which accesses fault.
std::int64_t Application::touch(Address address, std::uint64_t length, bool write) {
  constexpr int kMostFaults = 4;  // read, write, and a race with another thread's unmap
  Address last = ~Address{0};
  int again = 0;
  while (!abandoned_) {
    kernel::Thread& stub = stub_->thread();
    const std::int64_t result = host_.memory->touch(stub, address, length, write);
    if (result != -kernel::EFAULT_) return result;
    kernel::PageTable& pages = host_.memory->of(*stub.process).pages;
    Address page = kernel::page_down(address);
    for (const kernel::Pte* pte = pages.entry(page); pte && pte->allows(write); pte = pages.entry(page))
      page += kPage;
    if (page >= address + length) return result;
    again = page == last ? again + 1 : 0;
    if (again > kMostFaults) throw std::logic_error("the application faults again and again at one address");
    last = page;
    fault_address_ = std::max(page, address);
    leave(Trap::fault);
    if (answer < 0) return answer;
  }
  return -kernel::EFAULT_;
}

void Application::in_sentry(const std::function<void()>& what) {
  if (abandoned_) return;
  in_sentry_ = &what;
  leave(Trap::sentry);
}

void Application::abandon(go::G& g) {
  if (!task_ || done_) return;
  abandoned_ = running_ = true;
  waits_for_end_ = g.task;
  host_.engine.wake(*task_, g.now());
  while (!done_) g.task->suspend("its application ends");
}

}  // namespace isosim::models
