// pipe(2), pipe2(2), eventfd(2), eventfd2(2).
#include "kernel-model/ipc/eventfd.h"
#include "kernel-model/ipc/ipc_calls.h"
#include "kernel-model/ipc/ipc_state.h"
#include "kernel-model/ipc/pipe.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

namespace {

std::int64_t do_pipe(Kernel& k, Thread& t, Sys& s, std::uint32_t flags) {
  if (flags & ~(open_flag::cloexec | open_flag::nonblock | open_flag::direct)) return -EINVAL_;
  if (s.u64(0) == 0) return -EFAULT_;
  t.charge(k.ipc->paths.pipe_create);
  PipeEnds ends = make_pipe(k, flags);
  FdTable& files = *t.process->files;
  const bool cloexec = flags & open_flag::cloexec;
  const std::int64_t reader = files.install(ends.reader, cloexec);
  const std::int64_t writer = reader < 0 ? reader : files.install(ends.writer, cloexec);
  if (writer < 0) {
    if (reader >= 0) files.remove(static_cast<std::int32_t>(reader));
    put_file(k, t, std::move(ends.reader));
    put_file(k, t, std::move(ends.writer));
    return writer;
  }
  s.out.fds = {static_cast<std::int32_t>(reader), static_cast<std::int32_t>(writer)};
  return 0;
}

std::int64_t sys_pipe(Kernel& k, Thread& t, Sys& s) { return do_pipe(k, t, s, 0); }
std::int64_t sys_pipe2(Kernel& k, Thread& t, Sys& s) {
  return do_pipe(k, t, s, static_cast<std::uint32_t>(s.u64(1)));
}

std::int64_t do_eventfd(Kernel& k, Thread& t, std::uint64_t initial, std::uint32_t flags) {
  constexpr std::uint32_t kSemaphore = 1;
  if (flags & ~(kSemaphore | open_flag::cloexec | open_flag::nonblock)) return -EINVAL_;
  t.charge(k.ipc->paths.eventfd_create);
  Ref<File> file(new EventFile(initial & 0xFFFF'FFFFu, flags & kSemaphore));
  file->flags |= flags & open_flag::nonblock;
  const std::int64_t fd = t.process->files->install(file, flags & open_flag::cloexec);
  if (fd < 0) put_file(k, t, std::move(file));
  return fd;
}

std::int64_t sys_eventfd(Kernel& k, Thread& t, Sys& s) { return do_eventfd(k, t, s.u64(0), 0); }
std::int64_t sys_eventfd2(Kernel& k, Thread& t, Sys& s) {
  return do_eventfd(k, t, s.u64(0), static_cast<std::uint32_t>(s.u64(1)));
}

}  // namespace

void register_pipe_calls(SyscallTable& table) {
  table.set(nr::pipe, sys_pipe);
  table.set(nr::pipe2, sys_pipe2);
  table.set(nr::eventfd, sys_eventfd);
  table.set(nr::eventfd2, sys_eventfd2);
}

}  // namespace isosim::kernel
