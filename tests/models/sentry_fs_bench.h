// A Sentry's kernel without its platform: one thread on the sandbox's first goroutine, with a mount of the
// Gofer's and one of the Sentry's own tmpfs.
#pragma once

#include "kernel-model/fs/vfs.h"
#include "models/sentry/catalogue.h"
#include "models/sentry/fs/gofer_fs.h"
#include "models/sentry/fs/tmpfs.h"
#include "tests/models/gofer_bench.h"

namespace isosim::test {

struct FsBench : GoferBench, models::Services {
  explicit FsBench(models::FileAccess its_access, Release its_release = Release::r20190304)
      : GoferBench(1, its_release), access(its_access) {
    models::load_sentry_catalogue(machine.catalogue, machine.settings, models::SentryPlatform::ptrace);
    machine.cpu.rebuild_costs();
    clock_ = std::make_unique<models::Clock>(machine.k.catalogue);
    memory_ = std::make_unique<models::MemoryFile>(machine.k, machine.settings);
  }

  // The Gofer's files are at /m, the Sentry's tmpfs at /t.
  void run_fs(std::function<void(models::RuntimeCalls&)> prepare, std::function<void(go::G&)> program) {
    run(std::move(prepare), [this, program](go::G& g, Client& its_client) {
      sentry = std::make_unique<kernel::Kernel>(machine.engine, machine.cpu, machine.catalogue,
                                                machine.settings, "sentry");
      sentry->vfs->boot(nullptr);
      kernel::Process& process = sentry->create_process("app");
      process.fs = sentry->vfs->initial_context();
      thread = &sentry->create_thread(process, "app", {});
      thread->state = kernel::RunState::running;
      thread->task = g.task;
      thread->cpu = 0;
      for (const char* place : {"/m", "/t"})
        sentry->vfs->populate(*process.fs, {.path = place, .mode = 0040755});
      memory_->create(g);
      notifier_ = std::make_unique<models::Notifier>(*sandbox);
      auto mount = std::make_unique<models::GoferFs>(*sentry->vfs, *this, its_client, access);
      REQUIRE(mount->attach(g) == 0);
      files = mount.get();
      sentry->vfs->adopt(std::move(mount));
      sentry->vfs->mount_at(*process.fs, "/m", *files);
      auto own = std::make_unique<models::SentryTmpfs>(*sentry->vfs, *this);
      tmpfs = own.get();
      sentry->vfs->adopt(std::move(own));
      sentry->vfs->mount_at(*process.fs, "/t", *tmpfs);
      buffer = static_cast<kernel::Address>(call(nr::mmap, {0, kBuffer, 3, 0x22, ~0ull, 0}));
      kernel::Sys map;
      map.nr = nr::mmap;
      map.arg = {0, kBuffer, 3, 0x22, ~0ull, 0};
      host_buffer = static_cast<kernel::Address>(g.call(map));
      notifier_->set_buffer(host_buffer);
      g_ = &g;
      sent();
      host_calls();
      program(g);
    });
  }

  std::int64_t call(kernel::SysNr number, std::array<std::uint64_t, 6> arguments, std::string_view path = {},
                    int at = 0, std::string_view second = {}, int second_at = 1) {
    kernel::Sys sys;
    sys.nr = number;
    sys.arg = arguments;
    if (!path.empty()) sys.at[static_cast<std::size_t>(at)] = path;
    if (!second.empty()) sys.at[static_cast<std::size_t>(second_at)] = second;
    const std::int64_t result = sentry->dispatch(*thread, sys);
    out = sys.out;
    return result;
  }
  std::int64_t open(std::string_view path, std::uint64_t flags, std::uint64_t mode = 0644) {
    return call(nr::open, {1, flags, mode}, path);
  }
  std::int64_t close(std::int64_t fd) { return call(nr::close, {word(fd)}); }
  std::int64_t stat(std::string_view path) { return call(nr::stat, {1, buffer}, path); }
  std::int64_t read(std::int64_t fd, std::uint64_t length) {
    return call(nr::read, {word(fd), buffer, length});
  }
  std::int64_t write(std::int64_t fd, std::uint64_t length) {
    return call(nr::write, {word(fd), buffer, length});
  }
  std::vector<std::string> list(std::int64_t fd, std::uint64_t length = 4096) {
    std::vector<std::string> names;
    kernel::Sys sys;
    sys.nr = nr::getdents64;
    sys.arg = {word(fd), buffer, length};
    sys.at[1] = kernel::NamesWanted{&names};
    last = sentry->dispatch(*thread, sys);
    return names;
  }
  static std::uint64_t word(std::int64_t value) { return static_cast<std::uint64_t>(value); }

  // The messages since the last look, without their T.
  std::string sent() {
    std::string text;
    for (const std::string& message : messages)
      text += (text.empty() ? "" : " ") + message.substr(1, message.find(' ') - 1);
    messages.clear();
    return text;
  }
  // Calls of the host since the last look that are no message's.
  std::string host_calls() {
    std::string text;
    for (const kernel::SysNr number : std::exchange(sandbox_calls, {})) {
      const std::string name(kernel::syscall_name(number));
      if (name == "sendmsg" || name == "recvmsg" || name == "poll" || name == "futex" || name == "ppoll")
        continue;
      text += (text.empty() ? "" : " ") + name;
    }
    return text;
  }
  // Lets the other goroutines run: what is done in the background.
  std::string later(go::G& g) {
    g.yield();
    g.sleep([] { return false; }, g.now() + sim::milliseconds(1));
    return sent();
  }

  go::G& goroutine(kernel::Thread&) override { return *(sandbox->current() ? sandbox->current() : g_); }
  models::Clock& clock() override { return *clock_; }
  models::MemoryFile& memory_file() override { return *memory_; }
  models::Notifier& notifier() override { return *notifier_; }
  [[nodiscard]] const models::ReleaseFacts& release() const override {
    return models::facts(GoferBench::release);
  }
  kernel::Kernel& host() override { return machine.k; }
  std::uint64_t host_blocks(kernel::Thread&, const kernel::Io& io, std::uint64_t length, bool,
                            std::vector<kernel::IoVec>& blocks) override {
    const kernel::Address at = host_buffer + (io.buffer - buffer);
    if (split == 0 || length <= split) {
      blocks.push_back({at, length});
    } else {
      blocks.push_back({at, split});
      blocks.push_back({at + split, length - split});
    }
    return length;
  }
  void touch_own(kernel::Thread&, kernel::Address, std::uint64_t length, bool write) override {
    (write ? stored : loaded) += length;
  }
  void allocate(kernel::Thread&, std::uint64_t bytes) override { garbage += bytes; }

  static constexpr std::uint64_t kBuffer = 4 << 20;
  const models::FileAccess access;
  std::unique_ptr<kernel::Kernel> sentry;
  kernel::Thread* thread = nullptr;
  models::GoferFs* files = nullptr;
  models::SentryTmpfs* tmpfs = nullptr;
  kernel::Address buffer = 0, host_buffer = 0;
  std::uint64_t split = 0;  // the buffer's first block, if it is to have two
  std::uint64_t stored = 0, loaded = 0, garbage = 0;
  std::int64_t last = 0;
  kernel::Out out;

 private:
  std::unique_ptr<models::Clock> clock_;
  std::unique_ptr<models::MemoryFile> memory_;
  std::unique_ptr<models::Notifier> notifier_;
  go::G* g_ = nullptr;
};

}  // namespace isosim::test
