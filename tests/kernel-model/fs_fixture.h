// A kernel with a root file system and one thread, for tests of the VFS.
#pragma once

#include <catch2/catch.hpp>
#include <functional>

#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"
#include "kernel-model/mm/memory_manager.h"
#include "kernel-model/mm/vma.h"

namespace isosim::test {

using namespace kernel;

struct FsFixture {
  sim::Engine engine;
  sim::Catalogue catalogue;
  sim::Settings settings;
  std::unique_ptr<cpu::Cpu> cpu;
  std::unique_ptr<Kernel> k;

  explicit FsFixture(cpu::BlockDevice* disk = nullptr) {
    load_catalogue(catalogue, "host");
    cpu::MachineSpec spec;
    spec.name = "test";
    spec.base_khz = 2'400'000;
    spec.turbo_khz = {2'400'000};
    spec.cores_per_socket = 4;
    spec.memory_bytes = 1ll << 34;
    cpu = std::make_unique<cpu::Cpu>(engine, catalogue, spec, settings);
    cpu->rebuild_costs();
    k = std::make_unique<Kernel>(engine, *cpu, catalogue, settings, "host");
    k->vfs->boot(disk);
  }

  Process& process() {
    Process& made = k->create_process("test");
    made.fs = k->vfs->initial_context();
    return made;
  }

  // Runs `body` on a thread of a new process, to the end of everything.
  void run(std::function<void(Thread&)> body) {
    Process& made = process();
    k->sched->start(k->create_thread(made, "test", std::move(body)), nullptr);
    engine.run();
  }
};

// Calls by register arguments; strings become payloads.
class Caller {
 public:
  static constexpr std::int64_t at_cwd = -100;
  static constexpr std::uint64_t buffer_bytes = 8 << 20;

  explicit Caller(Thread& thread) : thread_(thread) {
    MapRequest request;
    request.length = buffer_bytes;
    request.flags = vm::read | vm::write;
    MemoryManager& memory = *thread.kernel.memory;
    buffer = memory.map(thread, memory.of(*thread.process), std::move(request));
  }
  Out out;
  std::int64_t buffer;  // mapped memory

  std::int64_t open(const char* path, std::uint32_t flags = 0, std::int64_t mode = 0644) {
    return (*this)(nr::openat, {at_cwd, path, std::int64_t{flags}, mode});
  }
  std::int64_t create(const char* path, std::int64_t size = 0) {
    const auto fd = open(path, open_flag::creat | open_flag::rdwr);
    if (fd < 0) return fd;
    if (size) write(fd, size);
    return close(fd);
  }
  std::int64_t write(std::int64_t fd, std::int64_t size) { return (*this)(nr::write, {fd, buffer, size}); }
  std::int64_t read(std::int64_t fd, std::int64_t size) { return (*this)(nr::read, {fd, buffer, size}); }
  std::int64_t close(std::int64_t fd) { return (*this)(nr::close, {fd}); }
  std::int64_t mkdir(const char* path) { return (*this)(nr::mkdir, {path, std::int64_t{0755}}); }
  std::int64_t unlink(const char* path) { return (*this)(nr::unlink, {path}); }
  std::int64_t rename(const char* from, const char* to) { return (*this)(nr::rename, {from, to}); }
  std::int64_t stat(const char* path) { return (*this)(nr::stat, {path, buffer}); }

  std::int64_t operator()(SysNr number,
                          std::initializer_list<std::variant<std::int64_t, const char*, Payload>> args) {
    Sys s;
    s.nr = number;
    std::size_t i = 0;
    for (const auto& arg : args) {
      if (const auto* value = std::get_if<std::int64_t>(&arg)) {
        s.arg[i] = static_cast<std::uint64_t>(*value);
      } else if (const auto* text = std::get_if<const char*>(&arg)) {
        s.arg[i] = 0x1000;
        s.at[i] = std::string_view(*text);
      } else {
        s.arg[i] = 0x1000;
        s.at[i] = std::get<Payload>(arg);
      }
      ++i;
    }
    const std::int64_t result = thread_.kernel.syscall(thread_, s);
    out = std::move(s.out);
    return result;
  }

 private:
  Thread& thread_;
};

}  // namespace isosim::test
