#include "cpu/hw/disk.h"

#include "cpu/hw/disk_params.h"
#include "cpu/hw/flash_timing.h"
#include "cpu/hw/spindle_timing.h"

namespace isosim::cpu {

std::unique_ptr<DiskTiming> make_disk_timing(const sim::Settings& settings) {
  if (settings.integer(param::disk_rpm) > 0) return std::make_unique<SpindleTiming>(settings);
  return std::make_unique<FlashTiming>(settings);
}

Disk::Disk(const sc_core::sc_module_name& module_name, const sim::Settings& settings)
    : sc_module(module_name),
      socket("socket"),
      in_flight("in_flight"),
      timing_(make_disk_timing(settings)),
      completions_("completions") {
  socket.register_nb_transport_fw(this, &Disk::accept);
  SC_METHOD(respond);
  dont_initialize();
  sensitive << completions_.get_event();
}

tlm::tlm_sync_enum Disk::accept(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                sc_core::sc_time& delay) {
  if (phase != tlm::BEGIN_REQ) return tlm::TLM_ACCEPTED;
  const auto* request = payload.get_extension<BlockRequest>();
  const sim::Time now = sim::from_systemc(sc_core::sc_time_stamp() + delay);
  const sim::Time done = timing_->accept(request->op, payload.get_address() / BlockDevice::sector_bytes,
                                         payload.get_data_length(), now);
  completions_.notify(payload, delay + sim::to_systemc(done - now));
  in_flight.write(++accepted_);
  phase = tlm::END_REQ;
  return tlm::TLM_UPDATED;
}

void Disk::respond() {
  while (tlm::tlm_generic_payload* payload = completions_.get_next_transaction()) {
    in_flight.write(--accepted_);
    payload->set_response_status(tlm::TLM_OK_RESPONSE);
    tlm::tlm_phase phase = tlm::BEGIN_RESP;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    socket->nb_transport_bw(*payload, phase, delay);
  }
}

}  // namespace isosim::cpu
