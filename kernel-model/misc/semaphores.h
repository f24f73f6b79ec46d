// System V semaphores (ipc/sem.c): sets by key and identifier, operations that happen all at once or wait.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "kernel-model/abi/payload.h"
#include "sim/time.h"

namespace isosim::kernel {

class Kernel;
class Process;
class Thread;

struct SemaphoreSet {
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

  std::int32_t id = 0, key = 0;
  std::uint32_t mode = 0, uid = 0, gid = 0, creator_uid = 0, creator_gid = 0;
  std::vector<One> semaphores;
  std::deque<Waiter*> waiting;                               // in the order they came
  std::map<std::int32_t, std::vector<std::int32_t>> adjust;  // semadj by process: what its exit adds
};

inline constexpr std::int32_t kMostValue = 32767;  // SEMVMX

// One an IPC name space.
class SemaphoreTable {
 public:
  SemaphoreSet& create(std::int32_t key, std::size_t count);
  [[nodiscard]] SemaphoreSet* by_id(std::int32_t id);    // null if there is none
  [[nodiscard]] SemaphoreSet* by_key(std::int32_t key);  // null if there is none
  [[nodiscard]] std::size_t size() const { return sets_.size(); }
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

  std::map<std::int32_t, std::unique_ptr<SemaphoreSet>> sets_;  // by slot
  std::int32_t sequence_ = 0;
};

}  // namespace isosim::kernel
