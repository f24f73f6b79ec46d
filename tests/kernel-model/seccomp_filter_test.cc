#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "kernel-model/abi/capability.h"
#include "kernel-model/abi/errno.h"
#include "kernel-model/process/seccomp.h"
#include "kernel-model/process/seccomp_profile.h"

using namespace isosim::kernel;
using Catch::Matchers::Contains;

namespace {

// What the rules mean, without any program.
bool argument_holds(const SeccompArgument& a, std::uint64_t v) {
  switch (a.compare) {
    case SeccompCompare::ne:
      return v != a.value;
    case SeccompCompare::lt:
      return v < a.value;
    case SeccompCompare::le:
      return v <= a.value;
    case SeccompCompare::eq:
      return v == a.value;
    case SeccompCompare::ge:
      return v >= a.value;
    case SeccompCompare::gt:
      return v > a.value;
    case SeccompCompare::masked_eq:
      return (v & a.mask) == (a.value & a.mask);
  }
  return false;
}

std::uint32_t meaning(const SeccompRules& rules, const SeccompData& data) {
  if (data.arch != kAuditArchX86_64) return rules.bad_architecture_action;
  if (data.nr & 0x40000000 && !rules.x32) return rules.bad_architecture_action;
  for (const auto& rule : rules.rules) {
    if (rule.nr != (data.nr & 0x3fffffff)) continue;
    bool all = true;
    for (const auto& a : rule.arguments) all = all && argument_holds(a, data.args[a.index]);
    if (all) return rule.action;
  }
  return rules.default_action;
}

std::uint64_t next_random(std::uint64_t& state) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return state >> 20;
}

// Values near the rules' own, where comparisons change.
std::uint64_t interesting(std::uint64_t& state, const SeccompRules& rules) {
  const std::uint64_t pick = next_random(state);
  const auto& rule = rules.rules[pick % rules.rules.size()];
  if (rule.arguments.empty()) return pick % 3 == 0 ? next_random(state) << 20 : pick % 7;
  const auto& a = rule.arguments[next_random(state) % rule.arguments.size()];
  return a.value + (pick % 5) - 2 + (pick % 11 == 0 ? std::uint64_t{1} << 32 : 0);
}

void check_against_meaning(const SeccompRules& rules) {
  const auto program = assemble_seccomp(rules);
  REQUIRE(bpf_check(program) == "");
  std::uint64_t state = 42;
  for (int nr = 0; nr < 470; ++nr) {
    for (int round = 0; round < 40; ++round) {
      SeccompData data;
      data.nr = round % 13 == 12 ? nr | 0x40000000 : nr;
      data.arch = round % 17 == 16 ? 0x40000003 : kAuditArchX86_64;
      for (auto& a : data.args) a = interesting(state, rules);
      INFO("nr " << data.nr << " arg0 " << data.args[0] << " arg1 " << data.args[1]);
      REQUIRE(bpf_run(program, data).value == meaning(rules, data));
    }
  }
}

SeccompRules docker(std::uint64_t capabilities) {
  std::ifstream file(ISOSIM_SOURCE_DIR "/models/container/docker-seccomp.json");
  std::stringstream text;
  text << file.rdbuf();
  return parse_seccomp_profile(text.str(), "docker-seccomp.json", {capabilities, 4, 4});
}

constexpr std::uint64_t kDockerCapabilities =
    capability_bit(Cap::chown) | capability_bit(Cap::dac_override) | capability_bit(Cap::fsetid) |
    capability_bit(Cap::fowner) | capability_bit(Cap::mknod) | capability_bit(Cap::net_raw) |
    capability_bit(Cap::setgid) | capability_bit(Cap::setuid) | capability_bit(Cap::setfcap) |
    capability_bit(Cap::setpcap) | capability_bit(Cap::net_bind_service) | capability_bit(Cap::sys_chroot) |
    capability_bit(Cap::kill) | capability_bit(Cap::audit_write);

Sys call(SysNr nr, std::uint64_t a0 = 0) {
  Sys sys;
  sys.nr = nr;
  sys.arg[0] = a0;
  return sys;
}

}  // namespace

TEST_CASE("an assembled filter decides as its rules say") {
  SeccompRules rules;
  rules.default_action = seccomp_ret::error | 38;
  rules.bad_architecture_action = seccomp_ret::kill_thread;
  std::uint64_t state = 7;
  for (SysNr nr = 0; nr < 330; nr = static_cast<SysNr>(nr + 1 + next_random(state) % 2)) {
    SeccompRule rule{nr, nr % 50 == 3 ? seccomp_ret::trap : seccomp_ret::allow, {}};
    if (nr % 9 == 4) {
      for (unsigned i = 0; i < 1u + nr % 3u; ++i) {
        const auto compare = static_cast<SeccompCompare>(next_random(state) % 7);
        rule.arguments.push_back({i, compare, next_random(state) % (std::uint64_t{1} << 40), 0xff00ff});
      }
    }
    rules.rules.push_back(rule);
    if (nr % 18 == 4)
      rules.rules.push_back({nr, seccomp_ret::allow, {{3, SeccompCompare::ge, std::uint64_t{1} << 33}}});
  }
  SECTION("with a check against x32") { check_against_meaning(rules); }
  SECTION("with x32 allowed") {
    rules.x32 = true;
    check_against_meaning(rules);
  }
  SECTION("of few rules") {
    rules.rules.resize(3);
    check_against_meaning(rules);
  }
}

