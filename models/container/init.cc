// runc init inside the container (standard_init_linux.go, init_linux.go of runc 1.0-rc6).
#include <optional>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/file.h"
#include "kernel-model/misc/misc_state.h"
#include "kernel-model/process/namespaces.h"
#include "models/container/life_cycle.h"
#include "models/container/root_fs.h"

namespace isosim::models {

using kernel::Thread;
namespace nr = kernel::nr;

namespace {

constexpr std::uint64_t kSetKeepCaps = 8, kCapBoundingDrop = 24, kSetNoNewPrivs = 38;  // PR_*

void load_filter(RuntimeCalls& calls, const std::vector<kernel::BpfInstruction>& filter,
                 kernel::Address program) {
  constexpr std::uint64_t kModeFilter = 1;
  if (filter.empty()) return;
  kernel::Sys sys;
  sys.nr = nr::seccomp;
  sys.arg = {kModeFilter, 0, program};
  sys.at[2] = kernel::SeccompProgram{filter};
  calls.call(sys);
}

// finalizeNamespace(): the bounding set first, the user, then the other sets.
void drop_privileges(RuntimeCalls& calls, const ContainerSpec& spec, kernel::Address sets) {
  const auto last = static_cast<std::uint64_t>(calls.kernel().misc->last_capability);
  for (std::uint64_t capability = 0; capability <= last; ++capability)
    if (!(spec.capabilities >> capability & 1)) calls.call(nr::prctl, {kCapBoundingDrop, capability});
  calls.call(nr::prctl, {kSetKeepCaps, 1});
  calls.call(nr::setgroups, {0, 0});
  calls.call(nr::setgid, {0});
  calls.call(nr::setuid, {0});
  calls.call(nr::prctl, {kSetKeepCaps, 0});
  calls.call(nr::chdir, {}, {{0, "/"}});
  kernel::Sys sys;
  sys.nr = nr::capset;
  sys.arg = {sets, sets};
  sys.at[1] = kernel::CapabilitySets{spec.capabilities, spec.capabilities, spec.capabilities};
  calls.call(sys);
}

}  // namespace

void LifeCycle::init(Thread& thread, std::int32_t ready, std::int32_t fifo) {
  RuntimeCalls calls = calls_of(thread);
  std::optional<sim::Frame> frame(std::in_place, *thread.task, "runc init");
  calls.call(nr::setsid, {});
  prepare_root_fs(calls, spec_, image_.merged());
  if (spec_.namespaces & kernel::clone_flag::newuts)
    calls.call(nr::sethostname, {shim_.buffer(), spec_.hostname.size()}, {{0, spec_.hostname}});
  hide_paths(calls);
  if (spec_.no_new_privileges) calls.call(nr::prctl, {kSetNoNewPrivs, 1});
  calls.write(ready, 64);
  calls.close(ready);
  // Without no_new_privs the filter needs CAP_SYS_ADMIN, so it comes before that goes; with it, as late as
  // possible.
  if (!spec_.no_new_privileges) load_filter(calls, filter_, shim_.buffer());
  drop_privileges(calls, spec_, shim_.buffer());
  program_ = &thread;
  pid_ = thread.tid;
  const std::int32_t started = calls.open("/proc/self/fd/" + std::to_string(fifo), kernel::open_flag::wronly);
  calls.write(started, 1);
  if (spec_.no_new_privileges) load_filter(calls, filter_, shim_.buffer());
  // What execve would do: the program makes that call itself, if it is one that starts with it.
  for (std::int32_t fd = 0; fd < thread.process->files->size(); ++fd)
    if (thread.process->files->get(fd)) calls.close(fd);
  calls.call(nr::munmap, {shim_.buffer(), Shim::kBufferBytes});
  frame.reset();
  wait_until(thread, gate_, [this] { return body_ != nullptr; });
  thread.name = name_;
  thread.process->comm = name_;
  body_(thread);
}

}  // namespace isosim::models
