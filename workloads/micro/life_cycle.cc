// Containers by the second: HotCloud'19 3.1 creates and destroys them in one to ten threads.
#include <fmt/core.h>

#include <stdexcept>

#include "workloads/call_statistics.h"
#include "workloads/micro/programs.h"
#include "workloads/micro/workload.h"

namespace isosim::workloads::programs {

Result container_life_cycle(Program& program) {
  constexpr std::uint64_t kMostThreads = 10;
  const std::uint64_t threads = program.number("threads");
  if (threads > kMostThreads)
    throw std::invalid_argument("--arg threads=" + program.text("threads") + ": want 1 to 10");
  models::Stack& stack = program.stack();
  Result result;
  const std::uint64_t count = program.number("count");
  std::uint64_t done = 0;
  const sim::Time start = stack.engine().now();
  sim::Time end = start;
  stack.life_cycles(static_cast<unsigned>(threads), count, [&](sim::Time span) {
    program.add_latency(span);
    end = stack.engine().now();
    if (program.progress) program.progress(++done, count);
  });
  result.simulated = end - start;
  result.digest = stack.engine().digest();
  result.latency = summarise(program.latency());
  result.exits = stack.exits();
  result.use = stack.host().sched->use();
  result.notes.push_back(
      fmt::format("{:.2f} containers a second; an operation is a \"docker run --rm\" of an empty program, "
                  "from the command's "
                  "execve to its end; the daemons' sockets and netlink's answers are not modelled",
                  static_cast<double>(count) / (static_cast<double>(result.simulated.ps) / 1e12)));
  return result;
}

}  // namespace isosim::workloads::programs
