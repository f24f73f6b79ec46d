// The world inside the replayed processes that no call shows: values of futex words, when signals are taken,
// where buffers lie.
#pragma once

#include <span>

#include "models/stack.h"
#include "traces/event.h"
#include "workloads/replay/decode.h"

namespace isosim::workloads {

class Environment {
 public:
  explicit Environment(models::Stack& stack) : stack_(stack) {}

  // Before a call: futex words get the values that the record implies, and a wake finds whom it woke in the
  // record (`woken`) and nobody else, a short read asks for what it got, who waited for any child for the one
  // it was told of, and a call that was interrupted may be.
  void before_call(kernel::Thread& thread, const traces::Event& event, kernel::Sys& sys, const IdMap& ids,
                   int pid_space, std::span<kernel::Thread* const> woken);
  void after_call(kernel::Thread& thread);

  // The trace shows a signal here: waits until it is pending and takes it.
  void take_signal(kernel::Thread& thread, const traces::Event& event, const IdMap& ids, int pid_space);

  // After a call that returns a descriptor: where only one of record and replay has one, the numbers of all
  // later ones would differ. One that the record has not is closed, one that it has is held; what the program
  // goes on with. A call without a model has made none: -ENOSYS.
  std::int64_t settle_descriptor(kernel::Thread& thread, const traces::Event& event, std::int64_t emulated);

  // Which of two threads that open files at the same time gets the lower number is a matter of timing: a
  // descriptor of several threads gets the one that the record has, if it is free. Returns its number.
  static std::int64_t renumber_descriptor(kernel::Thread& thread, const traces::Event& event,
                                          std::int64_t emulated);

  // A blocked call that will not return by itself returns as if a signal had come.
  void interrupt(kernel::Thread& thread);

  // Memory of the process for buffers whose addresses the record does not show; new after every execve.
  ScratchArea scratch(kernel::Thread& thread);

 private:
  void repeat_death(kernel::Thread& thread, const traces::Event& event, const IdMap& ids, int pid_space);
  // Opens what stands for a descriptor that the record has. Returns its number.
  static std::int64_t hold_descriptor(kernel::Thread& thread);
  void await_signal(kernel::Thread& thread);
  void await_waiters(kernel::Thread& thread, const traces::Event& event, const kernel::Sys& wake,
                     std::span<kernel::Thread* const> woken);
  void await_last_reader(kernel::Thread& thread, std::int32_t fd);

  models::Stack& stack_;
};

}  // namespace isosim::workloads
