// Independent simulations in processes of their own: one SystemC context a process, and one result a process.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace isosim::cli {

// Called by a worker with what is done and the whole, in the job's own unit.
using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

struct Job {
  std::string name;                                 // for progress and errors
  std::function<std::string(const Progress&)> run;  // returns the result as text; what it throws is reported
};

// Runs the jobs in at most `parallel` processes and returns their texts in the order of `jobs`, whatever
// finished first. Shows progress with an ETA on stderr once a run takes over two seconds. Throws
// std::runtime_error with the first failed job's message.
std::vector<std::string> run_jobs(const std::vector<Job>& jobs, int parallel);

}  // namespace isosim::cli
