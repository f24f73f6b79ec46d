#include "kernel-model/misc/misc_state.h"

#include "kernel-model/kernel.h"

namespace isosim::kernel {

namespace {

const sim::Param boot_time{"kernel.realtime_at_start",
                           "s",
                           0,
                           4e9,
                           1546300800,
                           "CLOCK_REALTIME when the run starts, seconds since 1970",
                           "2019-01-01; costs do not depend on it"};
const sim::Param uptime{"kernel.uptime_at_start",
                        "s",
                        0,
                        1e9,
                        86400,
                        "CLOCK_MONOTONIC when the run starts",
                        "one day; costs do not depend on it"};
const sim::Param param_last_capability{
    "kernel.last_capability",
    "1",
    31,
    63,
    40,
    "highest capability number that exists",
    "CAP_LAST_CAP: 37 in Linux 4.4, 40 since 5.9, where traces are recorded"};
const sim::Param param_possible_cpus{
    "kernel.possible_cpus",
    "1",
    0,
    8192,
    0,
    "CPUs that a kernel makes room for (nr_cpu_ids), which sched_getaffinity's result tells; "
    "0: the machine's",
    "CPUs that may be plugged in count too: firmware tables, virtual machine monitors"};

}  // namespace

MiscPaths::MiscPaths(const Kernel& k)
    : getuid(k.path("misc.getuid")),
      field(k.path("misc.field")),
      uname(k.path("misc.uname")),
      sysinfo(k.path("misc.sysinfo")),
      getrandom(k.path("misc.getrandom")),
      gettimeofday(k.path("misc.gettimeofday")),
      clock_gettime(k.path("misc.clock_gettime")),
      time(k.path("misc.time")),
      getrusage(k.path("misc.getrusage")),
      prlimit(k.path("misc.prlimit")),
      prctl(k.path("misc.prctl")),
      getaffinity(k.path("misc.getaffinity")),
      setaffinity(k.path("misc.setaffinity")),
      sched_parameters(k.path("misc.sched_parameters")),
      set_credentials(k.path("misc.set_credentials")),
      capget(k.path("misc.capget")),
      membarrier(k.path("misc.membarrier")),
      shmget(k.path("misc.shmget")),
      shmat(k.path("misc.shmat")),
      shmdt(k.path("misc.shmdt")),
      shmctl(k.path("misc.shmctl")),
      semget(k.path("misc.semget")),
      semop(k.path("misc.semop")),
      semctl(k.path("misc.semctl")),
      msgget(k.path("misc.msgget")),
      msgsnd(k.path("misc.msgsnd")),
      msgrcv(k.path("misc.msgrcv")),
      msgctl(k.path("misc.msgctl")),
      seccomp_load(k.path("misc.seccomp_load")) {}

MiscState::MiscState(const Kernel& k)
    : paths(k),
      boot_seconds(k.settings.integer(boot_time)),
      uptime_seconds(k.settings.integer(uptime)),
      last_capability(static_cast<int>(k.settings.integer(param_last_capability))),
      possible_cpus(k.settings.integer(param_possible_cpus)) {}

}  // namespace isosim::kernel
