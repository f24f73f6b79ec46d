#include "kernel-model/ipc/ipc_state.h"

#include "kernel-model/kernel.h"

namespace isosim::kernel {

IpcState::IpcState(Kernel& kernel) : paths(kernel), net(kernel) {}
IpcState::~IpcState() = default;

}  // namespace isosim::kernel
