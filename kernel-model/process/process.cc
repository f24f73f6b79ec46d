#include "kernel-model/process/process.h"

#include "kernel-model/kernel.h"

namespace isosim::kernel {

Process::Process(Kernel& k, std::int32_t process_id, Process* parent_process)
    : kernel(k),
      pid(process_id),
      parent(parent_process),
      pgid(process_id),
      sid(process_id),
      files(new FdTable),
      handlers(new SignalHandlers) {
  limits.fill({~0ull, ~0ull});
  // INIT_RLIMITS: RLIMIT_MSGQUEUE (MQ_BYTES_MAX), RLIMIT_NICE, RLIMIT_RTPRIO.
  constexpr std::size_t kMsgqueue = 12, kNice = 13, kPriority = 14;
  limits[kMsgqueue] = {819200, 819200};
  limits[kNice] = limits[kPriority] = {0, 0};
}

Process::~Process() = default;

}  // namespace isosim::kernel
