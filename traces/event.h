// One line of a trace, whatever it was written in: a system call, a signal, an exit.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace isosim::traces {

// An argument as far as its text alone tells; what a structure means is the affair of whoever knows the call.
struct Arg {
  enum class Kind : std::uint8_t {
    integer,    // 42, 0x7f00, -1, 0640, NULL, SEEK_SET, O_RDONLY|O_CLOEXEC (known names become their value)
    string,     // "..." unescaped; `truncated` if strace cut it
    structure,  // {...}, [...], and anything else that is neither number nor string: text as printed
    missing,    // not printed: the call never returned, or the line was cut
  };
  Kind kind = Kind::missing;
  bool truncated = false;
  std::int64_t value = 0;  // integer
  std::string_view
      text;  // string: its bytes; structure: as printed; integer made of unknown names: as printed
  std::string_view note;  // what -y, -yy put in <...> after a descriptor, without the brackets
};

enum class EventKind : std::uint8_t {
  call,
  signal,  // --- SIGCHLD {...} ---
  exited,  // +++ exited with N +++; or, with `name` == "superseded", the thread ended because thread `result`
           // called execve: what follows in this stream is that thread, which took over this tid
  killed,  // +++ killed by SIGX (core dumped) +++
  stopped,  // --- stopped by SIGX ---
};

enum class ReturnKind : std::uint8_t {
  value,    // = 3, = 0x7f..., = -1 ENOENT
  restart,  // = ? ERESTARTSYS and its kin: `error` is 512, 513, 514 or 516
  none,     // = ? : the call did not return (exit_group, killed, detached)
};

// Views point into the reader's storage and live until it advances or, in the binary format, as long as the
// file.
struct Event {
  EventKind kind = EventKind::call;
  ReturnKind return_kind = ReturnKind::value;
  bool injected = false;      // tampered by strace (INJECTED)
  std::uint16_t nr = 0xFFFF;  // x86-64 number; 0xFFFF: not known
  std::uint8_t argc = 0;
  std::int32_t tid = 0;  // as recorded
  std::int64_t start_ns =
      0;  // entry, since the first event of the trace; see TraceInfo for the absolute time. Of a trace
          // without times (TraceInfo::timestamps): 1 ns a line, for the order alone
  std::int64_t duration_ns =
      -1;  // inside the call as strace saw it (-T), or from unfinished to resumed; -1: unknown
  std::int64_t result = 0;       // value; -errno for failures
  std::uint64_t sequence = 0;    // position of the call's entry in the recorded order of all threads
  std::uint64_t line = 0;        // line of the call's entry in the source (of this thread's file with -ff)
  std::int32_t error = 0;        // errno, or the ERESTART code
  std::int32_t signal = 0;       // signal, killed, stopped: number. exited: status
  std::string_view name;         // call name as printed; signal: "SIGCHLD"
  std::string_view return_text;  // what follows the value: "(flags ...)", "<...>" notes; empty mostly
  std::string_view signal_info;  // {si_signo=...}
  Arg args[7];  // in the order of the registers, for clone too (flags, stack, parent_tid, child_tid, tls)
};

}  // namespace isosim::traces
