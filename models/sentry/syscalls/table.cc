#include "models/sentry/syscalls/table.h"

#include <array>
#include <vector>

#include "kernel-model/abi/syscall_names.h"

namespace isosim::models {

namespace {

namespace nr = kernel::nr;
using kernel::Cap;
using kernel::SysNr;
using Kind = SentryAnswer::Kind;
using enum Release;

constexpr SysNr kLastOf4_4 = nr::pwritev2;  // the table follows Linux 4.4, with three later calls

constexpr SentryAnswer error(std::int64_t number) { return {.kind = Kind::fixed_errno, .error = number}; }
constexpr SentryAnswer needs(Cap capability) {
  return {.kind = Kind::needs_capability, .error = kernel::ENOSYS_, .capability = capability};
}
constexpr SentryAnswer kMissing{.kind = Kind::missing, .error = kernel::ENOSYS_};
constexpr SentryAnswer kImplemented{};

struct Row {
  Release from;  // until a later row says otherwise
  SentryAnswer answer;
  std::vector<SysNr> calls;
};

const std::vector<Row>& rows() {
  static const std::vector<Row> all{
      // Obsolete or never in Linux, or too much for gVisor.
      {r20190304,
       error(kernel::ENOSYS_),
       {nr::uselib,          nr::ustat,           nr::get_kernel_syms,  nr::query_module,
        nr::nfsservctl,      nr::getpmsg,         nr::putpmsg,          nr::afs_syscall,
        nr::tuxcall,         nr::security,        nr::set_thread_area,  nr::get_thread_area,
        nr::epoll_ctl_old,   nr::epoll_wait_old,  nr::remap_file_pages, nr::vserver,
        nr::set_robust_list, nr::get_robust_list, nr::fanotify_init,    nr::fanotify_mark}},
      {r20190304, error(kernel::EINVAL_), {nr::personality}},
      {r20190304,
       error(kernel::EPERM_),
       {nr::sched_rr_get_interval, nr::modify_ldt, nr::pivot_root, nr::_sysctl}},
      {r20190304, error(kernel::EACCES_), {nr::add_key, nr::request_key, nr::keyctl}},
      {r20190304, error(kernel::ENODEV_), {nr::perf_event_open}},
      {r20190304, error(kernel::EOPNOTSUPP_), {nr::name_to_handle_at, nr::open_by_handle_at}},
      {r20190304,
       error(kernel::EOPNOTSUPP_),
       {nr::setxattr, nr::lsetxattr, nr::fsetxattr, nr::getxattr, nr::lgetxattr, nr::fgetxattr, nr::listxattr,
        nr::llistxattr, nr::flistxattr, nr::removexattr, nr::lremovexattr, nr::fremovexattr}},
      {r20190304, needs(Cap::sys_nice), {nr::sched_setparam, nr::mbind, nr::migrate_pages, nr::move_pages}},
      {r20190304, needs(Cap::sys_tty_config), {nr::vhangup}},
      {r20190304, needs(Cap::sys_time), {nr::adjtimex, nr::settimeofday, nr::clock_adjtime}},
      {r20190304, needs(Cap::sys_pacct), {nr::acct}},
      {r20190304,
       needs(Cap::sys_admin),
       {nr::swapon, nr::swapoff, nr::quotactl, nr::lookup_dcookie, nr::ioprio_set, nr::ioprio_get, nr::bpf}},
      {r20190304, needs(Cap::sys_boot), {nr::reboot, nr::kexec_load, nr::kexec_file_load}},
      {r20190304, needs(Cap::sys_rawio), {nr::iopl, nr::ioperm}},
      {r20190304,
       needs(Cap::sys_module),
       {nr::create_module, nr::init_module, nr::delete_module, nr::finit_module}},
      {r20190304, needs(Cap::sys_ptrace), {nr::kcmp}},
      {r20190304,
       kMissing,
       {nr::msgget,
        nr::msgsnd,
        nr::msgrcv,
        nr::msgctl,
        nr::setfsuid,
        nr::setfsgid,
        nr::sysfs,
        nr::readahead,
        nr::semtimedop,
        nr::mq_open,
        nr::mq_unlink,
        nr::mq_timedsend,
        nr::mq_timedreceive,
        nr::mq_notify,
        nr::mq_getsetattr,
        nr::splice,
        nr::tee,
        nr::vmsplice,
        nr::signalfd,
        nr::signalfd4,
        nr::setns,
        nr::process_vm_readv,
        nr::process_vm_writev,
        nr::sched_setattr,
        nr::sched_getattr,
        nr::renameat2,
        nr::memfd_create,
        nr::execveat,
        nr::userfaultfd,
        nr::membarrier,
        nr::copy_file_range}},

      {r20190529, kImplemented, {nr::memfd_create}},

      // From here on the calls that are missing are listed.
      {r20190806,
       error(kernel::ENOSYS_),
       {nr::msgget,
        nr::msgsnd,
        nr::msgrcv,
        nr::msgctl,
        nr::setfsuid,
        nr::setfsgid,
        nr::sysfs,
        nr::readahead,
        nr::semtimedop,
        nr::mq_open,
        nr::mq_unlink,
        nr::mq_timedsend,
        nr::mq_timedreceive,
        nr::mq_notify,
        nr::mq_getsetattr,
        nr::tee,
        nr::vmsplice,
        nr::signalfd,
        nr::signalfd4,
        nr::process_vm_readv,
        nr::process_vm_writev,
        nr::sched_setattr,
        nr::sched_getattr,
        nr::renameat2,
        nr::execveat,
        nr::userfaultfd,
        nr::membarrier,
        nr::copy_file_range}},
      {r20190806, error(kernel::EOPNOTSUPP_), {nr::setns}},
      {r20190806, kImplemented, {nr::mbind, nr::splice, nr::statx}},

      {r20200127,
       kImplemented,
       {nr::readahead, nr::setxattr, nr::lsetxattr, nr::fsetxattr, nr::getxattr, nr::lgetxattr, nr::fgetxattr,
        nr::tee, nr::signalfd, nr::signalfd4, nr::execveat, nr::rseq}},
      {r20200127,
       error(kernel::ENOSYS_),
       {nr::pkey_mprotect, nr::pkey_alloc, nr::pkey_free, nr::io_pgetevents, nr::pidfd_send_signal,
        nr::io_uring_setup, nr::io_uring_enter, nr::io_uring_register, nr::open_tree, nr::move_mount,
        nr::fsopen, nr::fsconfig, nr::fsmount, nr::fspick, nr::pidfd_open, nr::clone3}},
  };
  return all;
}

using Table = std::array<SentryAnswer, kernel::kSyscallLimit>;

std::array<Table, kReleases.size()> make_tables() {
  std::array<Table, kReleases.size()> tables;
  for (const Release release : kReleases) {
    Table& table = tables[static_cast<std::size_t>(release)];
    for (std::size_t number = kLastOf4_4 + 1u; number < table.size(); ++number) table[number] = kMissing;
    for (const Row& row : rows())
      if (row.from <= release)
        for (const SysNr number : row.calls) table[number] = row.answer;
  }
  return tables;
}

}  // namespace

bool sentry_modelled(SysNr number) {
  switch (number) {
    case nr::io_setup:
    case nr::io_destroy:
    case nr::io_submit:
    case nr::io_getevents:
    case nr::io_cancel:
      return false;
    default:
      return true;
  }
}

SentryAnswer sentry_call(Release release, SysNr number) {
  static const std::array<Table, kReleases.size()> tables = make_tables();
  return number < kernel::kSyscallLimit ? tables[static_cast<std::size_t>(release)][number] : kMissing;
}

}  // namespace isosim::models
