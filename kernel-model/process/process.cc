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
}

Process::~Process() = default;

}  // namespace isosim::kernel
