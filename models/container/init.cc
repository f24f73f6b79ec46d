// runc init inside the container (standard_init_linux.go, init_linux.go of runc 6635b4f0).
#include <optional>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/file.h"
#include "kernel-model/misc/misc_state.h"
#include "kernel-model/process/exit.h"
#include "kernel-model/process/namespaces.h"
#include "models/container/go_program.h"
#include "models/container/life_cycle.h"
#include "models/container/netlink.h"
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

void LifeCycle::init(Thread& thread) {
  constexpr int kThreads = 3;
  constexpr std::uint64_t kGetParentDeath = 2;
  std::optional<sim::Frame> frame(std::in_place, *thread.task, "runc init");
  RuntimeCalls calls = start_go_runtime(thread, kThreads);
  const InitEnds ends;
  calls.read(ends.pipe, 64 << 10);
  netlink_request(calls, 32);  // "lo", setupNetwork
  netlink_request(calls, 32);  // and up
  prepare_root_fs(calls, spec_, image_.merged());
  calls.write(ends.pipe, 32);  // syncParentHooks
  calls.read(ends.pipe, 32);
  enter_root_fs(calls, image_.merged());
  if (spec_.namespaces & kernel::clone_flag::newuts)
    calls.call(nr::sethostname, {calls.buffer(), spec_.hostname.size()}, {{0, spec_.hostname}});
  hide_paths(calls);
  calls.call(nr::prctl, {kGetParentDeath, calls.buffer()});
  if (spec_.no_new_privileges) calls.call(nr::prctl, {kSetNoNewPrivs, 1});
  calls.write(ends.pipe, 32);  // syncParentReady
  calls.read(ends.pipe, 32);
  // Without no_new_privs the filter needs CAP_SYS_ADMIN, so it comes before that goes; with it, as late as
  // possible.
  if (!spec_.no_new_privileges) load_filter(calls, filter_, calls.buffer());
  drop_privileges(calls, spec_, calls.buffer());
  calls.call(nr::getppid, {});
  calls.close(ends.pipe);
  const std::int32_t started =
      calls.open("/proc/self/fd/" + std::to_string(ends.fifo), kernel::open_flag::wronly);
  calls.write(started, 1);
  calls.close(ends.fifo);
  if (spec_.no_new_privileges) load_filter(calls, filter_, calls.buffer());
  if (own_program_) exec_program(calls, kProgram);
  frame.reset();
  if (!own_program_) become_program(thread);
  thread.name = name_;
  thread.process->comm = name_;
  body_(thread);
}

// A program whose first call is its own execve finds a process with nothing of runc in it.
void LifeCycle::become_program(Thread& thread) {
  if (!kernel::leave_program(host_, thread)) throw ProcessEnded();
  gate_.wait_event(host_, thread, [this] { return body_ != nullptr; });
}

}  // namespace isosim::models
