// The two processes that runsc create starts, up to where the Gofer's server and the Sentry begin.
#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/mount.h"
#include "kernel-model/misc/misc_state.h"
#include "models/container/go_program.h"
#include "models/sentry/runsc_files.h"
#include "models/sentry/sandbox_life_cycle.h"

namespace isosim::models {

namespace nr = kernel::nr;
namespace mount = kernel::mount_flag;

namespace {

constexpr std::uint64_t kNobody = 65534;
constexpr std::uint64_t kPlain = mount::nosuid | mount::nodev | mount::noexec;
constexpr int kThreads = 3;

// ReadSpecFromFile: from the beginning, whoever read it before.
void read_donated(RuntimeCalls& calls, std::uint64_t fd) {
  calls.call(nr::lseek, {fd, 0, 0});
  while (calls.read(static_cast<std::int32_t>(fd), 16 << 10) > 0) {
  }
}

// setCapsAndCallSelf, up to the call (runsc/cmd/capability.go): CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER,
// FSETID, SYS_CHROOT are left.
void limit_capabilities(RuntimeCalls& calls) {
  constexpr std::uint64_t kLeft = 0x4001F, kCapBoundingDrop = 24;
  kernel::Sys get;
  get.nr = nr::capget;
  get.arg = {calls.buffer(), 0};
  get.at[0] = kernel::CapabilityHeader{0x20080522};  // _LINUX_CAPABILITY_VERSION_3
  calls.call(get);
  read_file(calls, "/proc/self/status");
  const auto last = static_cast<std::uint64_t>(calls.kernel().misc->last_capability);
  for (std::uint64_t capability = 0; capability <= last; ++capability)
    if (!(kLeft >> capability & 1)) calls.call(nr::prctl, {kCapBoundingDrop, capability});
  kernel::Sys set;
  set.nr = nr::capset;
  set.arg = {calls.buffer(), calls.buffer()};
  set.at[1] = kernel::CapabilitySets{kLeft, kLeft, kLeft};
  calls.call(set);
}

}  // namespace

// runsc gofer (runsc/cmd/gofer.go). It must find itself in /proc after it pivoted, so its new root has that
// and the container's root below.
void SandboxLifeCycle::gofer(RuntimeCalls& child, Descriptors donated) {
  const sim::Frame frame(*child.thread().task, "runsc gofer");
  donate(child, donated);
  RuntimeCalls calls = exec_go_program(child, kOwnProgram, kThreads);
  read_donated(calls, 3);
  calls.mount("", "/", "", mount::slave | mount::rec);
  calls.mount("runsc-root", "/proc", "tmpfs", kPlain);
  for (const char* directory : {"/proc/proc", "/proc/root"})
    calls.call(nr::mkdir, {0, 0755}, {{0, directory}});
  calls.mount("runsc-proc", "/proc/proc", "proc", kPlain | mount::rdonly);
  calls.mount(image_.merged(), "/proc/root", "", mount::bind | mount::rec);
  runsc::pivot_root(calls, "/proc");
  calls.call(nr::chdir, {}, {{0, "/"}});
  limit_capabilities(calls);
  RuntimeCalls again = exec_go_program(calls, kOwnProgram, 0);  // the Gofer's runtime has threads of its own
  read_donated(again, 3);
  Descriptors sockets;
  for (std::size_t i = 1; i < donated.size(); ++i) sockets.push_back(static_cast<std::int32_t>(3 + i));
  sandbox_.run_gofer(again.thread(), sockets, [buffer = again.buffer()](go::G& g) {
    RuntimeCalls own(g.thread(), buffer);
    own.call(nr::umask, {0});
    own.call(nr::chroot, {}, {{0, "/root"}});
    own.call(nr::chdir, {}, {{0, "/"}});
  });
}

// runsc boot (runsc/cmd/boot.go, chroot.go): an empty root with /proc, then nobody.
void SandboxLifeCycle::boot(RuntimeCalls& child, const Descriptors& donated, const Descriptors& null,
                            std::int32_t mapped) {
  const sim::Frame frame(*child.thread().task, "runsc boot");
  child.read(mapped, 4);
  child.call(nr::setsid, {});
  child.call(nr::setgroups, {0, 0});
  child.call(nr::setgid, {kNobody});
  child.call(nr::setuid, {0});
  Descriptors all = null;
  all.insert(all.end(), donated.begin(), donated.end());
  donate(child, all, 0);
  RuntimeCalls calls = exec_go_program(child, kOwnProgram, kThreads);
  calls.mount("", "/", "", mount::slave | mount::rec);
  calls.mount("runsc-root", "/tmp", "tmpfs", kPlain);
  calls.make_directories("/tmp/proc");
  if (spec_.platform == SentryPlatform::kvm)
    calls.mount("proc", "/tmp/proc", "proc", kPlain | mount::rdonly);
  else
    calls.mount("/proc", "/tmp/proc", "bind", mount::bind | mount::rdonly | mount::rec);
  calls.mount("", "/tmp", "", mount::remount | mount::rdonly | mount::bind);
  runsc::pivot_root(calls, "/tmp");
  calls.call(nr::setgid, {kNobody});
  calls.call(nr::setuid, {kNobody});
  RuntimeCalls again = exec_go_program(calls, kOwnProgram, 0);
  read_donated(again, 4);
  Sandbox::Descriptors own;
  own.control = 3;
  own.sync = 5;
  const std::size_t streams = donated.size() - 3;
  const std::size_t last = streams - (spec_.platform == SentryPlatform::kvm ? 1 : 0);
  for (std::size_t i = 3; i < last; ++i) own.sockets.push_back(static_cast<std::int32_t>(3 + i));
  if (last != streams) own.device = static_cast<std::int32_t>(3 + last);
  for (std::size_t i = streams; i < donated.size(); ++i)
    own.streams.push_back(static_cast<std::int32_t>(3 + i));
  sandbox_.run_boot(again.thread(), std::move(own));
}

}  // namespace isosim::models
