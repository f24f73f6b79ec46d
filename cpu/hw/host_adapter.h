// The disk controller (AHCI): takes requests from software, which runs ahead of SystemC inside its window,
// and issues each at its time, as many at once as the device takes.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <deque>
#include <memory>
#include <systemc>
#include <tlm>
#include <vector>

#include "cpu/block_device.h"
#include "cpu/hw/block_request.h"
#include "sim/bridge.h"
#include "sim/params.h"

namespace isosim::cpu {

class HostAdapter : public sc_core::sc_module, public BlockDevice {
 public:
  SC_HAS_PROCESS(HostAdapter);
  HostAdapter(const sc_core::sc_module_name& module_name, sim::Engine& engine, sim::Bridge& bridge,
              const sim::Settings& settings);

  tlm_utils::simple_initiator_socket<HostAdapter> socket;
  sc_core::sc_signal<unsigned> waiting;  // requests that found the device full

  void submit(BlockOp op, std::uint64_t sector, std::uint64_t bytes, sim::Event& done) override;
  [[nodiscard]] bool write_cache() const override { return write_cache_; }
  [[nodiscard]] std::uint64_t sectors() const override { return sectors_; }
  [[nodiscard]] int queue_depth() const override { return depth_; }

 private:
  struct Transaction : BlockRequest {
    sim::Time submitted;
    tlm::tlm_generic_payload payload;
  };

  void issue();
  tlm::tlm_sync_enum complete(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                              sc_core::sc_time& delay);

  sim::Engine& engine_;
  sim::Bridge& bridge_;
  std::uint64_t sectors_;
  bool write_cache_;
  int depth_;
  int in_device_ = 0;
  std::deque<Transaction*> queue_;  // by time of submission
  std::vector<Transaction*> free_;
  std::vector<std::unique_ptr<Transaction>> transactions_;
  sc_core::sc_event due_;
};

}  // namespace isosim::cpu
