// Platforms that answer some calls in their own way.
#include <catch2/catch.hpp>
#include <set>

#include "kernel-model/abi/errno.h"
#include "kernel-model/abi/syscall_names.h"
#include "models/platform.h"
#include "workloads/replay/replayer.h"
#include "workloads/result_json.h"

using namespace isosim;
namespace nr = kernel::nr;

namespace {

// The Linux model without some calls, as an older kernel.
class Older final : public models::Stack, public kernel::SyscallTarget {
 public:
  Older(models::Stack& below, std::set<kernel::SysNr> lacks, bool knows)
      : below_(below), lacks_(std::move(lacks)), knows_(knows) {}

  std::int64_t syscall(kernel::Thread& thread, kernel::Sys& sys) override {
    ++calls[sys.nr];
    return lacks_.contains(sys.nr) ? -kernel::ENOSYS_ : below_.target().syscall(thread, sys);
  }
  void compute(kernel::Thread& thread, sim::Time span) override { below_.target().compute(thread, span); }
  std::int64_t touch(kernel::Thread& t, kernel::Address a, std::uint64_t n, bool write) override {
    return below_.target().touch(t, a, n, write);
  }

  std::string_view known_difference(const kernel::Sys& sys, std::int64_t returned) const override {
    return knows_ && lacks_.contains(sys.nr) && returned == -kernel::ENOSYS_ ? "too new" : "";
  }

  void life_cycles(unsigned clients, std::uint64_t count,
                   const std::function<void(sim::Time)>& cycle) override {
    below_.life_cycles(clients, count, cycle);
  }
  SyscallTarget& target() override { return *this; }
  kernel::Kernel& host() override { return below_.host(); }
  kernel::Kernel& kernel() override { return below_.kernel(); }
  std::int64_t populate(const kernel::InitialFile& file) override { return below_.populate(file); }
  std::int64_t set_directory(std::string_view path, std::uint32_t umask) override {
    return below_.set_directory(path, umask);
  }
  kernel::Process& program() override { return below_.program(); }
  kernel::Thread& start(kernel::Process& process, std::string name,
                        std::function<void(kernel::Thread&)> body) override {
    return below_.start(process, std::move(name), std::move(body));
  }
  std::string storage(std::string_view name) const override { return below_.storage(name); }
  sim::Engine& engine() override { return below_.engine(); }
  cpu::Cpu& cpu() override { return below_.cpu(); }
  const sim::Catalogue& catalogue() const override { return below_.catalogue(); }
  sim::Observer* waveforms() override { return nullptr; }
  bool run_before(sim::Time limit) override { return below_.run_before(limit); }

  std::map<kernel::SysNr, int> calls;

 private:
  models::Stack& below_;
  std::set<kernel::SysNr> lacks_;
  bool knows_;
};

struct Replay {
  workloads::Result result;
  std::map<kernel::SysNr, int> calls;
};

Replay replay_on_older(std::string_view text, std::set<kernel::SysNr> lacks, bool knows = true) {
  const traces::Trace trace = traces::Trace::parse(text);
  const workloads::TraceAnalysis analysis(trace);
  sim::Settings settings;
  models::StackRequest request;
  request.platform = "native";
  request.machine = "e5-2630v3";
  const auto stack = models::build_stack(request, settings);
  Older older(*stack, std::move(lacks), knows);
  workloads::Result result = workloads::Replayer(older, trace, analysis, {}).run();
  return {std::move(result), older.calls};
}

constexpr std::string_view kText =
    "1 statx(AT_FDCWD, \"/etc/passwd\", AT_STATX_SYNC_AS_STAT, STATX_ALL, {stx_size=10}) = 0\n"
    "1 statx(AT_FDCWD, \"/etc/nobody\", AT_STATX_SYNC_AS_STAT, STATX_ALL, 0x7ffe) = -1 ENOENT (No such "
    "file)\n"
    "1 set_robust_list(0x7f2b, 24) = 0\n"
    "1 getuid() = 0\n";

}  // namespace

