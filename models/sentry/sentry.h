// The Sentry (pkg/sentry/kernel): the kernel that a sandbox's programs call, in a process of the host. Its
// state is that of the Linux model, with scheduler, memory, file systems and path costs of its own.
#pragma once

#include <memory>

#include "kernel-model/kernel.h"
#include "models/sentry/heap.h"
#include "models/sentry/platform.h"
#include "models/sentry/sentry_memory.h"
#include "models/sentry/services.h"
#include "models/stack.h"

namespace isosim::models {

class Sentry final : public kernel::SyscallTarget, public Services {
 public:
  // On a host whose catalogue has the Sentry's paths. `make_platform` is called last.
  using MakePlatform = std::function<std::unique_ptr<Platform>(Sentry&)>;
  Sentry(kernel::Kernel& host, Release release, const MakePlatform& make_platform);

  // What programs use.
  std::int64_t syscall(kernel::Thread& t, kernel::Sys& s) override;
  void compute(kernel::Thread& t, sim::Time span) override;
  void in_kernel(kernel::Thread& t, const std::function<void()>& what) override;
  std::int64_t touch(kernel::Thread& t, kernel::Address address, std::uint64_t length, bool write) override;

  // A system call of the application, which the platform brought here. Returns what the application sees.
  std::int64_t handle(kernel::Thread& t, kernel::Sys& s);

  // Who answers gettimeofday; `gofer` by one message on the root's connection.
  void serve_time(TimeServer server) { time_server_ = server; }
  // Sends a message to the Gofer that it answers at once; set by who has the connection.
  std::function<void(go::G&)> ask_gofer;

  kernel::Address scratch =
      0;  // 4 KB of its memory, for results of host calls that it passes on; set while booting

  kernel::Kernel& kernel() { return *kernel_; }
  SentryMemory& memory() { return *memory_; }
  GoScheduler& scheduler() { return *scheduler_; }
  Platform& platform() { return *platform_; }
  go::Runtime& runtime() { return runtime_; }
  Heap& heap() { return heap_; }

  // Services.
  go::G& goroutine(kernel::Thread& t) override { return *task_of(t).g; }
  Clock& clock() override { return clock_; }
  MemoryFile& memory_file() override { return memory_file_; }
  Notifier& notifier() override { return notifier_; }
  [[nodiscard]] const ReleaseFacts& release() const override { return facts(release_); }
  kernel::Kernel& host() override { return host_; }
  std::uint64_t host_blocks(kernel::Thread& t, const kernel::Io& io, std::uint64_t length, bool write,
                            std::vector<kernel::IoVec>& blocks) override;
  void touch_own(kernel::Thread& t, kernel::Address address, std::uint64_t length, bool write) override;
  void allocate(kernel::Thread& t, std::uint64_t bytes) override;

 private:
  std::int64_t answer(kernel::Thread& t, kernel::Sys& s);
  std::int64_t implemented(kernel::Thread& t, kernel::Sys& s);
  std::int64_t operate_semaphores(kernel::Thread& t, kernel::Sys& s);
  void copy_in_paths(kernel::Thread& t, const kernel::Sys& s);
  void tell_time(kernel::Thread& t);
  void draw_random(kernel::Thread& t, std::uint64_t bytes);

  kernel::Kernel& host_;
  const Release release_;
  go::Runtime runtime_;
  MemoryFile memory_file_;
  Notifier notifier_;
  Clock clock_;
  Heap heap_;
  GoScheduler* scheduler_ = nullptr;  // the kernel's
  SentryMemory* memory_ = nullptr;    // the kernel's
  std::unique_ptr<kernel::Kernel> kernel_;
  std::unique_ptr<Platform> platform_;
  TimeServer time_server_ = TimeServer::sentry;
  sim::PathId syscall_, copy_in_path_;
};

}  // namespace isosim::models
