// A sandbox process with a 9P client and a Gofer process that serves a directory of the host.
#pragma once

#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <vector>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/vfs.h"
#include "models/container/runtime_calls.h"
#include "models/go/catalogue.h"
#include "models/gofer/client.h"
#include "models/gofer/costs.h"
#include "models/gofer/gofer.h"
#include "models/gofer/p9/describe.h"
#include "models/sentry/filter/filter.h"
#include "tests/kernel-model/machine_fixture.h"

namespace isosim::test {

namespace nr = kernel::nr;
using models::Release;
using models::gofer::Client;

struct GoferBench {
  explicit GoferBench(int its_procs = 1, Release its_release = Release::r20190304)
      : procs(its_procs), release(its_release) {}

  // Runs `prepare` on a plain thread (it makes the files of /vol), then `program` as the sandbox's first
  // goroutine, with a client that is connected but not started.
  void run(std::function<void(models::RuntimeCalls&)> prepare, std::function<void(go::G&, Client&)> program) {
    machine.k.vfs->boot(nullptr);
    start("prepare", [&](kernel::Thread& t) {
      models::RuntimeCalls calls(t, models::map_buffer(t, 16384));
      calls.call(nr::mkdir, {0, 0755}, {{0, "/vol"}});
      prepare(calls);
    });
    machine.engine.run();
    start("sandbox", [&](kernel::Thread& t) {
      const kernel::Address memory = models::map_buffer(t, 1 << 20);
      sandbox = std::make_unique<go::Runtime>(machine.k, procs, [this](go::M& m, kernel::Sys& s) {
        sandbox_calls.push_back(s.nr);
        return machine.k.syscall(*m.thread, s);
      });
      sandbox->run(t, memory, [this, memory, program](go::G& g) {
        connect(g, memory);
        program(g, *client);
      });
    });
    machine.engine.run();
  }

  // Kills the Gofer as the kernel does, from outside.
  void kill_gofer(go::G& g) {
    kernel::Sys s = killing();
    REQUIRE(g.call(s) == 0);
  }

  // The calls of a process since the last look, as one text.
  std::string taken(std::vector<kernel::SysNr>& calls) const {
    std::string out;
    for (const kernel::SysNr nr : calls)
      out += (out.empty() ? "" : " ") + std::string(kernel::syscall_name(nr));
    calls.clear();
    return out;
  }

  struct WithGo : Machine {
    WithGo() {
      go::load_catalogue(catalogue);
      models::gofer::load_catalogue(catalogue);
      cpu.rebuild_costs();
    }
  } machine;
  int procs;
  Release release;
  std::uint32_t newest_version = 0;
  bool read_only_mount = false;  // the root, served to second_client
  models::gofer::Connection connection, second_connection;
  std::unique_ptr<go::Runtime> sandbox;
  std::unique_ptr<models::gofer::Gofer> gofer;
  std::unique_ptr<Client> client, second_client;
  kernel::Process* gofer_process = nullptr;
  std::vector<kernel::SysNr> sandbox_calls, gofer_calls;
  kernel::SysNr gofer_dies_in = kernel::kUnknownSyscall;  // is killed instead of making this call
  std::vector<std::string> messages;                      // "Twalk 17 Rwalk 9"

 private:
  kernel::Sys killing() const {
    kernel::Sys s;
    s.nr = nr::kill;
    s.arg = {static_cast<std::uint64_t>(gofer_process->pid), 9};
    return s;
  }

  kernel::Thread& start(std::string name, std::function<void(kernel::Thread&)> body) {
    kernel::Process& process = machine.k.create_process(name);
    process.fs = machine.k.vfs->initial_context();
    kernel::Thread& thread = machine.k.create_thread(process, std::move(name), std::move(body));
    machine.k.sched->start(thread, nullptr);
    return thread;
  }

  void connect(go::G& g, kernel::Address memory) {
    const auto pair = models::gofer::make_socket_pair(g, memory + 8192);
    models::gofer::Gofer::Options options;
    options.release = release;
    options.procs = procs;
    options.filter = [this](go::G& g) {  // whatever the Gofer does then has to be in its filter
      const auto pid = static_cast<std::uint32_t>(g.thread().process->pid);
      kernel::Sys s;
      s.nr = nr::seccomp;
      s.arg = {1, 1, 16384};  // SECCOMP_SET_MODE_FILTER, for all threads
      s.at[2] = kernel::SeccompProgram{models::gofer_filter(release, true, pid)};
      REQUIRE(g.raw_call(s) == 0);
    };
    options.call_host = [this](go::M& m, kernel::Sys& s) {
      gofer_calls.push_back(s.nr);
      if (s.nr == gofer_dies_in) {
        kernel::Sys kill = killing();
        return machine.k.syscall(*m.thread, kill);
      }
      return machine.k.syscall(*m.thread, s);
    };
    kernel::Process& process = machine.k.create_process("runsc-gofer");
    process.fs = machine.k.vfs->initial_context();
    // As if cloned from the process that made the pairs.
    const auto inherit = [&](std::int32_t fd) {
      const auto inherited = process.files->install(g.thread().process->files->get(fd), false);
      kernel::Sys s;
      s.nr = nr::close;
      s.arg[0] = static_cast<std::uint64_t>(fd);
      g.call(s);
      return static_cast<std::int32_t>(inherited);
    };
    options.exports = {{"/vol", false, &connection, inherit(pair[1])}};
    std::array<std::int32_t, 2> other{};
    if (read_only_mount) {
      other = models::gofer::make_socket_pair(g, memory + 8192);
      options.exports.push_back({"/", true, &second_connection, inherit(other[1])});
    }
    gofer = std::make_unique<models::gofer::Gofer>(machine.k, std::move(options));
    gofer_process = &process;
    kernel::Thread& first = machine.k.create_thread(process, "runsc-gofer",
                                                    [this](kernel::Thread& thread) { gofer->run(thread); });
    machine.k.sched->start(first, &g.thread());
    client = std::make_unique<Client>(release, machine.catalogue, connection, memory + 16384,
                                      Client::Options{.newest_version = newest_version});
    client->on_exchange = [this](const models::gofer::Exchange& e) {
      const auto name = [](const models::p9::Message& m) {
        const std::string text = models::p9::describe(m);
        return text.substr(0, text.find('{'));
      };
      messages.push_back(name(e.request) + " " + std::to_string(e.request_bytes) + " " + name(e.reply) + " " +
                         std::to_string(e.reply_bytes));
    };
    REQUIRE(client->start(g, pair[0]) == 0);
    if (!read_only_mount) return;
    second_client = std::make_unique<Client>(release, machine.catalogue, second_connection, memory + 32768);
    REQUIRE(second_client->start(g, other[0]) == 0);
  }
};

}  // namespace isosim::test
