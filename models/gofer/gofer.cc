#include "models/gofer/gofer.h"

#include <stdexcept>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/file.h"
#include "models/container/runtime_calls.h"

namespace isosim::models::gofer {

namespace nr = kernel::nr;

Gofer::Gofer(kernel::Kernel& host, Options options)
    : host_(host), options_(std::move(options)), runtime_(host, options_.procs, options_.call_host) {}

void Gofer::run(kernel::Thread& first) {
  constexpr std::uint64_t kNotes = 4096;  // futex words of the runtime's Ms
  const kernel::Address notes = map_buffer(first, kNotes + GoferMemory::bytes);
  memory_.scratch = notes + kNotes;
  runtime_.run(first, notes, [this](go::G& g) { main(g); });
}

void Gofer::main(go::G& g) {
  HostFiles files(g, memory_);
  const ReleaseFacts& release = facts(options_.release);
  std::int32_t epoll = -1, proc_fd = -1;
  if (release.os_file) {
    kernel::Sys sys;
    sys.nr = nr::epoll_create1;
    sys.arg[0] = kernel::open_flag::cloexec;
    epoll = static_cast<std::int32_t>(g.call(sys));
  }
  if (release.reopen_by_procfs) {
    const std::int64_t fd =
        files.openat(HostFiles::at_cwd, "/proc/self/fd", std::uint64_t{kernel::open_flag::directory});
    if (fd < 0) throw std::runtime_error("the Gofer cannot open /proc/self/fd");
    proc_fd = static_cast<std::int32_t>(fd);
  }
  if (options_.confine) options_.confine(g);
  for (const Export& mount : options_.exports) {
    AttachPoint& point = points_.emplace_back(options_.release, mount.prefix, mount.read_only);
    point.epoll = epoll;
    point.proc_fd = proc_fd;
    Service& service = services_.emplace_back(host_.catalogue, point, *mount.connection, memory_);
    if (service.open(g, mount.fd) < 0)
      throw std::runtime_error("the Gofer's descriptor for " + mount.prefix + " is no open socket");
  }
  if (options_.filter) options_.filter(g);
  std::size_t serving = services_.size();
  for (Service& service : services_)
    runtime_.start(g, "gofer connection", [&](go::G& connection) {
      service.run(connection);
      if (--serving == 0) runtime_.ready(connection, g);
    });
  while (serving > 0) g.park();
  kernel::Sys sys;
  sys.nr = nr::exit_group;
  g.raw_call(sys);
}

std::array<std::int32_t, 2> make_socket_pair(HostCalls& host, kernel::Address buffer) {
  constexpr std::uint64_t kUnix = 1, kStream = 1;
  kernel::Sys sys;
  sys.nr = nr::socketpair;
  sys.arg = {kUnix, kStream | kernel::open_flag::cloexec, 0, buffer};
  if (const std::int64_t error = host.call(sys); error < 0)
    throw std::runtime_error("no socket pair for a mount: errno " + std::to_string(-error));
  return sys.out.fds;
}

}  // namespace isosim::models::gofer
