// Peers outside the trace: what they send, and when, is played from the record. They act on the kernel's
// sockets and streams as a network card or a terminal would; what the calls then return is the kernel's
// affair.
#pragma once

#include "kernel-model/net/outside.h"
#include "models/stack.h"
#include "traces/gaps.h"
#include "traces/infer_peers.h"
#include "workloads/replay/fd_map.h"
#include "workloads/replay/lookahead.h"

namespace isosim::workloads {

class OutsideWorld {
 public:
  OutsideWorld(models::Stack& stack, const traces::Peers& peers, const traces::TracerOverhead& overhead)
      : stack_(stack), peers_(peers), overhead_(overhead) {}

  // What of the first process's descriptors the platform hands through from its host; before it is made.
  void donate_initial();

  // The others, from its own thread, before its first event.
  void open_initial(kernel::Thread& thread);

  // Before a call that receives, accepts, connects or polls: has arrive what the record shows to have
  // arrived.
  void before_call(kernel::Thread& thread, const traces::Event& event, const FdMap& fds, Lookahead& ahead);

  // After socket(): a socket whose peer is outside learns so.
  void after_call(kernel::Thread& thread, const traces::Event& event, std::uint64_t index,
                  std::int64_t result);

 private:
  kernel::File* outside_file(kernel::Thread& thread, const FdMap& fds, const traces::Event& event) const;
  kernel::Outside& outside_of(const kernel::File& file) const;
  void arrive(kernel::File& file, const traces::Event& event, sim::Time at);
  void arrive_before_poll(kernel::Thread& thread, const traces::Event& poll, const FdMap& fds,
                          Lookahead& ahead);
  void await(kernel::Thread& thread, kernel::File& file, std::uint64_t bytes);
  void open_window(kernel::File& file, sim::Time at);
  static void limit_send(kernel::File& file, const traces::Event& event);
  [[nodiscard]] sim::Time waited(const traces::Event& event) const;

  models::Stack& stack_;
  const traces::Peers& peers_;
  const traces::TracerOverhead& overhead_;
};

}  // namespace isosim::workloads
