#include "kernel-model/ipc/mutex.h"

#include <algorithm>

#include "kernel-model/ipc/ipc_state.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

namespace {
// How long a spinner spins before it looks again whether the owner still runs; unlock ends a spin at once.
// Only the instant at which it turns to sleep when the owner is descheduled depends on it.
constexpr sim::Time kSpinLook = sim::microseconds(1);
}  // namespace

void Mutex::lock_contended(Kernel& k, Thread& t) {
  while (owner_) {
    const bool owner_runs = owner_->state == RunState::running && owner_->cpu != t.cpu;
    if (owner_runs) {
      spinners_.push_back(&t);
      t.task->spend_interruptible(k.ipc->paths.mutex_spin, kSpinLook);
      std::erase(spinners_, &t);
    } else {
      sleepers_.sleep(k, t, RunState::uninterruptible);
    }
  }
}

void Mutex::hand_over(Kernel& k, Thread& t) {
  if (!spinners_.empty()) {
    k.engine.wake(*spinners_.front()->task, t.now());
  } else {
    sleepers_.wake(k, &t, 1);
  }
}

}  // namespace isosim::kernel
