// runsc/boot/filter/config.go and filter.go, pkg/sentry/platform/{kvm,ptrace}/filters.go.
#include <linux/futex.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <termios.h>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/process/bpf.h"
#include "kernel-model/process/seccomp.h"
#include "models/sentry/filter/filter.h"

namespace isosim::models {

// The kernel refuses a program of more than bpf::max_instructions; the longest of gVisor's has about 550.
const sim::Param seccomp_padding{
    "sentry.seccomp_padding",
    "1",
    0,
    3000,
    0,
    "instructions in front of the Sentry's seccomp filter, executed by each host call",
    "0: the filter as gVisor makes it"};

namespace {

namespace nr = kernel::nr;

constexpr std::uint32_t kRedpill = 0xffffffff;  // syscall(-1): from the guest to the host

FilterRules files_and_memory() {
  constexpr std::uint64_t kAnonymous = MAP_PRIVATE | MAP_ANONYMOUS;
  return {
      {nr::epoll_create1, {}},
      {nr::fallocate, {}},
      {nr::ioctl,
       {where({{1, TCGETS}}), where({{1, TCSETS}}), where({{1, TCSETSF}}), where({{1, TCSETSW}}),
        where({{1, TIOCSWINSZ}}), where({{1, TIOCGWINSZ}})}},
      {nr::mincore, {}},
      {nr::mmap,
       {where({{3, MAP_SHARED}}), where({{3, MAP_PRIVATE}}), where({{3, kAnonymous}}),
        where({{3, kAnonymous | MAP_STACK}}), where({{3, kAnonymous | MAP_NORESERVE}}),
        where({{2, PROT_READ | PROT_WRITE}, {3, kAnonymous | MAP_FIXED}})}},
      {nr::rt_sigaction, {}},
      {nr::rt_sigreturn, {}},
      {nr::setitimer, {}},
      {nr::sync_file_range, {}},
  };
}

// Futexes are the Go runtime's own; from 20200127.0 on also those of flipcall.
FilterRules futexes(Release release) {
  if (facts(release).flipcall)
    return {{nr::futex,
             {where({{1, FUTEX_WAIT_PRIVATE}}), where({{1, FUTEX_WAKE_PRIVATE}}), where({{1, FUTEX_WAIT}}),
              where({{1, FUTEX_WAKE}})}}};
  return {{nr::futex, {where({{1, FUTEX_WAIT_PRIVATE}, {4, 0}}), where({{1, FUTEX_WAKE_PRIVATE}, {4, 0}})}}};
}

// Packets of the sandbox's own network stack, donated sockets, and the socket to the Gofer.
FilterRules sockets(Release release) {
  constexpr std::uint64_t kPacketsAtOnce = 8;  // fdbased.MaxMsgsPerRecv
  const auto option = [](std::uint64_t name) { return where({{1, SOL_SOCKET}, {2, name}}); };
  FilterRules rules{
      {nr::getsockopt, {option(SO_DOMAIN), option(SO_TYPE), option(SO_ERROR), option(SO_SNDBUF)}},
      {nr::recvmmsg, {where({{2, kPacketsAtOnce}, {3, MSG_DONTWAIT}, {4, 0}})}},
      {nr::sendmsg, {where({{2, MSG_DONTWAIT | MSG_NOSIGNAL}})}},
      {nr::writev, {where({{2, 2}})}},
  };
  if (release >= Release::r20190529) rules.merge({{nr::writev, {where({{2, 3}})}}});
  if (release >= Release::r20190806)
    rules.merge({{nr::shutdown, {where({{1, SHUT_RD}}), where({{1, SHUT_WR}})}}});
  rules.merge({{nr::shutdown, {where({{1, SHUT_RDWR}})}}});
  if (release < Release::r20200127) {
    rules.merge({{nr::getsockopt, {option(SO_REUSEADDR)}}});
  } else {
    rules.merge({{nr::dup3, {where({{2, 0}})}}, {nr::sendmmsg, {where({{3, MSG_DONTWAIT}, {4, 0}})}}});
  }
  return rules;
}

FilterRules control_server(std::uint32_t fd) {
  constexpr std::uint64_t kBacklog = 16;  // pkg/unet
  return {
      {nr::accept, {where({{0, fd}})}},
      {nr::listen, {where({{0, fd}, {1, kBacklog}})}},
      {nr::getsockopt, {where({{1, SOL_SOCKET}, {2, SO_PEERCRED}})}},
  };
}

FilterRules platform_calls(SentryPlatform platform) {
  if (platform == SentryPlatform::ptrace)
    return {
        {nr::getcpu, {}}, {nr::ptrace, {}}, {nr::sched_setaffinity, {}}, {nr::tgkill, {}}, {nr::wait4, {}}};
  return {{nr::arch_prctl, {}},    {nr::ioctl, {}},           {nr::mmap, {}},
          {nr::rt_sigsuspend, {}}, {nr::rt_sigtimedwait, {}}, {kRedpill, {}}};
}

}  // namespace

FilterRules sentry_rules(Release release, const SentryFilterOptions& options) {
  FilterRules rules = common_rules(release, options.pid);
  rules.merge(files_and_memory());
  rules.merge(futexes(release));
  rules.merge(sockets(release));
  rules.merge(control_server(options.control_fd));
  rules.merge(platform_calls(options.platform));
  return rules;
}

std::vector<kernel::BpfInstruction> sentry_filter(Release release, const SentryFilterOptions& options,
                                                  bool kill_process_available, std::uint32_t padding) {
  return sentry_rules(release, options)
      .assemble(kill_process_available ? kernel::seccomp_ret::kill_process : kernel::seccomp_ret::trap,
                padding);
}

}  // namespace isosim::models
