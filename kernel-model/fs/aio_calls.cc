// io_setup, io_submit, io_getevents, io_cancel, io_destroy (fs/aio.c, Linux 4.4).
#include <algorithm>

#include "kernel-model/fs/aio.h"
#include "kernel-model/fs/calls.h"
#include "kernel-model/fs/user_copy.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/ipc/eventfd.h"
#include "kernel-model/ipc/held_file.h"
#include "kernel-model/ipc/ipc_state.h"
#include "kernel-model/ipc/poll_waiter.h"
#include "kernel-model/ipc/wait.h"
#include "kernel-model/misc/misc_state.h"
#include "kernel-model/mm/memory_manager.h"
#include "kernel-model/mm/vma.h"

namespace isosim::kernel {

namespace {

// IOCB_CMD_*
enum AioCommand : std::uint32_t { aio_pread = 0, aio_pwrite = 1, aio_preadv = 7, aio_pwritev = 8 };
constexpr std::uint32_t kResultFd = 1;            // IOCB_FLAG_RESFD
constexpr std::uint64_t kMostRequests = 0x10000;  // fs.aio-max-nr
constexpr std::uint64_t kMostRing = 0x10000000;   // bytes
constexpr std::uint64_t kEventBytes = 32, kControlBytes = 64;

std::shared_ptr<IoContext> lookup_context(Kernel& k, Thread& t, std::uint64_t id) {  // lookup_ioctx()
  auto& contexts = k.memory->of(*t.process).io_contexts;
  const auto found = contexts.find(id);
  return found == contexts.end() ? nullptr : found->second;
}

// What *ctxp holds before is not carried: a program that calls has cleared it.
std::int64_t sys_io_setup(Kernel& k, Thread& t, Sys& s) {
  const std::uint64_t events = s.u64(0) & 0xFFFFFFFF;
  if (s.u64(1) == 0) return -EFAULT_;
  if (events == 0) return -EINVAL_;
  t.charge(k.vfs->paths.aio_setup);
  const auto cpus = std::max<std::int64_t>(k.misc->possible_cpus, k.cpu.logical_cpus());
  const auto context = std::make_shared<IoContext>(events, static_cast<std::uint64_t>(cpus));
  if (context->max_requests > kMostRing / kEventBytes) return -EINVAL_;
  if (context->max_requests + k.vfs->aio_requests > kMostRequests * 2) return -EAGAIN_;
  MapRequest request;
  request.length = context->ring_bytes;
  request.flags = vm::read | vm::write | vm::shared;
  request.file = k.memory->make_shared_memory(context->ring_bytes);
  Mm& mm = k.memory->of(*t.process);
  const std::int64_t ring = k.memory->map(t, mm, std::move(request));
  if (ring < 0) return ring;
  context->id = static_cast<Address>(ring);
  k.vfs->aio_requests += context->max_requests;
  mm.io_contexts[context->id] = context;
  s.out.value = context->id;
  return 0;
}

// kill_ioctx(), and the wait for what is in flight.
std::int64_t sys_io_destroy(Kernel& k, Thread& t, Sys& s) {
  const auto context = lookup_context(k, t, s.u64(0));
  if (!context) return -EINVAL_;
  t.charge(k.vfs->paths.aio_destroy);
  Mm& mm = k.memory->of(*t.process);
  mm.io_contexts.erase(context->id);
  context->dead = true;
  k.vfs->aio_requests -= context->max_requests;
  context->wait.wake(k, &t);
  k.memory->unmap(t, mm, context->id, context->ring_bytes);
  context->drained.wait_event(k, t, [&context] { return context->in_flight == 0; });
  close_files(k, t, *context);
  return 0;
}

// aio_run_iocb(): 0 once the request is on its way or over; an error that io_submit() gives.
std::int64_t run_request(Kernel& k, Thread& t, const AioControl& control, AioRequest& request, File& file) {
  const bool vector = control.opcode == aio_preadv || control.opcode == aio_pwritev;
  const bool write = control.opcode == aio_pwrite || control.opcode == aio_pwritev;
  if (write ? !file.writable() : !file.readable()) return -EBADF_;
  if (!file.has_iter()) return -EINVAL_;
  Io io;
  io.buffer = user_buffer(control.buffer);
  io.length = control.length;
  if (vector) {
    t.charge(k.vfs->paths.readv, control.segments.size());
    io.segments = control.segments;
    io.length = 0;
    for (const IoVec& segment : control.segments) io.length += segment.length;
  }
  if (control.offset < 0) return -EINVAL_;  // rw_verify_area()
  io.length = std::min(io.length, kMaxTransfer);
  io.position = static_cast<std::uint64_t>(control.offset);
  io.nonblock = (file.flags & open_flag::nonblock) != 0;
  io.async = &request;
  t.charge(write ? k.vfs->paths.write : k.vfs->paths.read);
  std::int64_t result = write ? file.write(k, t, io) : file.read(k, t, io);
  if (result == -EIOCBQUEUED_) return 0;
  if (result == -ERESTARTSYS_) result = -EINTR_;  // there is no call to restart
  t.charge(k.vfs->paths.aio_complete);
  request.finish(k, &t, result);
  return 0;
}

// io_submit_one()
std::int64_t submit_one(Kernel& k, Thread& t, const std::shared_ptr<IoContext>& context,
                        const AioControl& control) {
  t.charge(k.vfs->paths.aio_request);
  if (!control.mapped) return -EFAULT_;
  if (static_cast<std::int64_t>(control.length) < 0) return -EINVAL_;
  if (context->available == 0) return -EAGAIN_;
  const HeldFile file(t, control.fd);
  if (!file) return -EBADF_;
  Ref<File> eventfd;
  if (control.flags & kResultFd) {  // eventfd_ctx_fdget()
    eventfd = t.process->files->get(control.eventfd);
    if (!eventfd) return -EBADF_;
    if (!dynamic_cast<EventFile*>(eventfd.get())) return -EINVAL_;
  }
  if (control.opcode != aio_pread && control.opcode != aio_pwrite && control.opcode != aio_preadv &&
      control.opcode != aio_pwritev)
    return -EINVAL_;  // no file system of 4.4 has aio_fsync
  const Ref<AioRequest> request(new AioRequest(context, control, file.get(), eventfd));
  const std::int64_t result = run_request(k, t, control, *request, *file);
  if (result != 0) request->cancel();
  return result;
}

std::int64_t sys_io_submit(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.vfs->paths.aio_submit);
  const std::int64_t count = s.s64(1);
  if (count < 0) return -EINVAL_;
  const auto context = lookup_context(k, t, s.u64(0));
  if (!context) return -EINVAL_;
  const auto* given = s.get<std::span<const AioControl>>(2);
  std::int64_t done = 0, error = 0;
  while (done < count && error == 0) {
    const auto index = static_cast<std::size_t>(done);
    error = !given || index >= given->size() ? -EFAULT_ : submit_one(k, t, context, (*given)[index]);
    if (error == 0) ++done;
  }
  return done ? done : error;
}

// read_events(): waits until `least` have come, and gives what there is at the deadline or a signal.
std::int64_t sys_io_getevents(Kernel& k, Thread& t, Sys& s) {
  const std::int64_t least = s.s64(1), most = s.s64(2);
  const auto context = lookup_context(k, t, s.u64(0));
  const auto* timeout = s.get<Timespec>(4);
  if (!timeout && s.u64(4) != 0) return t.charge(k.vfs->paths.aio_getevents, 0), -EFAULT_;
  if (!context || least < 0 || least > most) return t.charge(k.vfs->paths.aio_getevents, 0), -EINVAL_;
  const sim::Time deadline = timeout ? deadline_after(t, timeout->span) : sim::Time::max();
  const auto wanted = static_cast<std::size_t>(least), limit = static_cast<std::size_t>(most);
  std::vector<AioEvent>& taken = s.out.completed;
  taken.clear();
  const auto enough = [&] {
    while (taken.size() < limit && !context->ring.empty()) {
      taken.push_back(context->ring.front());
      context->ring.pop_front();
      ++context->available;
    }
    return taken.size() >= wanted || context->dead;
  };
  if (!enough()) t.charge(k.ipc->paths.wait_sleep);
  const std::int64_t waited =
      wait_interruptible(k, t, context->wait, WaitQueue::any, false, enough, deadline);
  t.charge(k.vfs->paths.aio_getevents, taken.size());
  close_files(k, t, *context);
  if (!taken.empty())
    return put_user(k, t, s.u64(3), taken.size() * kEventBytes) < 0 ? -EFAULT_
                                                                    : static_cast<std::int64_t>(taken.size());
  if (context->dead && wanted != 0) return -EINVAL_;
  return waited == -ERESTARTSYS_ ? -EINTR_ : 0;
}

// Only requests to USB gadgets can be cancelled (kiocb_set_cancel_fn() has no other caller).
std::int64_t sys_io_cancel(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.vfs->paths.aio_submit);
  if (k.memory->user_access(t, s.u64(1), kControlBytes, false) != kControlBytes) return -EFAULT_;
  return -EINVAL_;
}

}  // namespace

void register_aio_calls(SyscallTable& table) {
  table.set(nr::io_setup, sys_io_setup);
  table.set(nr::io_destroy, sys_io_destroy);
  table.set(nr::io_submit, sys_io_submit);
  table.set(nr::io_getevents, sys_io_getevents);
  table.set(nr::io_cancel, sys_io_cancel);
}

}  // namespace isosim::kernel
