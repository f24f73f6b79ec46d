#include "cpu/hw/host_adapter.h"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>

#include "cpu/hw/disk_params.h"
#include "sim/systemc.h"

namespace isosim::cpu {

namespace {

std::uint64_t root_sectors(const sim::Settings& settings) {
  const std::int64_t medium = settings.integer(param::disk_bytes);
  const std::int64_t root = settings.integer(param::disk_root_bytes);
  if (root != 0 && static_cast<double>(root) < param::disk_bytes.min)
    throw std::invalid_argument("disk.root_bytes: must be 0 (the whole medium) or at least 1e9");
  return static_cast<std::uint64_t>(root > 0 ? std::min(root, medium) : medium) / BlockDevice::sector_bytes;
}

}  // namespace

HostAdapter::HostAdapter(const sc_core::sc_module_name& module_name, sim::Engine& engine, sim::Bridge& bridge,
                         const sim::Settings& settings)
    : sc_module(module_name),
      socket("socket"),
      waiting("waiting"),
      engine_(engine),
      bridge_(bridge),
      sectors_(root_sectors(settings)),
      write_cache_(settings.flag(param::disk_write_cache)),
      depth_(static_cast<int>(settings.integer(param::disk_queue_depth))),
      due_("due") {
  socket.register_nb_transport_bw(this, &HostAdapter::complete);
  SC_METHOD(issue);
  dont_initialize();
  sensitive << due_;
}

void HostAdapter::submit(BlockOp op, std::uint64_t sector, std::uint64_t bytes, sim::Event& done) {
  const std::string what =
      "block request of " + std::to_string(bytes) + " bytes at sector " + std::to_string(sector);
  if (bytes % sector_bytes != 0 || (bytes == 0) != (op == BlockOp::flush) ||
      bytes > std::numeric_limits<unsigned>::max()) {
    throw std::invalid_argument(what +
                                ": must be whole sectors, at least one, below 4 GiB, and none for a flush");
  }
  if (sector > sectors_ || bytes / sector_bytes > sectors_ - sector) {
    throw std::out_of_range(what + ": the partition has " + std::to_string(sectors_) + " sectors");
  }
  if (done.pending()) throw std::invalid_argument(what + ": its completion event is in use");

  if (free_.empty()) {
    free_.push_back(transactions_.emplace_back(std::make_unique<Transaction>()).get());
    free_.back()->payload.set_extension<BlockRequest>(free_.back());
  }
  Transaction& transaction = *free_.back();
  free_.pop_back();
  transaction.submitted = engine_.now();
  transaction.op = op;
  transaction.done = &done;
  transaction.payload.set_command(op == BlockOp::read    ? tlm::TLM_READ_COMMAND
                                  : op == BlockOp::write ? tlm::TLM_WRITE_COMMAND
                                                         : tlm::TLM_IGNORE_COMMAND);
  transaction.payload.set_address(sector * sector_bytes);
  transaction.payload.set_data_length(static_cast<unsigned>(bytes));
  transaction.payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  queue_.push_back(&transaction);
  bridge_.notify(due_, transaction.submitted);
}

void HostAdapter::issue() {
  const sim::Time now = bridge_.hardware_now();
  while (!queue_.empty() && in_device_ < depth_ && queue_.front()->submitted <= now) {
    Transaction& transaction = *queue_.front();
    queue_.pop_front();
    ++in_device_;
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    socket->nb_transport_fw(transaction.payload, phase, delay);
  }
  // A completion may have called early, which replaced the notification for what is still to come.
  if (!queue_.empty() && in_device_ < depth_) due_.notify(sim::to_systemc(queue_.front()->submitted - now));
  waiting.write(static_cast<unsigned>(queue_.size()));
}

tlm::tlm_sync_enum HostAdapter::complete(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                         sc_core::sc_time&) {
  if (phase != tlm::BEGIN_RESP) return tlm::TLM_ACCEPTED;
  auto* transaction = static_cast<Transaction*>(payload.get_extension<BlockRequest>());
  free_.push_back(transaction);
  --in_device_;
  bridge_.schedule(*transaction->done);
  if (!queue_.empty()) due_.notify(sc_core::SC_ZERO_TIME);
  return tlm::TLM_COMPLETED;
}

}  // namespace isosim::cpu
