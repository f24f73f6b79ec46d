// Changes of mode: system call, exception, interrupt, address space, virtual machine.
#pragma once

#include <cstdint>

#include "cpu/tlb.h"
#include "sim/params.h"
#include "sim/path.h"
#include "sim/task.h"

namespace isosim::cpu {

class Transitions {
 public:
  // Adds the paths.
  Transitions(sim::Catalogue& catalogue, const sim::Settings& settings, const Tlb& tlb, std::int64_t top_khz);

  // Ways into the kernel accrue, as its first instructions follow, which charge.
  void syscall_enter(sim::Task& task) const {
    task.accrue(syscall_entry_);
    switch_page_table(task);
    // do_syscall_64 calls through sys_call_table.
    if (retpoline_) task.accrue(retpoline_call_);
  }
  void syscall_exit(sim::Task& task) const {
    switch_page_table(task);
    task.charge(syscall_exit_);
  }
  void exception_enter(sim::Task& task, bool from_user) const {
    task.accrue(exception_entry_);
    if (from_user) switch_page_table(task);
  }
  void interrupt_enter(sim::Task& task) const {
    task.accrue(interrupt_entry_);
    switch_page_table(task);
  }
  void iret(sim::Task& task, bool to_user) const {
    if (to_user) switch_page_table(task);
    task.charge(iret_);
  }
  void address_space_switch(sim::Task& task) const {
    task.charge(cr3_write_);
    if (!pcid_per_mm_) task.charge(walk_, refill_walks_);
  }
  void send_ipi(sim::Task& task) const { task.charge(ipi_send_); }
  void vm_enter(sim::Task& task) const { task.charge(vm_entry_); }
  void vm_exit(sim::Task& task) const {
    task.charge(vm_exit_);
    if (retpoline_) task.charge(rsb_fill_);
  }
  void flush_l1d(sim::Task& task) const {
    if (l1tf_flush_) task.charge(l1d_flush_);
  }
  void walk(sim::Task& task, std::uint64_t count) const { task.charge(walk_, count); }

 private:
  void switch_page_table(sim::Task& task) const {
    if (!kpti_) return;
    task.accrue(kpti_switch_);
    if (!pcid_) task.accrue(walk_, refill_walks_);
  }

  bool kpti_, pcid_, pcid_per_mm_, retpoline_, l1tf_flush_;
  std::uint64_t refill_walks_;
  sim::PathId syscall_entry_, syscall_exit_, exception_entry_, interrupt_entry_, iret_, kpti_switch_,
      retpoline_call_, cr3_write_, ipi_send_, vm_entry_, vm_exit_, rsb_fill_, l1d_flush_, walk_;
};

}  // namespace isosim::cpu
