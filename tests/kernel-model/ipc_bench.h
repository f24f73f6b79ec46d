// A kernel with nothing but processes, for tests of pipes, polling and sockets.
#pragma once

#include <functional>

#include "kernel-model/fs/vfs.h"
#include "kernel-model/ipc/ipc_state.h"
#include "kernel-model/kernel.h"

namespace isosim::test {

using namespace kernel;  // NOLINT: a test's vocabulary

inline cpu::MachineSpec small_machine() {
  cpu::MachineSpec spec;
  spec.name = "test";
  spec.cores_per_socket = 4;
  spec.base_khz = 1'000'000;
  spec.turbo_khz = {1'000'000, 1'000'000, 1'000'000, 1'000'000};
  return spec;
}

struct IpcBench {
  sim::Engine engine;
  sim::Catalogue catalogue = [] {
    sim::Catalogue made;
    load_catalogue(made, "host");
    return made;
  }();
  sim::Settings settings;
  cpu::Cpu cpu{engine, catalogue, small_machine(), settings};
  Kernel k = (cpu.rebuild_costs(), Kernel(engine, cpu, catalogue, settings, "host"));
  Process& process = [this]() -> Process& {
    k.vfs->boot(nullptr);
    Process& made = k.create_process("test");
    made.fs = k.vfs->initial_context();
    return made;
  }();

  // Starts a thread of `process`.
  Thread& spawn(std::function<void(Thread&)> body) {
    Thread& thread = k.create_thread(process, "thread", std::move(body));
    k.sched->start(thread, nullptr);
    return thread;
  }
  void run(std::function<void(Thread&)> body) {
    spawn(std::move(body));
    engine.run();
  }
};

// One call, with its results.
struct Call : Sys {
  Call(SysNr number, std::initializer_list<std::uint64_t> arguments) {
    nr = number;
    std::copy(arguments.begin(), arguments.end(), arg.begin());
  }
  template <class T>
  Call& with(std::size_t i, T payload) {
    at[i] = std::move(payload);
    if (arg[i] == 0) arg[i] = 0x1000;
    return *this;
  }
  std::int64_t operator()(Kernel& k, Thread& t) { return k.syscall(t, *this); }
};

// Sleeps without any system call, so that another thread goes first.
inline void pause(Thread& t, std::int64_t microseconds) {
  t.task->sleep_until(t.now() + sim::microseconds(microseconds));
}

// Memory of any process: below the stack that it starts with, which grows.
inline constexpr std::uint64_t kBuffer = 0x7ffffffff000 - (8u << 20);

inline std::int64_t read(Kernel& k, Thread& t, std::int32_t fd, std::uint64_t n) {
  const Ref<File> file(t.process->files->get(fd));
  return file ? file->read(k, t, {kBuffer, n}) : -EBADF_;
}
inline std::int64_t write(Kernel& k, Thread& t, std::int32_t fd, std::uint64_t n) {
  const Ref<File> file(t.process->files->get(fd));
  return file ? file->write(k, t, {kBuffer, n}) : -EBADF_;
}
inline void close(Kernel& k, Thread& t, std::int32_t fd) { put_file(k, t, t.process->files->remove(fd)); }

struct TestPipe {
  std::int32_t reader = -1, writer = -1;
  TestPipe(Kernel& k, Thread& t, std::uint64_t flags = 0) {
    Call call(nr::pipe2, {0x1000, flags});
    call(k, t);
    reader = call.out.fds[0];
    writer = call.out.fds[1];
  }
};

}  // namespace isosim::test
