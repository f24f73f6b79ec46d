// What a block request carries on the TLM-2.0 bus beside the generic payload.
#pragma once

#include <systemc>
#include <tlm>

#include "cpu/block_device.h"

namespace isosim::cpu {

struct BlockRequest : tlm::tlm_extension<BlockRequest> {
  BlockOp op = BlockOp::read;
  sim::Event* done = nullptr;

  [[nodiscard]] tlm_extension_base* clone() const override { return new BlockRequest(*this); }
  void copy_from(const tlm_extension_base& other) override {
    *this = static_cast<const BlockRequest&>(other);
  }
  void free() override {}  // owned by whoever owns the payload
};

}  // namespace isosim::cpu