TEST_CASE("Docker's profile blocks what Docker says it blocks") {
  const auto rules = docker(kDockerCapabilities);
  check_against_meaning(rules);
  const SeccompChain filter(assemble_seccomp(rules), nullptr);
  for (const SysNr allowed : {nr::read, nr::getuid, nr::execve, nr::futex, nr::statx, nr::chroot})
    CHECK(filter.evaluate(call(allowed)).action() == seccomp_ret::allow);
  for (const SysNr blocked :
       {nr::mount, nr::ptrace, nr::reboot, nr::bpf, nr::keyctl, nr::kexec_load, nr::unshare})
    CHECK(filter.evaluate(call(blocked)).value == (seccomp_ret::error | EPERM_));
  CHECK(filter.evaluate(call(nr::clone, 0x01200011)).action() == seccomp_ret::allow);
  CHECK(filter.evaluate(call(nr::clone, 0x10000000)).action() == seccomp_ret::error);  // CLONE_NEWUSER
  CHECK(filter.evaluate(call(nr::personality, 0x20008)).action() == seccomp_ret::allow);
  CHECK(filter.evaluate(call(nr::personality, 0x40000)).action() == seccomp_ret::error);
  int blocked = 0;
  for (SysNr nr = 0; nr <= nr::statx; ++nr)
    blocked += filter.evaluate(call(nr)).action() == seccomp_ret::error;
  CHECK(blocked >= 44);  // "disables around 44 system calls out of 300+", and those that Linux removed

  const SeccompChain privileged(assemble_seccomp(docker(~0ull)), nullptr);
  CHECK(privileged.evaluate(call(nr::mount)).action() == seccomp_ret::allow);
}

TEST_CASE("a filter's cost follows from length and position") {
  const SeccompChain filter(assemble_seccomp(docker(kDockerCapabilities)), nullptr);
  std::uint32_t last = 0;
  for (const SysNr nr : {nr::read, nr::open, nr::getuid, nr::openat, nr::statx}) {
    const auto verdict = filter.evaluate(call(nr));
    CHECK(verdict.constant());
    CHECK(verdict.instructions > last);
    last = verdict.instructions;
  }
  CHECK(filter.evaluate(call(nr::read)).instructions == 5);  // load, architecture, load, compare, return
  // A call that is not in the chain passes all of it.
  CHECK(filter.evaluate(call(nr::bpf)).instructions > last);
  CHECK_FALSE(filter.evaluate(call(nr::clone)).constant());
}

TEST_CASE("remembered results are those of a fresh evaluation") {
  const auto program = assemble_seccomp(docker(kDockerCapabilities));
  const SeccompChain used(program, nullptr);
  for (int round = 0; round < 2; ++round) {
    for (SysNr nr = 0; nr < kSyscallLimit; ++nr) {
      const SeccompChain fresh(program, nullptr);
      const Sys sys = call(nr, round == 0 ? 0 : 0x20000);
      const auto a = used.evaluate(sys), b = fresh.evaluate(sys);
      REQUIRE((a.value == b.value && a.instructions == b.instructions && a.filters == b.filters));
    }
  }
}

TEST_CASE("of stacked filters the severest wins and all are paid") {
  const auto one = [](SysNr nr, std::uint32_t action) {
    SeccompRules rules;
    rules.default_action = seccomp_ret::allow;
    rules.rules = {{nr, action, {}}};
    return assemble_seccomp(rules);
  };
  auto bottom = std::make_shared<SeccompChain>(one(nr::getpid, seccomp_ret::error | 13), nullptr);
  auto middle = std::make_shared<SeccompChain>(one(nr::getpid, seccomp_ret::trace), bottom);
  const SeccompChain top(one(nr::getuid, seccomp_ret::kill_process), middle);
  CHECK(top.evaluate(call(nr::getpid)).value == (seccomp_ret::error | 13));
  CHECK(top.evaluate(call(nr::getuid)).action() == seccomp_ret::kill_process);
  CHECK(top.evaluate(call(nr::read)).action() == seccomp_ret::allow);
  CHECK(top.evaluate(call(nr::read)).filters == 3);
  CHECK(top.evaluate(call(nr::read)).instructions > middle->evaluate(call(nr::read)).instructions);
  CHECK(top.length() == top.program().size() + middle->length());
}

