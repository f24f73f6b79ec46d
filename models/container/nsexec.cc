// runc init before its Go runtime (libcontainer/nsenter/nsexec.c, cloned_binary.c of runc 6635b4f0, which
// Docker 18.09.3 brings): a constructor in C, in a process with one thread.
#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/file.h"
#include "kernel-model/process/namespaces.h"
#include "models/container/go_program.h"
#include "models/container/life_cycle.h"

namespace isosim::models {

using kernel::Thread;
namespace nr = kernel::nr;

namespace {

constexpr std::uint64_t kStackBytes = 64 << 10;
constexpr std::uint64_t kSync = 4;  // bytes of enum sync_t, and of a pid
constexpr std::uint64_t kSetName = 15;

using Ends = std::array<std::int32_t, 2>;

// read_file() of cloned_binary.c: 4 KB at a time.
void read_all(RuntimeCalls& calls, std::string_view path) {
  const std::int32_t fd = calls.open(path, 0);
  while (calls.read(fd, 4096) > 0) {
  }
  calls.close(fd);
}

// ensure_cloned_binary(), against CVE-2019-5736: the container must not get at the host's binary through
// /proc/PID/exe, so it runs from a sealed copy in memory. True in the copy.
bool is_cloned(RuntimeCalls& calls) {
  constexpr std::uint64_t kGetSeals = 1034;
  constexpr std::int64_t kSealed = 15;
  const std::int32_t fd = calls.open(kOwnProgram, 0);
  const bool cloned = calls.attempt(nr::fcntl, {static_cast<std::uint64_t>(fd), kGetSeals}) == kSealed;
  calls.close(fd);
  return cloned;
}

void execute_copy(RuntimeCalls& calls) {
  constexpr std::uint64_t kAllowSealing = 3, kAddSeals = 1033, kSeals = 15, kMost = 0x7FFFF000;
  for (const char* of_itself : {"/proc/self/cmdline", "/proc/self/environ"}) read_all(calls, of_itself);
  const auto copy = static_cast<std::uint64_t>(
      calls.call(nr::memfd_create, {0, kAllowSealing}, {{0, "runc_cloned:/proc/self/exe"}}));
  const auto binary = static_cast<std::uint64_t>(calls.open(kOwnProgram, 0));
  calls.call(nr::sendfile, {copy, binary, 0, kMost});
  calls.close(static_cast<std::int32_t>(binary));
  calls.call(nr::fcntl, {copy, kAddSeals, kSeals});
  exec_program(calls, "/proc/self/fd/" + std::to_string(copy));  // fexecve
}

void send(RuntimeCalls& calls, std::int32_t fd, int words) {
  for (int i = 0; i < words; ++i) calls.write(fd, kSync);
}

}  // namespace

void LifeCycle::nsexec(Thread& thread) {
  RuntimeCalls original(thread, map_buffer(thread, kStackBytes));
  if (!is_cloned(original)) execute_copy(original);
  RuntimeCalls calls(thread, map_buffer(thread, kStackBytes));
  if (!is_cloned(calls)) throw std::runtime_error("runc init does not run from its copy");
  calls.read(InitEnds().pipe, 1024);  // nl_parse
  const std::int32_t score = calls.open("/proc/self/oom_score_adj", kernel::open_flag::rdwr);
  calls.write(score, 1);
  calls.close(score);
  const Ends child = calls.socket_pair(), grandchild = calls.socket_pair();
  calls.call(nr::prctl, {kSetName, calls.buffer()});
  // Both children become runc create's, and the last one the shim's when that ends.
  calls.clone(kernel::clone_flag::parent,
              [this, child, grandchild](Thread& t) { unshare(t, child, grandchild); });
  calls.close(child[0]);
  for (int word = 0; word < 2; ++word) calls.read(child[1], kSync);  // SYNC_RECVPID_PLS and the pid
  send(calls, child[1], 1);
  calls.write(InitEnds().pipe, 40);
  calls.read(child[1], kSync);  // SYNC_CHILD_READY
  calls.close(grandchild[0]);
  send(calls, grandchild[1], 1);
  calls.read(grandchild[1], kSync);
  calls.attempt(nr::exit_group, {0});
}

void LifeCycle::unshare(Thread& thread, Ends to_parent, Ends grandchild) {
  RuntimeCalls calls(thread, map_buffer(thread, kStackBytes));
  calls.close(to_parent[1]);
  calls.call(nr::prctl, {kSetName, calls.buffer()});
  calls.call(nr::unshare, {spec_.namespaces});
  pid_ = calls.clone(kernel::clone_flag::parent, [this, to_parent, grandchild](Thread& t) {
    program_ = &t;
    RuntimeCalls own(t, map_buffer(t, kStackBytes));
    for (const std::int32_t fd : {grandchild[1], to_parent[0]}) own.close(fd);
    own.call(nr::prctl, {kSetName, own.buffer()});
    own.read(grandchild[0], kSync);
    own.call(nr::setsid, {});
    for (const kernel::SysNr number : {nr::setuid, nr::setgid}) own.call(number, {0});
    own.call(nr::setgroups, {0, 0});
    send(own, grandchild[0], 1);
    own.close(grandchild[0]);
    init(t);
  });
  send(calls, to_parent[0], 2);
  calls.read(to_parent[0], kSync);
  send(calls, to_parent[0], 1);
  calls.attempt(nr::exit_group, {0});
}

}  // namespace isosim::models
