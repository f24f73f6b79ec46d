// What the daemons of Docker have in common: threads that serve requests, locks between them, files that are
// on the disk when they are said to be.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "kernel-model/kernel.h"
#include "kernel-model/sched/wait_queue.h"
#include "models/container/runtime_calls.h"

namespace isosim::models {

// A thread of a daemon that does one thing after the other for whoever asks. The sockets between are not
// modelled.
class Worker {
 public:
  explicit Worker(kernel::Kernel& host) : host_(host) {}

  using Request = std::function<void(RuntimeCalls&)>;
  void call(kernel::Thread& caller, Request request);  // returns when it is done
  void serve(RuntimeCalls& calls);                     // the thread: never returns

 private:
  kernel::Kernel& host_;
  kernel::WaitQueue requests_, answers_;
  const Request* request_ = nullptr;
};

// A daemon's process: executes `binary`, then has `workers` threads serve.
void start_daemon(kernel::Kernel& host, std::shared_ptr<kernel::FsContext> files, std::string name,
                  std::string binary, std::vector<Worker*> workers);

// sync.Mutex: who comes first has it first.
class GoMutex {
 public:
  explicit GoMutex(kernel::Kernel& host) : host_(host) {}
  void lock(kernel::Thread& thread);
  void unlock(kernel::Thread& thread);

 private:
  kernel::Kernel& host_;
  kernel::WaitQueue waiters_;
  bool held_ = false;
};

class GoLock {
 public:
  GoLock(GoMutex& mutex, kernel::Thread& thread) : mutex_(mutex), thread_(thread) { mutex_.lock(thread); }
  ~GoLock() {
    if (std::uncaught_exceptions() == exceptions_) mutex_.unlock(thread_);
  }
  GoLock(const GoLock&) = delete;
  GoLock& operator=(const GoLock&) = delete;

 private:
  GoMutex& mutex_;
  kernel::Thread& thread_;
  const int exceptions_ = std::uncaught_exceptions();
};

// A database of bolt (github.com/boltdb/bolt, db.go and tx.go): one writer at a time; a commit writes the
// changed pages, waits for the disk, writes the page that makes them valid, and waits again.
class BoltDatabase {
 public:
  // The file is made, if there is none. Costs no time.
  BoltDatabase(kernel::Kernel& host, kernel::FsContext& files, std::string path);
  void commit(RuntimeCalls& calls);

 private:
  GoMutex writer_;
  const std::string path_;
};

// ioutils.AtomicFileWriter: a new file, written, on the disk, then in the place of the old one.
void write_atomically(RuntimeCalls& calls, const std::string& path, std::uint64_t bytes);

// os.RemoveAll of a directory with these entries, which may not exist.
void remove_all(RuntimeCalls& calls, const std::string& directory,
                std::initializer_list<std::string_view> files,
                std::initializer_list<std::string_view> directories = {});

// Go code of a daemon around a request: decoding, checks, encoding, events.
void handle_request(RuntimeCalls& calls);

}  // namespace isosim::models
