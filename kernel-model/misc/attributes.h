// What prctl(2) and its neighbours set on processes and threads.
#pragma once

#include <cstdint>

namespace isosim::kernel {

struct ProcessAttributes {
  std::uint32_t personality = 0;
  int dumpable = 1;  // SUID_DUMP_USER
  bool no_new_privs = false;
  bool keep_capabilities = false;  // PR_SET_KEEPCAPS
  bool membarrier_registered = false;
  std::uint32_t securebits = 0;
  int parent_death_signal = 0;   // PR_SET_PDEATHSIG; 0: none
  bool child_subreaper = false;  // PR_SET_CHILD_SUBREAPER
  int memory_error_policy = 2;   // PR_MCE_KILL: early 1, default 2, late 0
  int time_stamp_counter = 1;    // PR_SET_TSC: 1 enabled, 2 SIGSEGV; kept, nothing reads the counter
};

namespace sched_policy {  // SCHED_*, include/uapi/linux/sched.h
inline constexpr int normal = 0, fifo = 1, round_robin = 2, batch = 3, idle = 5, deadline = 6;
inline constexpr bool real_time(int policy) { return policy == fifo || policy == round_robin; }
}  // namespace sched_policy

struct ThreadAttributes {
  int policy = sched_policy::normal;
  int rt_priority = 0;                                           // 1 to 99 under SCHED_FIFO and SCHED_RR
  bool reset_on_fork = false;                                    // children begin with SCHED_NORMAL
  std::uint64_t dl_runtime = 0, dl_deadline = 0, dl_period = 0;  // of SCHED_DEADLINE, ns
  int io_priority = 0;                                           // ioprio_set's number: class << 13 | data
  std::uint64_t fs_base = 0, gs_base = 0;                        // arch_prctl
  std::uint64_t rseq = 0;                                        // address of struct rseq; 0: not registered
  std::uint32_t rseq_length = 0, rseq_signature = 0;
  std::uint32_t memory_policy = 0;  // set_mempolicy: MPOL_* and its flags
  std::uint64_t memory_nodes = 0;
};

}  // namespace isosim::kernel
