// What comes with a signal (siginfo_t), and the queue of those that are pending.
#pragma once

#include <cstdint>
#include <vector>

namespace isosim::kernel {

// Numbers of x86-64.
namespace signo {
inline constexpr int hup = 1, int_ = 2, quit = 3, ill = 4, trap = 5, abrt = 6, bus = 7, fpe = 8, kill = 9,
                     usr1 = 10, segv = 11, usr2 = 12, pipe = 13, alrm = 14, term = 15, chld = 17, cont = 18,
                     stop = 19, tstp = 20, ttin = 21, ttou = 22, urg = 23, xcpu = 24, xfsz = 25, vtalrm = 26,
                     prof = 27, winch = 28, io = 29, sys = 31, first_realtime = 32, last = 64;
}

constexpr std::uint64_t signal_bit(int signal) { return std::uint64_t{1} << (signal - 1); }

struct SignalInfo {
  // si_code values of use here.
  static constexpr std::int32_t user = 0, kernel = 0x80, queue = -1, timer = -2, message_queue = -3,
                                tkill = -6, exited = 1, killed = 2, dumped = 3, trapped = 4, stopped = 5,
                                continued = 6;
  int signal = 0;
  std::int32_t code = user;
  std::int32_t pid = 0;
  std::uint32_t uid = 0;
  std::int32_t status = 0;     // SIGCHLD: exit status or signal
  std::uint64_t value = 0;     // sigqueue, timers
  std::uint64_t address = 0;   // faults
  std::int32_t timer_id = -1;  // of timer_create
};

// A signal below 32 is queued once, a real-time one as often as it was sent.
using SignalQueue = std::vector<SignalInfo>;

}  // namespace isosim::kernel
