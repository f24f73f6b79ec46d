// A stack: everything under a program, from the kernel that answers its calls down to the hardware. Built
// from a platform file and a machine file (models/platform.h); workloads see only this.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cpu/cpu.h"
#include "kernel-model/fs/file.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"
#include "sim/engine.h"
#include "sim/params.h"

namespace isosim::models {

// Counts of hardware exits, by where they were handled; all zero without virtualisation.
struct ExitCounts {
  std::uint64_t kernel = 0, user = 0, page_fault = 0;
};

// Of a kernel between the program and the host: how many system calls it has an implementation of, and how
// many it may make itself. Both 0 where there is none.
struct CallInterface {
  std::size_t offered = 0, host = 0;
};

// What the platform's user gives the program.
struct Donation {
  kernel::Ref<kernel::File> file;                 // of the host's kernel; null: /dev/null
  std::uint32_t flags = kernel::open_flag::rdwr;  // of /dev/null
  bool terminal = false;
  bool close_on_exec = false;
};

// Who answers gettimeofday on a platform whose kernel has servers of its own.
enum class TimeServer : std::uint8_t { sentry, host, gofer };

class Stack {
 public:
  virtual ~Stack() = default;

  // The kernel that the program's calls enter: the Linux model on native and runc.
  virtual kernel::SyscallTarget& target() = 0;
  virtual kernel::Kernel& host() = 0;
  // Whose threads the program's are: the host's, or the kernel that stands on it.
  virtual kernel::Kernel& kernel() { return host(); }

  // Puts a file into the program's view of the file system. Costs no time. Returns 0 or a negative errno.
  virtual std::int64_t populate(const kernel::InitialFile& file) = 0;

  // The program's working directory and umask at its start. Returns 0 or a negative errno.
  virtual std::int64_t set_directory(std::string_view path, std::uint32_t umask) = 0;

  // The process that the platform made for the program (for runc: the container's, after create and start).
  virtual kernel::Process& program() = 0;

  // Has the program start with a file of the host's kernel as descriptor `fd`, if the platform hands files of
  // the host through to it; false: it does not, and the program's own thread has to open what it starts with.
  // null: the host's /dev/null. Before program().
  virtual bool donate(std::int32_t /*fd*/, const Donation& /*donation*/) { return false; }

  // Starts a thread of `process` that runs `body`; at once, or when the platform is ready.
  virtual kernel::Thread& start(kernel::Process& process, std::string name,
                                std::function<void(kernel::Thread&)> body) = 0;

  // The directory behind --arg storage=NAME (image, tmpfs, ...). Throws std::invalid_argument, naming those
  // there are.
  [[nodiscard]] virtual std::string storage(std::string_view name) const = 0;

  // Why this platform is known to return `returned` where the Linux of a record may have returned something
  // else; empty if it is not. Lives as long as the stack.
  [[nodiscard]] virtual std::string_view known_difference(const kernel::Sys&,
                                                          std::int64_t /*returned*/) const {
    return {};
  }

  // Creates, starts and deletes `count` containers with a program that ends at once, at most `clients` at the
  // same time; `cycle` gets the span of each. Runs the engine; once, and nothing else runs on this stack
  // then. Throws std::invalid_argument if the platform has no containers.
  virtual void life_cycles(unsigned clients, std::uint64_t count,
                           const std::function<void(sim::Time)>& cycle) = 0;

  // Has gettimeofday answered by `server`. False if there is no choice: the kernel that programs call answers
  // it.
  virtual bool serve_time(TimeServer /*server*/) { return false; }

  [[nodiscard]] virtual CallInterface call_interface() const { return {}; }
  [[nodiscard]] virtual ExitCounts exits() const { return {}; }

  virtual sim::Engine& engine() = 0;
  virtual cpu::Cpu& cpu() = 0;
  virtual const sim::Catalogue& catalogue() const = 0;

  // What feeds the waveforms with what is charged; null unless the request named a VCD file.
  virtual sim::Observer* waveforms() = 0;

  // Runs until nothing is pending that is due before `limit`. True if something is pending then. May be
  // called again, also after a stuck thread was helped on.
  virtual bool run_before(sim::Time limit) = 0;
  void run() { run_before(sim::Time::max()); }
};

}  // namespace isosim::models
