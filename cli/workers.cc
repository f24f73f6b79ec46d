#include "cli/workers.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <exception>
#include <stdexcept>
#include <string_view>

#include "cli/progress.h"
#include "cli/text_table.h"

namespace isosim::cli {

namespace {

// What goes through a worker's pipe: 'P' with two numbers as often as it likes, then 'R' with the result or
// 'E' with an error message; a length follows the letter.
void send(int fd, char kind, std::string_view text) {
  std::string message = fmt::format("{}{} ", kind, text.size());
  message += text;
  for (std::size_t sent = 0; sent < message.size();) {
    const ssize_t n = ::write(fd, message.data() + sent, message.size() - sent);
    if (n <= 0) _exit(3);  // the parent is gone
    sent += static_cast<std::size_t>(n);
  }
}

struct Worker {
  std::size_t job = 0;
  pid_t pid = -1;
  int fd = -1;
  std::string buffer;
  bool finished = false;  // an R or E came
};

[[noreturn]] void work(const Job& job, int fd) {
  try {
    const std::string result = job.run(
        [fd](std::uint64_t done, std::uint64_t total) { send(fd, 'P', fmt::format("{} {}", done, total)); });
    send(fd, 'R', result);
  } catch (const std::exception& error) {
    send(fd, 'E', error.what());
  }
  std::fflush(nullptr);
  _exit(0);
}

Worker launch(const std::vector<Job>& jobs, std::size_t index) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) throw std::runtime_error("cannot create a pipe for a worker process");
  std::fflush(nullptr);
  const pid_t pid = ::fork();
  if (pid < 0) throw std::runtime_error("cannot start a worker process");
  if (pid == 0) {
    ::close(ends[0]);
    work(jobs[index], ends[1]);
  }
  ::close(ends[1]);
  return {index, pid, ends[0], {}, false};
}

class Board {
 public:
  Board(const std::vector<Job>& jobs, int parallel)
      : jobs_(jobs), parallel_(parallel), results_(jobs.size()), progress_(jobs.size()) {}

  std::vector<std::string> run() {
    std::size_t next = 0;
    while (next < jobs_.size() || !workers_.empty()) {
      while (next < jobs_.size() && workers_.size() < static_cast<std::size_t>(parallel_))
        workers_.push_back(launch(jobs_, next++));
      wait_for_output();
    }
    bar_.clear();
    if (!error_.empty()) throw std::runtime_error(error_);
    return std::move(results_);
  }

 private:
  void wait_for_output() {
    std::vector<pollfd> fds;
    for (const Worker& worker : workers_) fds.push_back({worker.fd, POLLIN, 0});
    ::poll(fds.data(), fds.size(), 500);
    for (std::size_t i = fds.size(); i-- > 0;)
      if (fds[i].revents != 0 && !read_from(workers_[i])) reap(i);
    show();
  }

  bool read_from(Worker& worker) {
    std::array<char, 65536> chunk{};
    const ssize_t n = ::read(worker.fd, chunk.data(), chunk.size());
    if (n <= 0) return false;
    worker.buffer.append(chunk.data(), static_cast<std::size_t>(n));
    while (take_message(worker)) {
    }
    return true;
  }

  bool take_message(Worker& worker) {
    const std::size_t space = worker.buffer.find(' ');
    if (space == std::string::npos) return false;
    std::size_t length = 0;
    std::from_chars(worker.buffer.data() + 1, worker.buffer.data() + space, length);
    if (worker.buffer.size() < space + 1 + length) return false;
    const std::string text = worker.buffer.substr(space + 1, length);
    const char kind = worker.buffer[0];
    worker.buffer.erase(0, space + 1 + length);
    if (kind == 'P') {
      const char* end = text.data() + text.size();
      Share& share = progress_[worker.job];
      const auto first = std::from_chars(text.data(), end, share.done);
      std::from_chars(first.ptr + 1, end, share.total);
    } else {
      worker.finished = true;
      progress_[worker.job] = {1, 1};
      if (kind == 'R') results_[worker.job] = text;
      if (kind == 'E' && error_.empty()) error_ = text;
    }
    return true;
  }

  void reap(std::size_t i) {
    Worker& worker = workers_[i];
    ::close(worker.fd);
    int status = 0;
    ::waitpid(worker.pid, &status, 0);
    if (!worker.finished && error_.empty()) {
      error_ = WIFSIGNALED(status)
                   ? fmt::format("{}: the simulation was ended by signal {}", jobs_[worker.job].name,
                                 WTERMSIG(status))
                   : fmt::format("{}: the simulation ended without a result", jobs_[worker.job].name);
    }
    workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(i));
  }

  struct Share {
    std::uint64_t done = 0, total = 0;
    [[nodiscard]] double value() const {
      return total == 0 ? 0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
    }
  };

  // One job is shown by what it counts, several by how many are done.
  void show() {
    double done = 0;
    for (const Share& share : progress_) done += share.value();
    const double share = done / static_cast<double>(jobs_.size());
    const Share& only = progress_.front();
    if (jobs_.size() > 1) {
      bar_.update(share, fmt::format("{:.1f} of {} runs", done, jobs_.size()));
    } else if (only.total > 1) {
      bar_.update(share, fmt::format("{} of {}", format_count(only.done), format_count(only.total)));
    }
  }

  const std::vector<Job>& jobs_;
  int parallel_;
  std::vector<Worker> workers_;
  std::vector<std::string> results_;
  std::vector<Share> progress_;
  std::string error_;
  ProgressBar bar_;
};

}  // namespace

std::vector<std::string> run_jobs(const std::vector<Job>& jobs, int parallel) {
  return Board(jobs, parallel < 1 ? 1 : parallel).run();
}

}  // namespace isosim::cli
