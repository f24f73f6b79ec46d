// Runs a measurement in a process of its own.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

namespace isosim::bench {

// What `run` returns in a fork of this process, which ends without destroying anything: SystemC needs minutes
// to destroy 100,000 threads, SimGrid allows one engine a process, and nobody inherits another's heap. Throws
// std::runtime_error if `run` throws or crashes.
template <class Run>
double in_own_process(Run run) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("no pipe");
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("no process");
  if (child == 0) {
    bool sent = false;
    try {
      const double result = run();
      sent = write(ends[1], &result, sizeof result) == sizeof result;
    } catch (const std::exception&) {
    }
    _exit(sent ? 0 : 1);
  }
  close(ends[1]);
  double result = 0;
  const bool received = read(ends[0], &result, sizeof result) == sizeof result;
  close(ends[0]);
  waitpid(child, nullptr, 0);
  if (!received) throw std::runtime_error("the engine cannot hold so many tasks here");
  return result;
}

}  // namespace isosim::bench
