#include "models/container/shim.h"

#include <stdexcept>
#include <utility>

#include "kernel-model/abi/syscall_names.h"

namespace isosim::models {

using kernel::Thread;
namespace nr = kernel::nr;

namespace {
constexpr std::uint64_t kSetChildSubreaper = 36;  // PR_*
}  // namespace

Shim::Shim(kernel::Kernel& host, const Image& image, std::shared_ptr<kernel::FsContext> host_files)
    : host_(host), image_(image), host_files_(std::move(host_files)) {}

void Shim::start(Command first) {
  if (thread_) throw std::logic_error("the container exists already");
  kernel::Process& process = host_.create_process("containerd-shim");
  process.fs = host_files_;
  thread_ = &host_.create_thread(process, "containerd-shim", [this](Thread& thread) { live(thread); });
  command_ = std::move(first);
  host_.sched->start(*thread_, nullptr);
}

void Shim::order(Command command) {
  command_ = std::move(command);
  orders_.wake(host_, nullptr);
}

void Shim::wait_for_order(Thread& thread) {
  while (!command_.run) {
    orders_.add(thread);
    thread.state = kernel::RunState::uninterruptible;
    host_.sched->block(thread);
    orders_.remove(thread);
  }
}

// Commands come from containerd over a socket, whose cost is containerd's and not here.
void Shim::live(Thread& thread) {
  buffer_ = map_buffer(thread, kBufferBytes);
  RuntimeCalls calls(thread, buffer_);
  calls.call(nr::prctl, {kSetChildSubreaper, 1});
  mount_image(calls);
  Command command;
  while (!command.last) {
    if (command.done) command.done();
    wait_for_order(thread);
    command = std::exchange(command_, {});
    if (command.before) command.before(calls);
    const std::int32_t runtime = calls.clone(0, [this, &command](Thread& child) {
      const sim::Frame frame(*child.task, command.name);
      RuntimeCalls own(child, buffer_);
      command.run(own);
    });
    // While the last one runs, children that are left may still end: whoever comes is reaped.
    if (command.last)
      while (calls.call(nr::wait4, {~std::uint64_t{0}}) != runtime) {
      }
    else
      calls.wait_for(runtime);
  }
  unmount_image(calls);
  thread_ = nullptr;
  if (command.done) command.done();
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
