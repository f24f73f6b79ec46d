// What a Go program needs of a kernel, and what both do with files and sockets (runsc/boot/filter/config.go,
// runsc/fsgofer/filter/config.go).
#include <asm/prctl.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <sys/socket.h>

#include "kernel-model/abi/syscall_names.h"
#include "models/sentry/filter/filter.h"

namespace isosim::models {

FilterRules common_rules(Release release, std::uint32_t pid) {
  namespace nr = kernel::nr;
  constexpr std::uint64_t kNewThread =
      CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_SYSVSEM | CLONE_THREAD;
  return {
      {nr::arch_prctl, {where({{0, ARCH_GET_FS}}), where({{0, ARCH_SET_FS}})}},
      {nr::clock_gettime, {}},
      {nr::clone, {where({{0, kNewThread}})}},
      {nr::close, {}},
      {nr::dup, {}},
      {nr::epoll_ctl, {}},
      {nr::epoll_pwait, {where({{4, 0}})}},
      {nr::eventfd2, {where({{0, 0}, {1, 0}})}},
      {nr::exit, {}},
      {nr::exit_group, {}},
      {nr::fchmod, {}},
      {nr::fcntl, {where({{1, F_GETFL}}), where({{1, F_SETFL}}), where({{1, F_GETFD}})}},
      {nr::fstat, {}},
      {nr::fsync, {}},
      {nr::ftruncate, {}},
      {nr::getpid, {}},
      {nr::getrandom, {}},
      {nr::gettid, {}},
      {nr::gettimeofday, {}},
      {nr::lseek, {}},
      {nr::madvise, {}},
      {nr::mprotect, {}},
      {nr::munmap, {}},
      {nr::nanosleep, {}},
      {facts(release).ppoll ? nr::ppoll : nr::poll, {}},
      {nr::pread64, {}},
      {nr::pwrite64, {}},
      {nr::read, {}},
      {nr::recvmsg,
       {where({{2, MSG_DONTWAIT | MSG_TRUNC}}), where({{2, MSG_DONTWAIT | MSG_TRUNC | MSG_PEEK}})}},
      {nr::restart_syscall, {}},
      {nr::rt_sigprocmask, {}},
      {nr::sched_yield, {}},
      {nr::sigaltstack, {}},
      {nr::tgkill, {where({{0, pid}})}},
      {nr::write, {}},
  };
}

}  // namespace isosim::models
