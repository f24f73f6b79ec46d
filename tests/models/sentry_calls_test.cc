// Every call that a release of gVisor answers by a function has a model, but for those listed here.
#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <string>

#include "kernel-model/entry/syscall_table.h"
#include "models/sentry/syscalls/table.h"

using namespace isosim;
using models::Release;
namespace nr = kernel::nr;

namespace {

kernel::SyscallTable modelled() {
  kernel::SyscallTable table;
  kernel::register_fs_calls(table);
  kernel::register_mm_calls(table);
  kernel::register_process_calls(table);
  kernel::register_signal_calls(table);
  kernel::register_ipc_calls(table);
  kernel::register_misc_calls(table);
  return table;
}

using Reasons = std::map<std::string, std::string>;

// What takes the default path, is counted and reported as such, and why.
const Reasons kSentry{
    {"io_setup", "asynchronous I/O: a goroutine for each request"},
    {"io_destroy", "as io_setup"},
    {"io_getevents", "as io_setup"},
    {"io_submit", "as io_setup"},
    {"io_cancel", "as io_setup"},
    {"mbind", "a policy of a range, for memory that is one node here"},
};

}  // namespace

TEST_CASE("what the Sentry implements is modelled", "[gvisor]") {
  const kernel::SyscallTable table = modelled();
  std::set<std::string> missing;
  for (const Release release : models::kReleases)
    for (kernel::SysNr number = 0; number < kernel::kSyscallLimit; ++number) {
      const bool implemented =
          models::sentry_call(release, number).kind == models::SentryAnswer::Kind::implemented;
      if (implemented && !(table.get(number) && models::sentry_modelled(number)))
        missing.emplace(kernel::syscall_name(number));
    }
  std::set<std::string> known;
  for (const auto& [call, reason] : kSentry) {
    WARN(call << ": no model in the Sentry: " << reason);
    known.insert(call);
  }
  CHECK(missing == known);
}

// Native Linux: the calls of Linux 6.13's table that take the default path. Each is of a kind that is listed.
TEST_CASE("calls of Linux without a model are of known kinds") {
  const std::map<std::string, std::set<std::string>> kinds{
      {"never in Linux, or gone from it",
       {"_sysctl", "afs_syscall", "create_module", "epoll_ctl_old", "epoll_wait_old", "get_kernel_syms",
        "getpmsg", "nfsservctl", "putpmsg", "query_module", "security", "tuxcall", "uselib", "vserver",
        "lookup_dcookie", "sysfs", "ustat", "remap_file_pages"}},
      {"for administrators of the machine",
       {"acct", "adjtimex", "clock_adjtime", "delete_module", "finit_module", "init_module",
        "kexec_file_load", "kexec_load", "quotactl", "quotactl_fd", "reboot", "swapoff", "swapon", "bpf",
        "perf_event_open", "fanotify_init", "fanotify_mark", "open_by_handle_at"}},
      {"newer than the kernels modelled, which refuse them (entry/newer_calls.h)",
       {"cachestat",
        "fsconfig",
        "fsmount",
        "fsopen",
        "fspick",
        "futex_requeue",
        "futex_wait",
        "futex_waitv",
        "futex_wake",
        "getxattrat",
        "io_pgetevents",
        "io_uring_enter",
        "io_uring_register",
        "io_uring_setup",
        "landlock_add_rule",
        "landlock_create_ruleset",
        "landlock_restrict_self",
        "listmount",
        "listxattrat",
        "lsm_get_self_attr",
        "lsm_list_modules",
        "lsm_set_self_attr",
        "map_shadow_stack",
        "memfd_secret",
        "mount_setattr",
        "move_mount",
        "mseal",
        "open_tree",
        "pidfd_getfd",
        "pkey_alloc",
        "pkey_free",
        "pkey_mprotect",
        "process_madvise",
        "process_mrelease",
        "removexattrat",
        "set_mempolicy_home_node",
        "setxattrat",
        "statmount"}},
      {"keys", {"add_key", "keyctl", "request_key"}},
      {"another process's memory, or nodes of it",
       {"kcmp", "mbind", "migrate_pages", "move_pages", "userfaultfd"}},
      {"segments of 32-bit code", {"get_thread_area", "modify_ldt", "set_thread_area"}},
      {"pages between pipes and memory", {"vmsplice"}},
  };
  const kernel::SyscallTable table = modelled();
  std::set<std::string> missing, known;
  for (kernel::SysNr number = 0; number < kernel::kSyscallLimit; ++number)
    if (!table.get(number) && !kernel::syscall_name(number).empty())
      missing.emplace(kernel::syscall_name(number));
  for (const auto& [kind, calls] : kinds) known.insert(calls.begin(), calls.end());
  CHECK(missing == known);
}
