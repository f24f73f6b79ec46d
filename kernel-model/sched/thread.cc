#include "kernel-model/sched/thread.h"

namespace isosim::kernel {

Thread::Thread(Kernel& k, Process& p, std::int32_t thread_id, std::string thread_name)
    : kernel(k), process(&p), tid(thread_id), name(std::move(thread_name)) {}

Thread::~Thread() = default;

}  // namespace isosim::kernel
