// The local APIC's timer in its one-shot (TSC deadline) mode: one interrupt at a given time.
#pragma once

#include <systemc>

#include "sim/bridge.h"
#include "sim/systemc.h"

namespace isosim::cpu {

class LocalTimer : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(LocalTimer);
  LocalTimer(const sc_core::sc_module_name& module_name, sim::Bridge& bridge)
      : sc_module(module_name), armed("armed"), bridge_(bridge), deadline_("deadline") {
    SC_METHOD(expire);
    dont_initialize();
    sensitive << deadline_;
  }

  // For the waveforms: set through the feed, cleared on expiry.
  sc_core::sc_signal<bool, sc_core::SC_UNCHECKED_WRITERS> armed;

  void arm(sim::Time at, sim::Event& interrupt) {
    deadline_.cancel();
    interrupt_ = &interrupt;
    bridge_.notify(deadline_, at);
  }

  void disarm() {
    deadline_.cancel();
    interrupt_ = nullptr;
  }

 private:
  void expire() {
    if (!interrupt_) return;  // disarmed in the delta cycle in which it was due
    sim::Event& interrupt = *interrupt_;
    interrupt_ = nullptr;
    armed.write(false);
    bridge_.schedule(interrupt);
  }

  sim::Bridge& bridge_;
  sim::Event* interrupt_ = nullptr;
  sc_core::sc_event deadline_;
};

}  // namespace isosim::cpu
