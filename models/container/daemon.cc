#include "models/container/daemon.h"

#include <utility>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/inode.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/process/namespaces.h"
#include "models/container/go_files.h"
#include "models/container/go_program.h"
#include "sim/params.h"

namespace isosim::models {

using kernel::Thread;
namespace nr = kernel::nr;

namespace {

const sim::Param request_code{
    "docker.request_code",
    "us",
    50,
    20'000,
    4500,
    "Go code of dockerd or containerd for one of the 9 requests that a container's life is here",
    "measured with Docker 20.10 on an AMD EPYC guest: 26 ms of user time in dockerd and 15 ms in containerd "
    "for a docker run; JSON and protocol buffers by reflection, log lines, events, garbage collection"};

}  // namespace

void Worker::call(Thread& caller, Request request) {
  answers_.wait_event(host_, caller, [this] { return request_ == nullptr; });
  request_ = &request;
  requests_.wake(host_, &caller);
  answers_.wait_event(host_, caller, [this, &request] { return request_ != &request; });
}

void Worker::serve(RuntimeCalls& calls) {
  for (;;) {
    requests_.wait_event(host_, calls.thread(), [this] { return request_ != nullptr; });
    (*request_)(calls);
    request_ = nullptr;
    answers_.wake(host_, &calls.thread());
  }
}

void start_daemon(kernel::Kernel& host, std::shared_ptr<kernel::FsContext> files, std::string name,
                  std::string binary, std::vector<Worker*> workers) {
  constexpr int kThreads = 8;
  kernel::Process& process = host.create_process(name);
  process.fs = std::move(files);
  Thread& main = host.create_thread(
      process, std::move(name), [binary = std::move(binary), workers = std::move(workers)](Thread& thread) {
        using namespace kernel::clone_flag;
        RuntimeCalls bare(thread, map_buffer(thread, 4096));
        RuntimeCalls calls = exec_go_program(bare, binary, kThreads);
        for (Worker* worker : workers)
          calls.thread_of_process(
              vm | fs | kernel::clone_flag::files | sighand | kernel::clone_flag::thread | sysvsem,
              [worker](Thread& own) {
                RuntimeCalls its(own, map_buffer(own, 64 << 10));
                worker->serve(its);
              });
        for (;;) calls.attempt(nr::pause, {});
      });
  host.sched->start(main, nullptr);
}

void GoMutex::lock(Thread& thread) {
  waiters_.wait_event(host_, thread, [this] { return !held_; });
  held_ = true;
}

void GoMutex::unlock(Thread& thread) {
  held_ = false;
  waiters_.wake(host_, &thread, 1);
}

BoltDatabase::BoltDatabase(kernel::Kernel& host, kernel::FsContext& files, std::string path)
    : writer_(host), path_(std::move(path)) {
  host.vfs->populate(files, {.path = path_, .mode = kernel::file_mode::regular | 0600, .size = 256 << 10});
}

void BoltDatabase::commit(RuntimeCalls& calls) {
  constexpr std::uint64_t kPage = 4096;
  constexpr int kPages = 4;  // the leaf, the bucket above it, the root, the list of free pages
  const GoLock lock(writer_, calls.thread());
  const std::int32_t fd = calls.open(path_, kernel::open_flag::rdwr);
  const auto number = static_cast<std::uint64_t>(fd);
  for (std::uint64_t page = 0; page < kPages; ++page)
    calls.call(nr::pwrite64, {number, calls.buffer(), kPage, (2 + 3 * page) * kPage});
  calls.call(nr::fdatasync, {number});
  calls.call(nr::pwrite64, {number, calls.buffer(), kPage, 0});
  calls.call(nr::fdatasync, {number});
  calls.close(fd);
}

void write_atomically(RuntimeCalls& calls, const std::string& path, std::uint64_t bytes) {
  using namespace kernel::open_flag;
  const std::string fresh = path + ".tmp";
  const std::int32_t fd = calls.open(fresh, std::uint64_t{rdwr | creat | excl});
  calls.write(fd, bytes);
  calls.call(nr::fsync, {static_cast<std::uint64_t>(fd)});
  calls.close(fd);
  calls.call(nr::chmod, {0, 0600}, {{0, fresh}});
  calls.call(nr::rename, {}, {{0, fresh}, {1, path}});
}

void remove_all(RuntimeCalls& calls, const std::string& directory,
                std::initializer_list<std::string_view> files,
                std::initializer_list<std::string_view> directories) {
  const auto below = [&](std::string_view name) { return directory + "/" + std::string(name); };
  for (const std::string_view file : files) calls.attempt(nr::unlink, {}, {{0, below(file)}});
  for (const std::string_view name : directories) calls.attempt(nr::rmdir, {}, {{0, below(name)}});
  calls.attempt(nr::rmdir, {}, {{0, directory}});
}

void handle_request(RuntimeCalls& calls) {
  const double microseconds = calls.kernel().settings.get(request_code);
  calls.kernel().compute(calls.thread(), sim::nanoseconds(static_cast<std::int64_t>(microseconds * 1000)));
}

}  // namespace isosim::models
