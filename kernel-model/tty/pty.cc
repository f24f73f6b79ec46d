#include "kernel-model/tty/pty.h"

#include <algorithm>

#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"
#include "kernel-model/signal/signal.h"

namespace isosim::kernel {

namespace {

constexpr int kSigInt = 2, kSigQuit = 3, kSigTstp = 20;
constexpr char kInterrupt = 3, kEndOfFile = 4, kQuit = 28, kSuspend = 26;  // INIT_C_CC

void signal_group(Kernel& k, Thread& t, std::int32_t group, int signal) {
  std::vector<Process*> members;
  for (const auto& [pid, process] : k.processes)
    if (process->pgid == group && !process->zombie) members.push_back(process.get());
  for (Process* member : members) send_signal(k, &t, *member, SignalInfo{.signal = signal});
}

int signal_of(char c) {
  return c == kInterrupt ? kSigInt : c == kQuit ? kSigQuit : c == kSuspend ? kSigTstp : 0;
}

std::string node_of(int number) { return "/dev/pts/" + std::to_string(number); }

}  // namespace

std::uint64_t Pty::printed(std::string_view text, std::uint64_t length) const {
  auto ends = std::count(text.begin(), text.end(), '\n');
  if (ends == 0 && text.size() < length) ++ends;  // stdio writes to a terminal by lines: unseen, at the end
  return length + (modes.adds_carriage_return ? static_cast<std::uint64_t>(ends) : 0);
}

void Pty::type(Kernel& k, Thread& t, std::string_view text, std::uint64_t length) {
  const std::uint64_t unknown = length - std::min<std::uint64_t>(length, text.size());
  for (const char c : text.substr(0, length)) {
    const int signal = modes.signals ? signal_of(c) : 0;
    const bool ends = c == '\n' || (c == '\r' && modes.carriage_return_ends);
    if (modes.echo) output += ends ? 2u : c >= 0 && c < ' ' && c != '\t' ? 2u : 1u;  // "^C": ECHOCTL
    if (signal != 0) {
      lines.clear();
      typed = 0;
      if (foreground != 0) signal_group(k, t, foreground, signal);
    } else if (modes.canonical && c == kEndOfFile) {
      lines.push_back(std::exchange(typed, 0));
    } else {
      ++typed;
      if (modes.canonical && ends) lines.push_back(std::exchange(typed, 0));
    }
  }
  typed += unknown;
  if (modes.echo) output += unknown;
  if (modes.canonical && text.empty() && typed > 0) lines.push_back(std::exchange(typed, 0));
  if (input_available()) slave_wait.wake(k, &t, WaitQueue::all, poll_bit::readable);
  if (output > 0) master_wait.wake(k, &t, WaitQueue::all, poll_bit::readable);
}

void take_terminal(Process& process, const std::shared_ptr<Pty>& pty) {
  pty->session = process.sid;
  pty->foreground = process.pgid;
  process.terminal = true;
  process.pty = pty;
}

void drop_terminal(Kernel& k, const std::shared_ptr<Pty>& pty) {
  for (const auto& [pid, process] : k.processes)
    if (process->pty == pty) process->pty = nullptr, process->terminal = false;
  pty->session = pty->foreground = 0;
}

Ref<File> open_slave(Thread& t, const Path& path, std::shared_ptr<Pty> pty, std::uint32_t flags) {
  Process& process = *t.process;
  if (!(flags & open_flag::noctty) && process.pid == process.sid && !process.terminal && pty->session == 0)
    take_terminal(process, pty);
  return new PtySlave(path, std::move(pty));
}

std::int64_t PtyTable::open_master(Thread& t, const Path& path, Ref<File>& out) {
  Vfs& vfs = *t.kernel.vfs;
  int number = 0;
  while (find(number) || vfs.find(*t.process->fs, node_of(number)).dentry) ++number;
  auto pty = std::make_shared<Pty>(number);
  ptys_[number] = pty;
  const Credentials& who = t.process->credentials;
  vfs.populate(*t.process->fs, {.path = node_of(number),
                                .mode = file_mode::character | 0620,
                                .uid = who.fsuid,
                                .gid = who.fsgid,
                                .rdev = 136 * 256 + static_cast<std::uint64_t>(number)});
  out = new PtyMaster(path, std::move(pty));
  return 0;
}

std::shared_ptr<Pty> PtyTable::find(int number) const {
  const auto found = ptys_.find(number);
  return found == ptys_.end() ? nullptr : found->second.lock();
}

void hang_up(Kernel& k, Thread& t, const std::shared_ptr<Pty>& pty) {
  constexpr int kSigHup = 1, kSigCont = 18;
  Process* leader = pty->session != 0 ? k.find_process(pty->session) : nullptr;
  drop_terminal(k, pty);
  if (leader && !leader->zombie) {
    send_signal(k, &t, *leader, SignalInfo{.signal = kSigHup});
    send_signal(k, &t, *leader, SignalInfo{.signal = kSigCont});
  }
  pty->slave_wait.wake(k, &t, WaitQueue::all);
}

void PtyMaster::release(Kernel& k, Thread& t) {
  pty->has_master = false;
  hang_up(k, t, pty);
  if (t.process->fs) k.vfs->populate(*t.process->fs, {.path = node_of(pty->number), .mode = 0});
}

PtySlave::PtySlave(Path path, std::shared_ptr<Pty> shared) : PtyEnd(std::move(path), std::move(shared)) {
  ++pty->slaves;
  pty->hung = false;
}

void PtySlave::release(Kernel& k, Thread& t) {
  if (--pty->slaves > 0) return;
  pty->hung = true;
  pty->master_wait.wake(k, &t, WaitQueue::all);
}

}  // namespace isosim::kernel