TEST_CASE("an answer that the platform is known to give is neither compared nor a mismatch", "[replay]") {
  const auto [result, calls] = replay_on_older(kText, {nr::statx, nr::set_robust_list});
  CHECK(result.mismatches.empty());
  // statx is compared by what the older call answers in its place, set_robust_list has none.
  CHECK(result.compared == 3);
  CHECK(result.agree == 3);
  REQUIRE(result.known_differences.size() == 2);
  CHECK(result.known_differences[0].call == "statx");
  CHECK(result.known_differences[0].count == 2);
  CHECK(result.known_differences[0].line == 1);
  CHECK(result.known_differences[0].emulated == -kernel::ENOSYS_);
  CHECK(result.known_differences[1].call == "set_robust_list");
  CHECK(calls.at(nr::newfstatat) == 2);
  const auto json = workloads::to_json(result);
  CHECK(json["returns"]["known_differences"][0]["reason"] == "too new");
}

TEST_CASE("an answer that nobody explains is a mismatch", "[replay]") {
  const auto [result, calls] = replay_on_older(kText, {nr::statx, nr::set_robust_list}, false);
  CHECK(result.known_differences.empty());
  CHECK(result.compared == 4);
  CHECK(result.agree == 1);
  CHECK_FALSE(calls.contains(nr::newfstatat));
}

TEST_CASE("a thread comes to life where clone3 is unknown", "[replay]") {
  const std::string_view text =
      "1 clone3({flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD|CLONE_SYSVSEM, "
      "exit_signal=0, "
      "stack=0x7f00, stack_size=0x1000}, 88) = 2\n"
      "2 getpid() = 1\n"
      "2 exit(0) = ?\n"
      "1 getpid() = 1\n";
  const auto [result, calls] = replay_on_older(text, {nr::clone3});
  CHECK(calls.at(nr::clone) == 1);
  CHECK(calls.at(nr::getpid) == 2);
  CHECK(result.mismatches.empty());
  CHECK(result.agree == 3);
}

TEST_CASE("runc says why a number that nobody knows gets EPERM", "[replay]") {
  const traces::Trace trace =
      traces::Trace::parse("1 syscall_0x3e7(0x1, 0x2) = -1 ENOSYS (Function not implemented)\n");
  const workloads::TraceAnalysis analysis(trace);
  sim::Settings settings;
  models::StackRequest request;
  request.platform = "runc";
  request.machine = "e5-2630v3";
  const auto stack = models::build_stack(request, settings);
  const workloads::Result result = workloads::Replayer(*stack, trace, analysis, {}).run();
  CHECK(result.compared == 0);
  REQUIRE(result.known_differences.size() == 1);
  CHECK(result.known_differences[0].emulated == -kernel::EPERM_);
  CHECK(result.known_differences[0].recorded == -kernel::ENOSYS_);
}

TEST_CASE("what another machine, kernel or bounding set answers is told apart from what is wrong",
          "[replay]") {
  const auto reasons = [](const char* platform) {
    const traces::Trace trace = traces::Trace::parse(
        "1 sched_getaffinity(0, 128, [0 1]) = 32\n"
        "1 prctl(PR_CAPBSET_READ, CAP_CHOWN) = 1\n"
        "1 prctl(PR_CAPBSET_READ, CAP_SYS_TIME) = 1\n"
        "1 prctl(PR_CAPBSET_READ, CAP_CHECKPOINT_RESTORE) = 1\n");
    const workloads::TraceAnalysis analysis(trace);
    sim::Settings settings;
    const auto stack = models::build_stack(
        {.platform = platform, .machine = "e5-2630v3", .set = {}, .patches = {}}, settings);
    const workloads::Result result = workloads::Replayer(*stack, trace, analysis, {}).run();
    CHECK(result.mismatches.empty());
    CHECK(result.agree == result.compared);
    std::uint64_t known = 0;
    for (const auto& row : result.known_differences) known += row.count;
    CHECK(known + result.compared == 4);
    return result.known_differences.size();
  };
  CHECK(reasons("native") == 1);
  CHECK(reasons("runc") == 2);
}
