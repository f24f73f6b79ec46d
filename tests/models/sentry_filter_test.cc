#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/process/bpf.h"
#include "kernel-model/process/seccomp.h"
#include "models/sentry/filter/filter.h"

using namespace isosim;
using namespace isosim::kernel;
using models::FilterRules;
using models::Release;
using models::SentryPlatform;

namespace {

constexpr std::uint64_t kSendFlags = MSG_DONTWAIT | MSG_NOSIGNAL, kReceiveFlags = MSG_DONTWAIT | MSG_TRUNC;
constexpr std::uint64_t kKvmRun = 0xae80;

SeccompData call(std::uint32_t number, std::array<std::uint64_t, 6> arguments = {}) {
  SeccompData data;
  data.nr = static_cast<std::int32_t>(number);
  std::copy(arguments.begin(), arguments.end(), data.args);
  return data;
}

models::SentryFilterOptions on(SentryPlatform platform) { return {.platform = platform, .control_fd = 7}; }

struct Filter {
  std::vector<BpfInstruction> program;
  explicit Filter(std::vector<BpfInstruction> p) : program(std::move(p)) {
    REQUIRE(bpf_check(program) == "");
  }
  [[nodiscard]] std::uint32_t instructions(const SeccompData& data) const {
    const BpfResult result = bpf_run(program, data);
    CHECK(result.value == seccomp_ret::allow);
    return result.executed;
  }
  [[nodiscard]] std::uint32_t verdict(const SeccompData& data) const { return bpf_run(program, data).value; }
};

Filter sentry(Release release, SentryPlatform platform, bool kill = false, std::uint32_t padding = 0) {
  return Filter(models::sentry_filter(release, on(platform), kill, padding));
}

// What the rules mean, without any program.
bool allows(const FilterRules& rules, const SeccompData& data) {
  const auto found = rules.calls().find(static_cast<std::uint32_t>(data.nr));
  if (data.arch != kAuditArchX86_64 || found == rules.calls().end()) return false;
  if (found->second.empty()) return true;
  for (const auto& rule : found->second) {
    bool all = true;
    for (std::size_t i = 0; i < rule.size(); ++i) all = all && (!rule[i] || *rule[i] == data.args[i]);
    if (all) return true;
  }
  return false;
}

std::uint64_t next_random(std::uint64_t& state) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return state >> 20;
}

void check_against_meaning(const FilterRules& rules) {
  const Filter filter(rules.assemble(seccomp_ret::trap));
  std::uint64_t state = 7;
  std::size_t allowed = 0;
  const auto check = [&](const SeccompData& data) {
    INFO("nr " << data.nr << " arch " << data.arch << " args " << data.args[0] << " " << data.args[1] << " "
               << data.args[2] << " " << data.args[3] << " " << data.args[4]);
    const bool expected = allows(rules, data);
    REQUIRE(filter.verdict(data) == (expected ? seccomp_ret::allow : seccomp_ret::trap));
    allowed += expected;
  };
  for (std::uint32_t number = 0; number < 340; ++number) {
    const auto found = rules.calls().find(number);
    const auto count = found == rules.calls().end() ? 0 : found->second.size();
    for (int round = 0; round < 40; ++round) {
      SeccompData data = call(number);
      for (std::size_t i = 0; i < 6; ++i) data.args[i] = next_random(state) % 3;
      if (count != 0) {  // one of its rules, now and then with a bit of either word turned
        const auto& rule = found->second[next_random(state) % count];
        for (std::size_t i = 0; i < 6; ++i)
          if (rule[i]) data.args[i] = *rule[i];
        if (round % 3 == 0)
          data.args[next_random(state) % 6] ^= std::uint64_t{1} << (next_random(state) % 64);
      }
      if (round % 13 == 12) data.arch = 0x40000003;
      check(data);
    }
  }
  for (const std::uint32_t number : {0xffffffffu, 0xfffffffeu, 0x40000000u, 0x80000000u}) check(call(number));
  CHECK(allowed > 1000);
}

}  // namespace

