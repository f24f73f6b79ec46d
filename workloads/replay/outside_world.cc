#include "workloads/replay/outside_world.h"

#include <algorithm>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/open.h"
#include "kernel-model/ipc/ipc_state.h"
#include "kernel-model/net/outside.h"
#include "kernel-model/net/recorded_stream.h"
#include "kernel-model/net/socket.h"
#include "workloads/replay/recorded_time.h"

namespace isosim::workloads {

using kernel::File;
using kernel::Outside;
using kernel::Thread;
using traces::Event;
namespace nr = kernel::nr;

namespace {

constexpr std::size_t kLookahead = 64;  // events after a poll in which its readiness is used
constexpr std::int32_t kAtCwd = -100;   // AT_FDCWD
constexpr sim::Time kAwaitStep = sim::microseconds(1);
constexpr int kAwaitSteps = 1000;
constexpr std::uint64_t kWindowOpen = 1ull << 40;  // bytes: as good as unlimited

bool receives(kernel::SysNr number) {
  switch (number) {
    case nr::read:
    case nr::readv:
    case nr::recvfrom:
    case nr::recvmsg:
    case nr::recvmmsg:
    case nr::accept:
    case nr::accept4:
      return true;
    default:
      return false;
  }
}

bool sends(kernel::SysNr number) {
  return number == nr::write || number == nr::writev || number == nr::sendto || number == nr::sendmsg ||
         number == nr::sendfile;
}

bool polls(kernel::SysNr number) {
  switch (number) {
    case nr::poll:
    case nr::ppoll:
    case nr::select:
    case nr::pselect6:
    case nr::epoll_wait:
    case nr::epoll_pwait:
    case nr::epoll_pwait2:
      return true;
    default:
      return false;
  }
}

std::uint64_t bytes_taken(const Event& event) {
  const bool accepts = event.nr == nr::accept || event.nr == nr::accept4;
  return accepts || event.result < 0 ? 0 : static_cast<std::uint64_t>(event.result);
}

// A poll with a timeout of zero does not wait.
bool looks_only(const Event& poll) {
  switch (poll.nr) {
    case nr::poll:
      return poll.args[2].value == 0;
    case nr::epoll_wait:
    case nr::epoll_pwait:
      return poll.args[3].value == 0;
    default:
      return false;
  }
}

bool is_outside(const File& file) {
  if (file.seekable()) return false;  // regular files, most often; spares the casts
  if (const auto* socket = dynamic_cast<const kernel::Socket*>(&file)) return socket->outside;
  return dynamic_cast<const kernel::RecordedStream*>(&file) != nullptr;
}

bool must_not_block(Thread& thread, std::int32_t fd) {
  const File* file = thread.process->files->get(fd);
  return file && (file->flags & kernel::open_flag::nonblock);
}

bool is_terminal(const traces::InitialDescriptor& initial) {
  return initial.kind == traces::DescriptorKind::tty || initial.kind == traces::DescriptorKind::char_device;
}

kernel::Ref<File> recorded_stream(kernel::Kernel& kernel, const traces::InitialDescriptor& initial) {
  using Kind = kernel::RecordedStream::Kind;
  return new kernel::RecordedStream(kernel, is_terminal(initial) ? Kind::terminal : Kind::pipe,
                                    initial.flags);
}

// Something waits to be received, or is on its way.
bool has_arrived(Outside& outside, File& file, Thread& thread) {
  using namespace kernel::poll_bit;
  return outside.expects(file) || (file.poll(thread) & (in | hup)) != 0;
}

}  // namespace

void OutsideWorld::donate_initial() {
  using Kind = traces::DescriptorKind;
  for (const traces::InitialDescriptor& initial : peers_.initial) {
    if (initial.kind == Kind::file || initial.kind == Kind::directory) continue;
    models::Donation donation;
    donation.flags = initial.flags;
    donation.close_on_exec = initial.close_on_exec;
    donation.terminal = is_terminal(initial);
    if (initial.kind != Kind::null_device) donation.file = recorded_stream(stack_.host(), initial);
    stack_.donate(initial.fd, donation);
  }
}

void OutsideWorld::open_initial(Thread& thread) {
  using Kind = traces::DescriptorKind;
  for (const traces::InitialDescriptor& initial : peers_.initial) {
    if (thread.process->files->get(initial.fd)) continue;  // donated
    kernel::Ref<File> file;
    if (initial.kind == Kind::null_device || initial.kind == Kind::file || initial.kind == Kind::directory) {
      const std::string path = initial.path.empty() ? "/dev/null" : initial.path;
      kernel::open_file(thread, kAtCwd, path, initial.flags, 0, file);
      if (file) file->position = initial.position;
    }
    if (!file) file = recorded_stream(stack_.kernel(), initial);
    thread.process->files->install_at(initial.fd, std::move(file), initial.close_on_exec);
  }
}

// How long the program waited in the call: the recorded duration without the tracer's share.
sim::Time OutsideWorld::waited(const Event& event) const {
  const std::int64_t inside = overhead_.state_count > 0 ? overhead_.states[0].inside_ns : 0;
  return recorded_time(event.duration_ns - 2 * inside);  // within the tracer's spread: it did not wait
}

File* OutsideWorld::outside_file(Thread& thread, const FdMap& fds, const Event& event) const {
  File* file = thread.process->files->get(fds.translate(static_cast<std::int32_t>(event.args[0].value)));
  if (!file || file->seekable()) return nullptr;
  File& end = file->beneath();
  return is_outside(end) ? &end : nullptr;
}

// Streams that were donated to a sandbox are the host's, the program's sockets its own kernel's.
Outside& OutsideWorld::outside_of(const File& file) const {
  const auto* stream = dynamic_cast<const kernel::RecordedStream*>(&file);
  return (stream ? stream->kernel : stack_.kernel()).ipc->net.outside;
}

void OutsideWorld::arrive(File& file, const Event& event, sim::Time at) {
  Outside& outside = outside_of(file);
  if (event.nr == nr::accept || event.nr == nr::accept4) {
    if (event.result >= 0) outside.accept_ready(file, {}, at);
  } else if (event.result > 0) {
    outside.deliver(file, static_cast<std::uint64_t>(event.result), at);
  } else if (event.result == 0) {
    outside.peer_closes(file, at);
  } else if (event.result == -kernel::ECONNRESET_) {
    outside.reset(file, at);
  }
}

// What made the poll return is what the calls after it take, up to the next poll.
void OutsideWorld::arrive_before_poll(Thread& thread, const Event& poll, const FdMap& fds, Lookahead& ahead) {
  if (poll.result <= 0) return;
  const sim::Time wait = looks_only(poll) ? sim::Time{} : waited(poll);
  const sim::Time at = thread.now() + wait;
  std::vector<std::pair<File*, std::uint64_t>> served;  // with the bytes that the first receive takes
  for (std::size_t i = 0; i < kLookahead; ++i) {
    const Event* event = ahead.peek(i);
    if (!event) break;
    if (event->kind != traces::EventKind::call) continue;
    // A program may poll again, to look at one descriptor alone, before it takes what came. Where such a look
    // found nothing, what is taken after it came later.
    if (polls(event->nr) && (!served.empty() || event->result == 0)) break;
    if ((!receives(event->nr) && !sends(event->nr)) || event->result == -kernel::EAGAIN_) continue;
    File* file = outside_file(thread, fds, *event);
    const auto same = [file](const auto& entry) { return entry.first == file; };
    if (!file || std::any_of(served.begin(), served.end(), same)) continue;
    if (sends(event->nr)) {
      open_window(*file, at);
    } else {
      if (!has_arrived(outside_of(*file), *file, thread)) arrive(*file, *event, at);
      served.emplace_back(file, bytes_taken(*event));
    }
  }
  // One arrival wakes the poller by itself. Where the record shows several at once, all are there before it
  // looks.
  if (wait != sim::Time{} && served.size() < 2) return;
  if (wait != sim::Time{}) {
    thread.state = kernel::RunState::interruptible;
    stack_.kernel().sched->block_until(thread, at);
  }
  for (const auto& [file, bytes] : served) await(thread, *file, bytes);
}

// A send that took less than it was given met a full window; the next one that succeeds meets an open one.
void OutsideWorld::limit_send(File& file, const Event& event) {
  const bool tells_length = event.nr == nr::write || event.nr == nr::sendto;
  const auto sent = static_cast<std::uint64_t>(event.result);
  if (event.result == -kernel::EAGAIN_) {
    Outside::close_window(file, 0);
  } else if (event.result > 0 && tells_length && sent < static_cast<std::uint64_t>(event.args[2].value)) {
    Outside::close_window(file, sent);
  } else if (event.result > 0 && Outside::window(file) < kWindowOpen / 2) {
    Outside::close_window(file,
                          kWindowOpen);  // the acknowledgement came while the program did something else
  }
}

void OutsideWorld::open_window(File& file, sim::Time at) {
  if (Outside::window(file) < kWindowOpen / 2) outside_of(file).send_window_opens(file, kWindowOpen, at);
}

// The record shows that data were there when a call came that does not wait: the program computes until they
// are.
void OutsideWorld::await(Thread& thread, File& file, std::uint64_t bytes) {
  using namespace kernel::poll_bit;
  const auto* socket = dynamic_cast<const kernel::Socket*>(&file);
  for (int i = 0; i < kAwaitSteps; ++i) {
    if ((file.poll(thread) & (in | hup)) != 0 && (!socket || socket->queued() >= bytes)) return;
    stack_.target().compute(thread, kAwaitStep);
  }
}

void OutsideWorld::before_call(Thread& thread, const Event& event, const FdMap& fds, Lookahead& ahead) {
  if (polls(event.nr)) return arrive_before_poll(thread, event, fds, ahead);
  const bool in = receives(event.nr), out = sends(event.nr);
  if (!in && !out && event.nr != nr::connect) return;
  File* file = outside_file(thread, fds, event);
  if (!file) return;
  Outside& outside = outside_of(*file);
  if (in && event.result != -kernel::EAGAIN_) {
    const bool returns =
        must_not_block(thread, fds.translate(static_cast<std::int32_t>(event.args[0].value)));
    const sim::Time wait = returns ? sim::Time{} : waited(event);
    if (!has_arrived(outside, *file, thread)) arrive(*file, event, thread.now() + wait);
    if (wait == sim::Time{}) await(thread, *file, bytes_taken(event));
  }
  if (out) limit_send(*file, event);
  if (event.nr == nr::connect) {
    const bool pending = event.result == -kernel::EINPROGRESS_;
    outside.connect_result(*file, pending ? 0 : static_cast<int>(-event.result),
                           thread.now() + waited(event));
  }
}

void OutsideWorld::after_call(Thread& thread, const Event& event, std::uint64_t index, std::int64_t result) {
  if (event.nr != nr::socket || result < 0) return;
  if (peers_.of(event.tid, index) != traces::Peer::outside) return;
  if (File* file = thread.process->files->get(static_cast<std::int32_t>(result))) Outside::mark(*file);
}

}  // namespace isosim::workloads