TEST_CASE("the kernel refuses programs that are not fit to run") {
  using P = std::vector<BpfInstruction>;
  const BpfInstruction allow{bpf::ret, 0, 0, seccomp_ret::allow};
  CHECK(bpf_check(P{allow}) == "");
  CHECK_THAT(bpf_check(P{}), Contains("0 instructions"));
  CHECK_THAT(bpf_check(P(4097, allow)), Contains("4097"));
  CHECK_THAT(bpf_check(P{{bpf::ld | bpf::abs, 0, 0, 2}, allow}), Contains("instruction 0: load of offset 2"));
  CHECK_THAT(bpf_check(P{{bpf::ld | bpf::abs, 0, 0, 64}, allow}), Contains("offset 64"));
  CHECK_THAT(bpf_check(P{{bpf::jmp | bpf::jeq, 1, 0, 0}, allow}), Contains("jump out"));
  CHECK_THAT(bpf_check(P{{bpf::jmp | bpf::ja, 0, 0, 0xffffffff}, allow}), Contains("jump out"));
  CHECK_THAT(bpf_check(P{{bpf::ld | bpf::imm, 0, 0, 1}}), Contains("does not return"));
  CHECK_THAT(bpf_check(P{{bpf::alu | bpf::div, 0, 0, 0}, allow}), Contains("division"));
  CHECK_THAT(bpf_check(P{{bpf::st, 0, 0, 16}, allow}), Contains("scratch"));
  CHECK_THAT(bpf_check(P{{0x87, 0, 1, 0}, {0x40, 0, 0, 0}, allow}), Contains("opcode 0x40"));
}

TEST_CASE("every instruction computes what it should") {
  using P = std::vector<BpfInstruction>;
  SeccompData data;
  data.nr = 5;
  data.args[1] = 0x1122334455667788;
  const auto result = [&](P program) {
    REQUIRE(bpf_check(program) == "");
    return bpf_run(program, data).value;
  };
  const BpfInstruction ret_a{bpf::ret | bpf::a, 0, 0, 0};
  CHECK(result({{bpf::ld | bpf::abs, 0, 0, 24}, ret_a}) == 0x55667788);
  CHECK(result({{bpf::ld | bpf::abs, 0, 0, 28}, ret_a}) == 0x11223344);
  CHECK(result({{bpf::ld | bpf::len, 0, 0, 0}, ret_a}) == 64);
  const auto arithmetic = [&](std::uint16_t operation, std::uint32_t k) {
    return result(
        {{bpf::ld | bpf::imm, 0, 0, 12}, {static_cast<std::uint16_t>(bpf::alu | operation), 0, 0, k}, ret_a});
  };
  CHECK(arithmetic(bpf::add, 5) == 17);
  CHECK(arithmetic(bpf::sub, 13) == 0xffffffff);
  CHECK(arithmetic(bpf::mul, 3) == 36);
  CHECK(arithmetic(bpf::div, 5) == 2);
  CHECK(arithmetic(bpf::or_, 3) == 15);
  CHECK(arithmetic(bpf::and_, 9) == 8);
  CHECK(arithmetic(bpf::lsh, 2) == 48);
  CHECK(arithmetic(bpf::rsh, 2) == 3);
  CHECK(arithmetic(bpf::xor_, 10) == 6);
  CHECK(arithmetic(bpf::neg, 0) == 0xfffffff4);
  // Through X and the scratch memory: (7 stored, reloaded into X) 5 - 7.
  CHECK(result({{bpf::ld | bpf::imm, 0, 0, 7},
                {bpf::st, 0, 0, 3},
                {bpf::ldx | bpf::mem, 0, 0, 3},
                {bpf::ld | bpf::abs, 0, 0, 0},
                {bpf::alu | bpf::sub | bpf::x, 0, 0, 0},
                ret_a}) == 0xfffffffe);
  CHECK(result(
            {{bpf::ldx | bpf::imm, 0, 0, 0}, {bpf::alu | bpf::div | bpf::x, 0, 0, 0}, {bpf::ret, 0, 0, 9}}) ==
        0);
}

TEST_CASE("errors in a profile name place and remedy") {
  const auto parse = [](std::string_view text) { return parse_seccomp_profile(text, "p.json", {}); };
  CHECK_THROWS_WITH(parse("{"), Contains("p.json"));
  CHECK_THROWS_WITH(parse(R"({"defaultAction":"SCMP_ACT_ALOW"})"),
                    Contains("/defaultAction") && Contains("SCMP_ACT_ALLOW"));
  CHECK_THROWS_WITH(
      parse(R"({"defaultAction":"SCMP_ACT_KILL","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW",
      "args":[{"index":6,"value":0,"op":"SCMP_CMP_EQ"}]}]})"),
      Contains("/syscalls/0/args/0/index"));
  CHECK_THROWS_WITH(
      parse(R"({"defaultAction":"SCMP_ACT_KILL","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW",
      "includes":{"caps":["CAP_SYS_ADMINN"]}}]})"),
      Contains("CAP_SYS_ADMINN"));
  CHECK(
      parse(
          R"({"defaultAction":"SCMP_ACT_KILL","syscalls":[{"names":["no_such_call"],"action":"SCMP_ACT_ALLOW"}]})")
          .rules.empty());
}