TEST_CASE("the Sentry may make 55 calls on KVM and 56 on ptrace, the Gofer 52", "[sentry][seccomp]") {
  struct Expected {
    Release release;
    std::size_t kvm, ptrace, gofer;
  };
  // KVM's 55 count -1. 20200127.0 has dup3 and sendmmsg in addition.
  const Expected expected[] = {{Release::r20190304, 55, 56, 52},
                               {Release::r20190529, 55, 56, 53},
                               {Release::r20190806, 55, 56, 53},
                               {Release::r20200127, 57, 58, 56}};
  for (const Expected& e : expected) {
    CAPTURE(models::facts(e.release).name);
    CHECK(models::sentry_rules(e.release, on(SentryPlatform::kvm)).calls().size() == e.kvm);
    CHECK(models::sentry_rules(e.release, on(SentryPlatform::ptrace)).calls().size() == e.ptrace);
    CHECK(models::gofer_rules(e.release).calls().size() == e.gofer);
  }
}

TEST_CASE("instructions that each host call of the Sentry passes", "[sentry][seccomp]") {
  const Filter kvm = sentry(Release::r20190304, SentryPlatform::kvm);
  CHECK(kvm.instructions(call(nr::pread64)) == 8);
  CHECK(kvm.instructions(call(nr::rt_sigreturn)) == 20);
  CHECK(kvm.instructions(call(nr::pwrite64)) == 20);
  CHECK(kvm.instructions(call(nr::poll)) == 20);
  CHECK(kvm.instructions(call(nr::sendmsg, {3, 1, kSendFlags})) == 18);
  CHECK(kvm.instructions(call(nr::recvmsg, {3, 1, kReceiveFlags})) == 24);
  CHECK(kvm.instructions(call(nr::futex, {1, FUTEX_WAIT_PRIVATE})) == 16);
  CHECK(kvm.instructions(call(nr::futex, {1, FUTEX_WAKE_PRIVATE, 1})) == 18);
  // Six rules for terminals fail first, each on the low word.
  CHECK(kvm.instructions(call(nr::ioctl, {9, kKvmRun})) == 29);

  const Filter ptrace = sentry(Release::r20190304, SentryPlatform::ptrace);
  CHECK(ptrace.instructions(call(nr::pwrite64)) == 8);
  CHECK(ptrace.instructions(call(nr::sched_setaffinity)) == 8);
  CHECK(ptrace.instructions(call(nr::rt_sigreturn)) == 14);
  CHECK(ptrace.instructions(call(nr::ptrace)) == 17);
  CHECK(ptrace.instructions(call(nr::wait4)) == 20);
  CHECK(ptrace.instructions(call(nr::getcpu)) == 20);
}

TEST_CASE("what the Sentry must not ask of the host traps, or kills where Linux can", "[sentry][seccomp]") {
  for (const Release release : models::kReleases) {
    for (const auto platform : {SentryPlatform::kvm, SentryPlatform::ptrace}) {
      const Filter old_host = sentry(release, platform), new_host = sentry(release, platform, true);
      for (const SeccompData& data :
           {call(nr::open), call(nr::openat), call(nr::socket), call(nr::connect), call(nr::execve),
            call(nr::bind), call(nr::fork), call(nr::clone, {CLONE_VM}), call(nr::accept, {8}),
            call(nr::stat), call(nr::unlinkat), call(nr::fcntl, {3, F_DUPFD}),
            call(nr::sendmsg, {3, 1, 0})}) {
        CAPTURE(data.nr);
        CHECK(old_host.verdict(data) == seccomp_ret::trap);
        CHECK(new_host.verdict(data) == seccomp_ret::kill_process);
      }
      CHECK(old_host.verdict(call(nr::accept, {7})) == seccomp_ret::allow);
      CHECK((old_host.verdict(call(nr::ioctl, {9, kKvmRun})) == seccomp_ret::allow) ==
            (platform == SentryPlatform::kvm));
      CHECK((old_host.verdict(call(nr::tgkill, {2})) == seccomp_ret::allow) ==
            (platform == SentryPlatform::ptrace));
      CHECK((old_host.verdict(call(0xffffffff)) == seccomp_ret::allow) == (platform == SentryPlatform::kvm));
    }
  }
}

