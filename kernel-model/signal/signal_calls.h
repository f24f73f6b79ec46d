// Parts of the signal calls that lie in other files.
#pragma once

namespace isosim::kernel {

class SyscallTable;

void register_signal_sending(SyscallTable& table);  // send_calls.cc
void register_signalfd_calls(SyscallTable& table);

}  // namespace isosim::kernel
