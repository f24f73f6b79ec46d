#include "kernel-model/ipc/ipc_state.h"

#include "kernel-model/fs/vfs.h"
#include "kernel-model/ipc/pipe.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

IpcState::IpcState(Kernel& kernel) : paths(kernel), net(kernel) { kernel.vfs->open_fifo = open_fifo; }
IpcState::~IpcState() = default;

}  // namespace isosim::kernel
