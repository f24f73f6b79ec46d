// Pseudo terminals (drivers/tty/pty.c and n_tty.c of Linux 4.4): a master, a slave that may be open many
// times, and the line discipline between them. Bytes are counted, not kept: line ends and control characters
// are those of the text that the writer's call shows. Output arrives with the write that makes it, where
// Linux has a worker push it (flush_to_ldisc); job control stops nobody.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string_view>

#include "kernel-model/fs/placed_file.h"
#include "kernel-model/sched/wait_queue.h"

namespace isosim::kernel {

class Process;
class Vfs;

// What both ends share.
class Pty {
 public:
  static constexpr std::uint64_t kOutputRoom = 65536;  // TTYB_DEFAULT_MEM_LIMIT
  static constexpr std::uint64_t kInputRoom = 4095;    // N_TTY_BUF_SIZE - 1

  explicit Pty(int its_number) : number(its_number) {}

  const int number;      // of /dev/pts/NUMBER
  TerminalModes modes;   // tty_std_termios at first
  bool packets = false;  // TIOCPKT: each read by the master begins with a byte of its own
  bool has_master = true;
  bool hung = false;                         // TTY_OTHER_CLOSED: the last slave was closed
  int slaves = 0;                            // open files
  std::int32_t session = 0, foreground = 0;  // 0: nobody's controlling terminal
  std::uint64_t output = 0;                  // bytes for the master
  std::deque<std::uint64_t> lines;           // for the slave in canonical mode; 0: the end-of-file character
  std::uint64_t typed = 0;  // bytes of a line that is not finished, or all of them in raw mode
  WaitQueue master_wait, slave_wait;

  // What `length` bytes written by a slave are to the master: OPOST and ONLCR put a \r before each \n.
  [[nodiscard]] std::uint64_t printed(std::string_view text, std::uint64_t length) const;

  // n_tty_receive_buf(): the master wrote. Unknown text counts as one line. Signals go to the foreground
  // group.
  void type(Kernel& k, Thread& t, std::string_view text, std::uint64_t length);

  [[nodiscard]] bool input_available() const { return !lines.empty() || (!modes.canonical && typed > 0); }
};

// __tty_hangup(): nobody's terminal any more; the leader of its session is told.
void hang_up(Kernel& k, Thread& t, const std::shared_ptr<Pty>& pty);

class PtyEnd : public PlacedFile {
 public:
  PtyEnd(Path path, std::shared_ptr<Pty> shared) : PlacedFile(std::move(path)), pty(std::move(shared)) {}
  std::int64_t device_ioctl(Kernel& k, Thread& t, std::uint64_t request, std::uint64_t argument,
                            IoctlArgument* data, Out& out) override;
  const std::shared_ptr<Pty> pty;
};

class PtyMaster final : public PtyEnd {
 public:
  using PtyEnd::PtyEnd;
  std::int64_t read(Kernel& k, Thread& t, const Io& io) override;
  std::int64_t write(Kernel& k, Thread& t, const Io& io) override;
  std::int64_t device_ioctl(Kernel& k, Thread& t, std::uint64_t request, std::uint64_t argument,
                            IoctlArgument* data, Out& out) override;
  std::uint32_t poll(Thread& t) override;
  WaitQueue* poll_queue() override { return &pty->master_wait; }
  void release(Kernel& k, Thread& t) override;  // hangs the terminal up
};

class PtySlave final : public PtyEnd {
 public:
  PtySlave(Path path, std::shared_ptr<Pty> shared);
  std::int64_t read(Kernel& k, Thread& t, const Io& io) override;
  std::int64_t write(Kernel& k, Thread& t, const Io& io) override;
  std::int64_t device_ioctl(Kernel& k, Thread& t, std::uint64_t request, std::uint64_t argument,
                            IoctlArgument* data, Out& out) override;
  std::uint32_t poll(Thread& t) override;
  WaitQueue* poll_queue() override { return &pty->slave_wait; }
  void release(Kernel& k, Thread& t) override;
};

// The session of `process`, its leader, has this terminal from now on, and that group in the foreground.
void take_terminal(Process& process, const std::shared_ptr<Pty>& pty);
// No process has it any more.
void drop_terminal(Kernel& k, const std::shared_ptr<Pty>& pty);

// tty_open() of a slave: a session leader without a terminal gets it as its own, unless it asks not to.
Ref<File> open_slave(Thread& t, const Path& path, std::shared_ptr<Pty> pty, std::uint32_t flags);

// /dev/ptmx and /dev/pts/N (fs/devpts). Numbers are the lowest that are free.
class PtyTable {
 public:
  std::int64_t open_master(Thread& t, const Path& path, Ref<File>& out);
  [[nodiscard]] std::shared_ptr<Pty> find(int number) const;

 private:
  std::map<int, std::weak_ptr<Pty>> ptys_;
};

}  // namespace isosim::kernel
