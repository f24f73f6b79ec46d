#include <catch2/catch.hpp>

#include "kernel-model/process/seccomp.h"
#include "kernel-model/process/seccomp_assemble.h"
#include "tests/kernel-model/machine_fixture.h"

using namespace isosim;
using namespace isosim::kernel;
using Catch::Matchers::Contains;

namespace {

// Adds up charges by path.
struct Ledger final : sim::Observer {
  void on_charge(const sim::Task&, sim::PathId path, sim::Time, sim::Time span,
                 std::uint64_t units) override {
    spent[path.index] += span;
    unit_count[path.index] += units;
  }
  [[nodiscard]] sim::Time total() const {
    sim::Time sum;
    for (const auto& [path, span] : spent) sum += span;
    return sum;
  }
  std::map<std::uint16_t, sim::Time> spent;
  std::map<std::uint16_t, std::uint64_t> unit_count;
};

std::int64_t call(Kernel& k, Thread& t, SysNr nr, std::uint64_t a0 = 0) {
  Sys s;
  s.nr = nr;
  s.arg[0] = a0;
  return k.syscall(t, s);
}

std::shared_ptr<const SeccompChain> filter(SysNr nr, std::uint32_t action) {
  SeccompRules rules;
  rules.default_action = seccomp_ret::allow;
  rules.rules = {{nr, action, {}}};
  return std::make_shared<SeccompChain>(assemble_seccomp(rules), nullptr);
}

}  // namespace

TEST_CASE("getuid costs its parts: transitions, entry, itself") {
  test::Machine machine;
  Ledger ledger;
  machine.start("getuid", [&](Thread& t) {
    const auto enter = [&] {
      const auto start = t.now();
      machine.cpu.syscall_enter(*t.task);
      machine.cpu.syscall_exit(*t.task);
      return t.now() - start;
    }();
    call(machine.k, t, nr::getuid);  // its code is fetched
    machine.engine.set_observer(&ledger);
    const auto start = t.now();
    CHECK(call(machine.k, t, nr::getuid) == 0);
    const auto whole = t.now() - start;
    machine.engine.set_observer(nullptr);
    const auto& costs = machine.cpu.costs(machine.cpu.most_khz(1));
    const sim::Time entry{costs[machine.k.path("entry.syscall").index].fixed_ps};
    const sim::Time itself{costs[machine.k.path("misc.getuid").index].fixed_ps};
    CHECK(whole == enter + entry + itself);
    CHECK(ledger.total() == whole);
  });
  machine.engine.run();
}

TEST_CASE("a filter costs its slow entry and each instruction") {
  test::Machine machine;
  machine.start("filtered", [&](Thread& t) {
    const auto cost = [&](SysNr nr) {
      const auto start = t.now();
      call(machine.k, t, nr);
      return t.now() - start;
    };
    const auto plain = cost(nr::getuid);
    t.process->seccomp = filter(nr::mount, seccomp_ret::error | 1);
    const auto& costs = machine.cpu.costs(machine.cpu.most_khz(1));
    const auto at = [&](std::string_view path) { return costs[machine.k.path(path).index]; };
    Sys probe;
    probe.nr = nr::getuid;
    const auto verdict = t.process->seccomp->evaluate(probe);
    const std::int64_t expected =
        at("entry.seccomp").fixed_ps + at("entry.seccomp_filter").fixed_ps + at("entry.bpf_jit").fixed_ps +
        (at("entry.seccomp_filter").unit_fs + at("entry.bpf_jit").unit_fs * verdict.instructions) / 1000;
    CHECK(cost(nr::getuid) - plain == sim::Time{expected});
    CHECK(cost(nr::getgid) == cost(nr::getuid));
  });
  machine.engine.run();
}

