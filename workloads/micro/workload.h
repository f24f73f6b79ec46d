// Named workloads: small programs that issue calls on whatever stack they are given.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "models/stack.h"
#include "sim/observe/histogram.h"
#include "workloads/result.h"

namespace isosim::workloads {

// A --arg of a workload.
struct Argument {
  std::string_view name;
  std::string_view default_value;
  std::string_view help;
};

// What a workload's program works with.
class Program {
 public:
  Program(models::Stack& stack, std::map<std::string, std::string> arguments)
      : stack_(stack), arguments_(std::move(arguments)) {}

  // Argument values; throw std::invalid_argument that names the argument and what would be right.
  [[nodiscard]] std::uint64_t number(std::string_view name) const;  // 4096, 64KiB
  [[nodiscard]] std::string text(std::string_view name) const;

  [[nodiscard]] models::Stack& stack() { return stack_; }
  [[nodiscard]] kernel::Thread& thread() { return *thread_; }
  void run_on(kernel::Thread& thread) { thread_ = &thread; }

  // A system call; throws std::runtime_error if it fails.
  std::int64_t call(kernel::SysNr nr, std::initializer_list<std::uint64_t> args, std::string_view path = {},
                    int path_at = -1);
  void touch(kernel::Address address, std::uint64_t length, bool write);
  void compute(std::uint64_t cycles);  // user instructions at the core's base frequency

  // Times what `operation` does as one operation of the workload.
  void add_latency(sim::Time span);
  template <class F>
  void measure(F&& operation) {
    const sim::Time start = thread_->now();
    operation();
    add_latency(thread_->now() - start);
  }
  [[nodiscard]] const sim::Histogram& latency() const { return latency_; }
  [[nodiscard]] std::uint64_t calls() const { return calls_; }
  // What a reader should know of this run.
  void note(std::string text) { notes_.push_back(std::move(text)); }
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

  // Told now and then how many operations of all are timed; empty: nobody is.
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;

 private:
  models::Stack& stack_;
  std::map<std::string, std::string> arguments_;
  kernel::Thread* thread_ = nullptr;
  kernel::Sys sys_;
  sim::Histogram latency_;
  std::uint64_t calls_ = 0;
  std::vector<std::string> notes_;
};

struct Workload {
  std::string_view name;
  std::string_view help;
  std::string_view example;  // arguments of `isosim run`
  std::vector<Argument> arguments;
  void (*prepare)(Program& program);  // before the clock starts: files that exist; may be null
  void (*run)(Program& program);
  Result (*whole)(Program& program) = nullptr;  // in place of both: more than one program's loop
  bool from_idle = false;  // a program that is run once, on a machine that idled: others come after many such
};

// All of them, by name.
const std::vector<Workload>& workloads();

// What is set (as --set takes it) for a run of that workload unless the user says otherwise.
std::vector<std::string> settings_of(std::string_view name);

// Throws std::invalid_argument, with the nearest name, for an unknown workload or argument.
Result run_workload(models::Stack& stack, std::string_view name,
                    const std::map<std::string, std::string>& arguments,
                    std::function<void(std::uint64_t, std::uint64_t)> progress = {});

}  // namespace isosim::workloads
