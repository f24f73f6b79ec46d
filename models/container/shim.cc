#include "models/container/shim.h"

#include <stdexcept>
#include <utility>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/vfs.h"
#include "models/container/go_files.h"
#include "models/container/go_program.h"
#include "sim/params.h"

namespace isosim::models {

using kernel::Thread;
namespace nr = kernel::nr;

namespace {
constexpr std::uint64_t kSetChildSubreaper = 36;  // PR_*
constexpr int kThreads = 4;                       // sysmon, the signals' and some for calls that block
constexpr const char* kShim = "/usr/bin/containerd-shim";

const sim::Param shim_bytes{"container.shim_bytes",
                            "bytes",
                            1e6,
                            1e8,
                            6e6,
                            "size of containerd-shim's binary",
                            "a static Go binary without symbols, of containerd 1.2; inference"};
// The reaper (reaper.go in containerd's sys package): whoever ended is waited for, those too that the runtime
// left behind.
void reap_until(RuntimeCalls& calls, std::int64_t runtime) {
  constexpr std::uint64_t kAny = ~std::uint64_t{0}, kNoHang = 1;
  while (calls.call(nr::wait4, {kAny}) != runtime) {
  }
  while (calls.attempt(nr::wait4, {kAny, 0, kNoHang}) > 0) {
  }
}

}  // namespace

void install_shim(kernel::Vfs& vfs, kernel::FsContext& files) {
  install_go_program(vfs, files, kShim, static_cast<std::uint64_t>(vfs.kernel.settings.integer(shim_bytes)));
}

Shim::Shim(kernel::Kernel& host, const Image& image, std::shared_ptr<kernel::FsContext> host_files)
    : host_(host), image_(image), host_files_(std::move(host_files)) {}

void Shim::start(Command first) {
  if (thread_) throw std::logic_error("the container exists already");
  kernel::Process& process = host_.create_process("containerd-shim");
  process.fs = host_files_;
  thread_ = &host_.create_thread(process, "containerd-shim", [this](Thread& thread) {
    try {
      live(thread);
    } catch (const ProcessEnded&) {
    }
  });
  command_ = std::move(first);
  host_.sched->start(*thread_, nullptr);
}

void Shim::order(Command command) {
  command_ = std::move(command);
  orders_.wake(host_, nullptr);
}

// Commands come from containerd over a socket, whose cost is containerd's and not here.
void Shim::live(Thread& thread) {
  RuntimeCalls bare(thread, map_buffer(thread, 4096));
  for (int i = 0; i < 3; ++i) bare.open("/dev/null", kernel::open_flag::rdwr);  // as containerd starts it
  RuntimeCalls calls = exec_go_program(bare, kShim, kThreads);
  calls.call(nr::prctl, {kSetChildSubreaper, 1});
  mount_image(calls);
  Command command;
  while (!command.last) {
    if (command.done) command.done();
    orders_.wait_event(host_, thread, [this] { return command_.run != nullptr; });
    command = std::exchange(command_, {});
    if (command.before) command.before(calls);
    const std::int32_t runtime = start_process(calls, [&command](RuntimeCalls& own) {
      const sim::Frame frame(*own.thread().task, command.name);
      command.run(own);
    });
    reap_until(calls, runtime);
  }
  unmount_image(calls);
  thread_ = nullptr;
  if (command.done) command.done();
  calls.attempt(nr::exit_group, {0});
}

// dockerd does it, before it asks for the container.
void Shim::mount_image(RuntimeCalls& calls) {
  const sim::Frame frame(*calls.thread().task, "mount image");
  calls.mount("overlay", image_.merged(), "overlay", 0, image_.options());
}

// dockerd too, after the container is gone.
void Shim::unmount_image(RuntimeCalls& calls) {
  const sim::Frame frame(*calls.thread().task, "unmount image");
  calls.call(nr::umount2, {0, 0}, {{0, image_.merged()}});
}

}  // namespace isosim::models