TEST_CASE("the Gofer may open files but not the Sentry's devices", "[sentry][seccomp]") {
  for (const Release release : models::kReleases) {
    const Filter gofer(models::gofer_filter(release, false));
    CHECK(gofer.verdict(call(nr::openat)) == seccomp_ret::allow);
    CHECK(gofer.verdict(call(nr::sendmsg, {3, 1, kSendFlags})) == seccomp_ret::allow);
    CHECK(gofer.verdict(call(nr::ioctl, {9, kKvmRun})) == seccomp_ret::trap);
    CHECK(gofer.verdict(call(nr::open)) == seccomp_ret::trap);
    CHECK(gofer.verdict(call(nr::execve)) == seccomp_ret::trap);
    CHECK(gofer.verdict(call(nr::mmap, {0, 0, 0, MAP_PRIVATE})) == seccomp_ret::trap);
    CHECK((gofer.verdict(call(nr::futex, {1, FUTEX_WAKE})) == seccomp_ret::allow) ==
          models::facts(release).flipcall);
  }
}

TEST_CASE("gVisor's filter programs mean what their rules say", "[sentry][seccomp]") {
  for (const Release release : models::kReleases) {
    for (const auto platform : {SentryPlatform::kvm, SentryPlatform::ptrace})
      check_against_meaning(models::sentry_rules(release, on(platform)));
    check_against_meaning(models::gofer_rules(release));
  }
}

TEST_CASE("a list of any length makes a program", "[sentry][seccomp]") {
  FilterRules rules{};
  for (std::uint32_t number = 0; number < 20; ++number) {
    const Filter filter(rules.assemble(seccomp_ret::trap));
    for (std::uint32_t other = 0; other < 25; ++other)
      REQUIRE((filter.verdict(call(3 * other)) == seccomp_ret::allow) == (other < number));
    rules.merge({{3 * number, {}}});
  }
}

TEST_CASE("what allows any arguments keeps doing so when rules are added, behind what stood there",
          "[sentry][seccomp]") {
  FilterRules any_first{{5, {}}}, any_last{{5, {models::where({{0, 1}})}}};
  any_first.merge({{5, {models::where({{0, 1}})}}});
  any_last.merge({{5, {}}});
  CHECK(any_first.calls().at(5) == std::vector<models::FilterRule>{{}, models::where({{0, 1}})});
  CHECK(any_last.calls().at(5) == std::vector<models::FilterRule>{models::where({{0, 1}}), {}});
}

TEST_CASE("padding makes every host call pass as many more instructions", "[sentry][seccomp]") {
  const Filter plain = sentry(Release::r20190304, SentryPlatform::kvm);
  const Filter padded = sentry(Release::r20190304, SentryPlatform::kvm, false, 3000);
  for (const SeccompData& data : {call(nr::pread64), call(nr::ioctl, {9, kKvmRun})})
    CHECK(padded.instructions(data) == plain.instructions(data) + 3000);
}

TEST_CASE("a host kernel runs the Sentry's filter as its own", "[sentry][seccomp]") {
  const SeccompChain chain(models::sentry_filter(Release::r20190304, on(SentryPlatform::kvm), false),
                           nullptr);
  Sys wait;
  wait.nr = nr::futex;
  wait.arg[1] = FUTEX_WAIT_PRIVATE;
  CHECK(chain.evaluate(wait).instructions == 16);
  CHECK_FALSE(chain.evaluate(wait).constant());
  Sys open;
  open.nr = nr::openat;
  CHECK(chain.evaluate(open).action() == seccomp_ret::trap);
  CHECK(chain.evaluate(open).constant());
}
