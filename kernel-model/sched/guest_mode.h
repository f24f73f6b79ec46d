// A thread whose CPU runs a guest: the host's interrupts end guest mode for a while.
#pragma once

namespace isosim::kernel {

class Thread;

// Who runs the guest hears of each. The scheduler calls it for Thread::guest.
class GuestMode {
 public:
  // An interrupt of the host hits the guest; its handler comes next.
  virtual void interrupted(Thread& thread) = 0;
  // No more interrupts, and the thread has a CPU: the guest may go on.
  virtual void resume(Thread& thread) = 0;

 protected:
  ~GuestMode() = default;
};

}  // namespace isosim::kernel
