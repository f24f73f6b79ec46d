#include "workloads/replay/recorded_transfer.h"

#include <algorithm>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/net/socket.h"
#include "kernel-model/process/process.h"
#include "kernel-model/sched/thread.h"
#include "kernel-model/tty/pty.h"
#include "workloads/replay/call_again.h"

namespace isosim::workloads {

using kernel::File;
using kernel::Sys;
using kernel::Thread;
using traces::Event;
namespace nr = kernel::nr;

namespace {

bool reads_bytes(kernel::SysNr nr) { return nr == nr::read || nr == nr::recvfrom; }
bool writes_bytes(kernel::SysNr nr) { return nr == nr::write || nr == nr::sendto; }

// Calls of which only whether they find something is looked at.
bool takes_whole(kernel::SysNr nr) {
  return nr == nr::accept || nr == nr::accept4 || nr == nr::recvmsg || nr == nr::readv;
}

bool played_from_record(const File& file) {
  const auto* socket = dynamic_cast<const kernel::Socket*>(&file);
  return socket && socket->outside;
}

// Bytes in order, from somebody within the trace.
bool is_stream(const File& file) {
  if (const auto* socket = dynamic_cast<const kernel::Socket*>(&file))
    return socket->is_stream() && !socket->outside;
  return file.is_pipe() || dynamic_cast<const kernel::PtyEnd*>(&file);
}

// Whether the recorded call found more than `moved` (strace had stopped the program before it, so that
// several calls of the other end came first), or found something at all.
bool came_early(const Thread& thread, const Event& event, const Sys& sys, std::int64_t moved) {
  const bool bytes = reads_bytes(event.nr) || writes_bytes(event.nr);
  const bool nothing = moved == -kernel::EAGAIN_ && event.result >= (bytes ? 1 : 0);
  const bool less = bytes && moved > 0 && moved < event.result;
  if ((!nothing && !less) || (!bytes && !takes_whole(event.nr))) return false;
  const File* file = thread.process->files->get(sys.fd(0));
  if (!file || file->seekable() || played_from_record(*file)) return false;
  return nothing || is_stream(*file);
}

// What poll has to wait for before a call of a descriptor that does not block is made again; 0: it blocks.
std::uint16_t poll_before_again(const Thread& thread, const Sys& sys) {
  const File* file = thread.process->files->get(sys.fd(0));
  if (!file || (file->flags & kernel::open_flag::nonblock) == 0) return 0;
  return static_cast<std::uint16_t>(writes_bytes(sys.nr) ? kernel::poll_bit::out : kernel::poll_bit::in);
}

}  // namespace

void limit_transfer(Thread& thread, const Event& event, Sys& sys) {
  if (!reads_bytes(event.nr) && !writes_bytes(event.nr)) return;
  File* file = thread.process->files->get(sys.fd(0));
  if (!file || file->seekable() || (writes_bytes(event.nr) && !is_stream(*file))) return;
  if (event.result > 0 && static_cast<std::uint64_t>(event.result) < sys.arg[2])
    sys.arg[2] = static_cast<std::uint64_t>(event.result);
  if (event.result == -kernel::EAGAIN_ && is_stream(*file) &&
      (file->poll(thread) & (reads_bytes(event.nr) ? kernel::poll_bit::in : kernel::poll_bit::out)) != 0)
    sys.arg[2] = 0;
}

std::int64_t finish_transfer(const CallAgain& call, std::int64_t moved) {
  constexpr int kMostEmpty = 64;  // others may be faster; a file that is ready and has nothing is for ever
  for (int empty = 0; !call.forced && came_early(call.thread, call.event, call.sys, moved);) {
    const std::uint16_t events = poll_before_again(call.thread, call.sys);
    if (events != 0 && call.poll({call.sys.fd(0), events}, ~0ull) <= 0) break;
    if (moved > 0) call.sys.arg[2] = static_cast<std::uint64_t>(call.event.result - moved);
    const std::int64_t more = call.target.syscall(call.thread, call.sys);
    if (more == -kernel::EAGAIN_ && events != 0 && ++empty < kMostEmpty) continue;
    if (more <= 0) return moved > 0 ? moved : more;
    moved = std::max<std::int64_t>(moved, 0) + more;
  }
  return moved;
}

}  // namespace isosim::workloads
