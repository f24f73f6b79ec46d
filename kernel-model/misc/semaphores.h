// System V semaphores (ipc/sem.c): sets by key and identifier, operations that happen all at once or wait.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "kernel-model/abi/payload.h"
#include "kernel-model/misc/ipc_object.h"
#include "sim/time.h"

namespace isosim::kernel {

class Kernel;
class Process;
class Thread;

struct SemaphoreSet : IpcObject {
  struct One {
    std::int32_t value = 0;
    std::int32_t pid = 0;  // whose operation was the last: sempid
  };
  struct Waiter {
    Thread* thread;
    std::vector<SemOp> operations;
    std::int64_t result = 1;  // 1: still waiting; else what its call returns
    int blocked_on = 0;       // the operation that could not be done
  };

  std::vector<One> semaphores;
  std::deque<Waiter*> waiting;                               // in the order they came
  std::map<std::int32_t, std::vector<std::int32_t>> adjust;  // semadj by process: what its exit adds
};

inline constexpr std::int32_t kMostValue = 32767;  // SEMVMX

// One an IPC name space.
class SemaphoreTable : public IpcTable<SemaphoreSet> {
 public:
  // IPC_RMID: whoever waits gets EIDRM.
  void remove(Kernel& k, Thread& t, SemaphoreSet& set);

  // All operations or none: 0, or what they return at once; sleeps up to `deadline` else.
  std::int64_t operate(Kernel& k, Thread& t, SemaphoreSet& set, std::vector<SemOp> operations,
                       sim::Time deadline);
  // A value was set from outside: who waits looks again.
  void changed(Kernel& k, Thread& t, SemaphoreSet& set);
  // exit_sem(): SEM_UNDO.
  void exit(Kernel& k, Thread& t);

 private:
  // 1: has to wait at `blocked_on`.
  static std::int64_t attempt(SemaphoreSet& set, const std::vector<SemOp>& operations, const Thread& t,
                              int& blocked_on);
};

}  // namespace isosim::kernel