TEST_CASE("what a filter refuses does not reach its handler") {
  test::Machine machine;
  auto& thread = machine.start("refused", [&](Thread& t) {
    t.process->seccomp = filter(nr::setuid, seccomp_ret::error | 13);
    CHECK(call(machine.k, t, nr::setuid, 5) == -13);
    CHECK(t.process->credentials.uid == 0);
    t.process->seccomp = filter(nr::getuid, seccomp_ret::trace);
    CHECK(call(machine.k, t, nr::getuid) == -ENOSYS_);
    t.process->seccomp = SeccompChain::strict();
    call(machine.k, t, nr::getuid);
    CHECK(t.state == RunState::dead);
  });
  machine.engine.run();
  CHECK(thread.state == RunState::dead);
}

TEST_CASE("a program installs its filter by prctl or seccomp(2)") {
  test::Machine machine;
  machine.start("installs", [&](Thread& t) {
    t.process->credentials.capabilities = 0;
    Sys s;
    s.nr = nr::seccomp;
    s.arg = {1, 0, 0x1000};
    s.at[2] = SeccompProgram{filter(nr::getgid, seccomp_ret::error | 9)->program()};
    CHECK(machine.k.syscall(t, s) == -EACCES_);
    t.process->attributes.no_new_privs = true;
    CHECK(machine.k.syscall(t, s) == 0);
    CHECK(call(machine.k, t, nr::getgid) == -9);
    s.at[2] = SeccompProgram{{{bpf::ld | bpf::imm, 0, 0, 0}}};
    CHECK(machine.k.syscall(t, s) == -EINVAL_);
    s.at[2] = {};
    s.recorded = 0;
    CHECK(machine.k.syscall(t, s) == 0);
    CHECK(machine.k.unmodelled().rows().size() == 1);
  });
  machine.engine.run();
}

TEST_CASE("calls without a model are counted and return what was recorded") {
  test::Machine machine;
  sim::Time cold;
  machine.start("unmodelled", [&](Thread& t) {
    Sys s;
    s.nr = nr::kcmp;
    CHECK(machine.k.syscall(t, s) == -ENOSYS_);
    cold = machine.k.unmodelled().rows()[0].count.time;
    s.recorded = 7;
    CHECK(machine.k.syscall(t, s) == 7);
    s.nr = nr::fanotify_init;
    s.recorded = 3;
    CHECK(machine.k.syscall(t, s) == 3);
    s.nr = 60000;
    CHECK(machine.k.syscall(t, s) == 3);
  });
  machine.engine.run();
  const auto rows = machine.k.unmodelled().rows();
  REQUIRE(rows.size() == 3);
  CHECK((rows[0].nr == nr::fanotify_init && rows[0].count.calls == 1));
  CHECK((rows[1].nr == nr::kcmp && rows[1].count.calls == 2));
  CHECK((rows[2].nr == kSyscallLimit && rows[2].count.calls == 1));
  CHECK(rows[1].count.time > sim::Time{});
  const auto& costs = machine.cpu.costs(machine.cpu.most_khz(1));
  // The first call fetches its code, the second does not.
  const sim::Time path{costs[machine.k.path("default.state").index].fixed_ps};
  CHECK(cold > path);
  CHECK(rows[1].count.time == cold + path);
}

TEST_CASE("strict refuses them and says which") {
  test::Machine machine;
  machine.k.strict = true;
  machine.start("strict", [&](Thread& t) {
    CHECK(call(machine.k, t, nr::getuid) == 0);
    CHECK_THROWS_WITH(call(machine.k, t, nr::kcmp), Contains("kcmp") && Contains("--strict"));
  });
  machine.engine.run();
}

TEST_CASE("every call that Linux has takes some path") {
  test::Machine machine;
  for (SysNr nr = 0; nr < kSyscallLimit; ++nr) {
    if (syscall_name(nr).empty()) continue;
    INFO(syscall_name(nr));
    CHECK(machine.catalogue[machine.k.unmodelled().path(nr)].id.starts_with("host.default."));
  }
}
