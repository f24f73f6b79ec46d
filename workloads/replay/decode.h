// From a recorded event to a system call that a kernel can run.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "kernel-model/abi/syscall.h"
#include "traces/event.h"
#include "workloads/replay/process_maps.h"
#include "workloads/replay/relocation.h"
#include "workloads/replay/signature.h"

namespace isosim::workloads {

// User memory for buffers whose addresses the trace does not show (strace prints their contents instead).
struct ScratchArea {
  kernel::Address base = 0;
  std::uint64_t length = 0;
  // Pages of the program itself, which the kernel mapped and no call of the trace did. Apart from the
  // buffers, because the loader write-protects some of them.
  kernel::Address image = 0;
};

// One a replayed thread: keeps the storage that the call's payloads point into.
class Decoder {
 public:
  Decoder(const IdMap& ids, const Relocation& relocation) : ids_(ids), relocation_(relocation) {}

  // Fills `sys` (payloads of the call before are dropped). Arguments that were not printed stay 0 or absent.
  void decode(const traces::Event& event, const ProcessMaps& maps, const ScratchArea& scratch,
              kernel::Sys& sys);

 private:
  void decode_argument(char kind, const traces::Arg& arg, std::size_t i, const ProcessMaps& maps,
                       const ScratchArea& scratch, kernel::Sys& sys);
  void decode_extents(std::string_view text, kernel::Sys& sys);
  void decode_terminal(std::string_view text, int pid_space, kernel::Sys& sys);
  void decode_polled(std::string_view text, const ProcessMaps& maps);
  void decode_structure(char kind, const traces::Arg& arg, std::size_t i, const ProcessMaps& maps,
                        const ScratchArea& scratch, kernel::Sys& sys);

  // `storage` holds it if it is not the recorded one.
  std::string_view replayed_path(std::string_view recorded, int pid_space, std::string& storage) const;
  void remote_segments(std::string_view text, const ProcessMaps& maps, const ScratchArea& scratch);
  void decode_iovec(std::string_view text, const ScratchArea& scratch, std::vector<kernel::IoVec>& out);
  kernel::AioControl aio_control(std::string_view text, const ProcessMaps& maps, const ScratchArea& scratch);
  kernel::MessageHeader message_header(std::string_view text, const ProcessMaps& maps,
                                       const ScratchArea& scratch);

  const IdMap& ids_;
  const Relocation& relocation_;
  std::array<std::string, 6> moved_;  // paths elsewhere than recorded
  std::uint8_t payloads_ = 0;         // bit i: sys.at[i] was set by the call before
  std::vector<kernel::IoVec> iovecs_, remote_;
  std::vector<kernel::PollFd> pollfds_;
  std::uint64_t polled_ = 0;  // how many the call says that there are
  std::vector<kernel::MessageHeader> messages_;
  std::vector<kernel::SemOp> operations_;
  kernel::TerminalModes terminal_modes_;
  kernel::ExtentsWanted extents_;
  std::vector<kernel::AioControl> controls_;
};

// execve's image; `path_at`: index of the path among the arguments.
kernel::ExecImage exec_image(const traces::Event& event, std::size_t path_at);

// A pointer that the trace shows as a number: in a known mapping, or in memory that existed before the first
// call of the trace (stack, data), for which the scratch area stands.
kernel::Address user_address(std::int64_t recorded, const ProcessMaps& maps, const ScratchArea& scratch);

// Where a word of the program lies that threads wait on: its mapping, or a place of its own in the scratch
// area.
kernel::Address futex_word(std::int64_t recorded, const ProcessMaps& maps, const ScratchArea& scratch);

// The recorded address that clone and clone3 are told to clear when the child ends; 0: none.
std::int64_t child_tid_address(const traces::Event& event);

// CLONE_* flags with the exit signal in the low byte, of clone and clone3.
std::uint64_t clone_flags(const traces::Event& event);

}  // namespace isosim::workloads
