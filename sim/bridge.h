// Runs the engine inside SystemC: software up to the next activity of a hardware module, then the hardware,
// exactly.
#pragma once

#include <memory>

#include "sim/engine.h"

namespace sc_core {
class sc_event;
}

namespace isosim::sim {

// At equal times hardware goes first, with all its delta cycles, then software. One bridge may live at a time
// in a process, because SystemC keeps its context in a global; it is made before the modules and destroyed
// after them.
class Bridge {
 public:
  explicit Bridge(Engine& engine);  // throws std::logic_error if another bridge lives
  ~Bridge();
  Bridge(const Bridge&) = delete;
  Bridge& operator=(const Bridge&) = delete;

  // Runs until neither software nor hardware has anything pending that is due before `limit`; after the first
  // call no module can be added. True if something is pending then. Throws what a task, an event or a module
  // throws.
  bool run_before(Time limit);
  void run() { run_before(Time::max()); }

  // Software to hardware: notifies `event` at `at`, or at the engine's now() if that is later. SystemC keeps
  // the earliest notification of an event.
  void notify(sc_core::sc_event& event, Time at);

  // Hardware to software, from SystemC processes: at SystemC's present time.
  void wake(Task& task);
  void schedule(Event& event);
  [[nodiscard]] Time hardware_now() const;

 private:
  struct Impl;
  Engine& engine_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace isosim::sim
