// The disk as a SystemC module: a TLM-2.0 target in the approximately-timed style.
#pragma once

#include <tlm_utils/peq_with_get.h>
#include <tlm_utils/simple_target_socket.h>

#include <systemc>
#include <tlm>

#include "cpu/hw/block_request.h"
#include "cpu/hw/disk_timing.h"
#include "sim/params.h"
#include "sim/systemc.h"

namespace isosim::cpu {

class Disk : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(Disk);
  Disk(const sc_core::sc_module_name& module_name, const sim::Settings& settings);

  tlm_utils::simple_target_socket<Disk> socket;
  sc_core::sc_signal<unsigned, sc_core::SC_UNCHECKED_WRITERS>
      in_flight;  // requests in the device: its queue depth

 private:
  // BEGIN_REQ is answered at once with END_REQ; BEGIN_RESP follows when the request is done.
  tlm::tlm_sync_enum accept(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                            sc_core::sc_time& delay);
  void respond();

  std::unique_ptr<DiskTiming> timing_;
  unsigned accepted_ = 0;
  tlm_utils::peq_with_get<tlm::tlm_generic_payload> completions_;
};

}  // namespace isosim::cpu
