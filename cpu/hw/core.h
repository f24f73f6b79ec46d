// A core as its signals show it: in which mode it runs, and which task.
#pragma once

#include <systemc>

namespace isosim::cpu {

struct Core : sc_core::sc_module {
  explicit Core(const sc_core::sc_module_name& module_name)
      : sc_module(module_name), mode("mode"), task("task") {}

  sc_core::sc_signal<sc_dt::sc_uint<3>> mode;   // sim::Mode
  sc_core::sc_signal<sc_dt::sc_uint<32>> task;  // id; all ones when idle
};

}  // namespace isosim::cpu
