// What the calls of misc/ keep for a whole kernel.
#pragma once

#include <cstdint>
#include <string>

#include "sim/path.h"
#include "sim/time.h"

namespace isosim::kernel {

class Kernel;
class Process;
class Thread;

struct MiscPaths {
  explicit MiscPaths(const Kernel& kernel);
  sim::PathId getuid, field, uname, sysinfo, getrandom, gettimeofday, clock_gettime, time, getrusage, prlimit,
      prctl, getaffinity, setaffinity, sched_parameters, set_credentials, capget, membarrier, shmget, shmat,
      shmdt, shmctl, semget, semop, semctl, msgget, msgsnd, msgrcv, msgctl, seccomp_load;
};

struct MiscState {
  explicit MiscState(const Kernel& kernel);

  MiscPaths paths;
  std::int64_t boot_seconds;    // CLOCK_REALTIME at the start of the run
  std::int64_t uptime_seconds;  // CLOCK_MONOTONIC at the start of the run
  int last_capability;
  std::int64_t possible_cpus;
};

}  // namespace isosim::kernel
