// The Sentry's ticker: kernelCPUClockTicker in pkg/sentry/kernel/task_sched.go, its timer in
// pkg/sentry/kernel/time.
#include "kernel-model/signal/signal.h"
#include "models/go/paths.h"
#include "tests/models/sandboxed_program.h"

namespace isosim::test {

namespace {

struct Ticks final : sim::Observer {
  explicit Ticks(const sim::Catalogue& catalogue) : tick(catalogue.find("sentry.cpu_clock.tick")) {}
  void on_charge(const sim::Task&, sim::PathId path, sim::Time, sim::Time, std::uint64_t) override {
    ticks += path == tick;
  }
  void on_enter(const sim::Task&, std::string_view frame, sim::Time) override { futexes += frame == "futex"; }
  sim::PathId tick;
  int ticks = 0, futexes = 0;
};

}  // namespace

TEST_CASE("the CPU clock ticks every 10 ms while a task runs", "[gvisor]") {
  const std::string platform = GENERATE("gvisor-kvm", "gvisor-ptrace");
  SandboxedProgram s(platform);
  s.run([&](kernel::Thread& t) {
    Ticks seen(s.stack->catalogue());
    s.stack->engine().set_observer(&seen);
    const sim::Time before = t.now();
    s.stack->target().compute(t, sim::milliseconds(200));
    s.stack->engine().set_observer(nullptr);
    const std::int64_t due = (t.now() - before).ps / sim::milliseconds(10).ps;
    CHECK(seen.ticks >= due - 1);
    CHECK(seen.ticks <= due + 1);
    CHECK(seen.futexes >= 2 * seen.ticks);  // the timer goroutine's thread, asleep and woken
  });
}

TEST_CASE("while nothing runs the clock goes on ticking, until gVisor 20200127.0", "[gvisor]") {
  const bool stops = GENERATE(false, true);
  SandboxedProgram s("gvisor-kvm", stops ? "20200127.0" : "20190304.1");
  s.run([&](kernel::Thread&) {
    s.rest();
    Ticks seen(s.stack->catalogue());
    s.stack->engine().set_observer(&seen);
    s.rest(sim::milliseconds(200));
    s.stack->engine().set_observer(nullptr);
    CHECK(seen.ticks >= (stops ? 1 : 19));
    CHECK(seen.ticks <= (stops ? 2 : 21));
  });
}

TEST_CASE("a tick sends the signal of a CPU timer", "[gvisor]") {
  constexpr std::uint64_t kProf = 2;
  SandboxedProgram s;
  s.run([&](kernel::Thread& t) {
    kernel::Sys action;
    action.nr = nr::rt_sigaction;
    action.arg = {kernel::signo::prof, 1, 0, 8};
    action.at[1] = kernel::SignalAction{kernel::SignalAction::Kind::handler, 0, 0};
    CHECK(s.call(action) == 0);
    int signals = 0;
    t.on_signal = [&](kernel::Thread&, int signal) { signals += signal == kernel::signo::prof; };
    kernel::Sys timer;
    timer.nr = nr::setitimer;
    timer.arg = {kProf, 1};
    timer.at[1] = kernel::Itimer{sim::milliseconds(30), sim::milliseconds(30)};
    CHECK(s.call(timer) == 0);
    const auto begun = s.count([&] { s.stack->target().compute(t, sim::milliseconds(200)); });
    s.call(nr::getuid);
    CHECK(signals >= 4);
    CHECK(signals <= 7);
    CHECK(begun.at("tgkill") >= signals - 1);  // each makes the task come out of its application
  });
}

}  // namespace isosim::test
