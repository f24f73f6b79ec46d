// runsc/fsgofer/filter/config.go and config_amd64.go.
#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/process/seccomp.h"
#include "models/sentry/filter/filter.h"

namespace isosim::models {

namespace {

namespace nr = kernel::nr;

constexpr std::uint64_t kAddSeals = 1033;  // F_ADD_SEALS

FilterRules files() {
  return {
      {nr::accept, {}},
      {nr::fchownat, {}},
      {nr::fstatfs, {}},
      {nr::futex, {where({{1, FUTEX_WAIT_PRIVATE}, {4, 0}}), where({{1, FUTEX_WAKE_PRIVATE}, {4, 0}})}},
      {nr::getdents64, {}},
      {nr::linkat, {}},
      {nr::mkdirat, {}},
      {nr::mmap,
       {where({{3, MAP_SHARED}}), where({{3, MAP_PRIVATE | MAP_ANONYMOUS}}),
        where({{3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED}})}},
      {nr::newfstatat, {}},
      {nr::openat, {}},
      {nr::readlinkat, {}},
      {nr::renameat, {}},
      {nr::shutdown, {where({{1, SHUT_RDWR}})}},
      {nr::symlinkat, {}},
      {nr::unlinkat, {}},
      {nr::utimensat, {}},
  };
}

// The memory, sockets and futexes of flipcall channels.
FilterRules channels() {
  return {
      {nr::fcntl, {where({{1, kAddSeals}})}},
      {nr::futex, {where({{1, FUTEX_WAIT}}), where({{1, FUTEX_WAKE}})}},
      {nr::memfd_create, {}},
      {nr::rt_sigreturn, {}},
      {nr::sendmsg, {where({{2, 0}})}},
      {nr::socketpair, {where({{0, AF_UNIX}, {1, SOCK_SEQPACKET | SOCK_CLOEXEC}, {2, 0}})}},
  };
}

}  // namespace

FilterRules gofer_rules(Release release, std::uint32_t pid) {
  FilterRules rules = common_rules(release, pid);
  rules.merge(files());
  if (release >= Release::r20190529) rules.merge({{nr::fallocate, {where({{1, 0}})}}});
  // SendFD's rule stands before that of the 9P socket.
  if (facts(release).flipcall) rules.merge(channels());
  rules.merge({{nr::sendmsg, {where({{2, MSG_DONTWAIT | MSG_NOSIGNAL}})}}});
  return rules;
}

std::vector<kernel::BpfInstruction> gofer_filter(Release release, bool kill_process_available,
                                                 std::uint32_t pid) {
  return gofer_rules(release, pid)
      .assemble(kill_process_available ? kernel::seccomp_ret::kill_process : kernel::seccomp_ret::trap);
}

}  // namespace isosim::models
