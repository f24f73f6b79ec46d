#include "workloads/replay/replayer.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <tuple>

#include "kernel-model/process/namespaces.h"
#include "workloads/replay/call_again.h"
#include "workloads/replay/fallback.h"
#include "workloads/replay/follow.h"
#include "workloads/replay/populate.h"
#include "workloads/replay/recorded_difference.h"
#include "workloads/replay/recorded_time.h"
#include "workloads/replay/recorded_wait.h"

namespace isosim::workloads {

using kernel::Sys;
using kernel::Thread;
using traces::Event;
using traces::EventKind;

namespace {

constexpr std::uint64_t kProgressEvery = 4096;  // calls
constexpr std::int64_t kSlower = 2;             // than in the record, a computation at most

constexpr std::uint64_t kCloneVm = 0x100, kCloneFiles = 0x400;  // include/uapi/linux/sched.h

bool creates_task(kernel::SysNr nr) {
  return nr == kernel::nr::clone || nr == kernel::nr::clone3 || nr == kernel::nr::fork ||
         nr == kernel::nr::vfork;
}

bool is_exec(kernel::SysNr nr) { return nr == kernel::nr::execve || nr == kernel::nr::execveat; }

// What the program got in the end: a call that a signal interrupted and that was not restarted fails with
// EINTR.
std::int64_t program_result(const Event& event) {
  return event.return_kind == traces::ReturnKind::restart ? -std::int64_t{kernel::EINTR_} : event.result;
}

}  // namespace

TraceAnalysis::TraceAnalysis(const traces::Trace& trace)
    : tree(traces::infer_tree(trace)),
      peers(traces::infer_peers(trace)),
      overhead(traces::estimate_tracer_overhead(trace)) {}

struct Replayer::ReplayThread {
  ReplayThread(Replayer& replayer, std::int32_t recorded_tid)
      : tid(recorded_tid),
        events(replayer.trace_.cursor(recorded_tid)),
        lane(replayer.progress_.lane(recorded_tid)),
        gaps(replayer.options_.gaps, replayer.analysis_.overhead),
        decoder(replayer.ids_, replayer.options_.relocation) {}

  std::int32_t tid;  // recorded
  Lookahead events;
  Progress::Lane& lane;
  traces::GapClock gaps;
  Decoder decoder;
  ProcessMaps maps;
  ScratchArea scratch;
  Thread* thread = nullptr;    // once it started
  std::uint64_t sequence = 0;  // of the event it is at
  std::int64_t end_ns = 0;     // and when that was over
  bool done = false;
  sim::Time due;                    // when it would be through with what it is at, by the record
  bool forced = false;              // the call it is in was made to return
  std::vector<std::int32_t> woken;  // by the futex wake that it is at: recorded tids
  Sys sys;
  std::string older_path;  // of a call that takes the place of the recorded one
};

Replayer::Replayer(models::Stack& stack, const traces::Trace& trace, const TraceAnalysis& analysis,
                   ReplayOptions options)
    : stack_(stack),
      trace_(trace),
      analysis_(analysis),
      options_(std::move(options)),
      order_(trace, analysis.tree),
      progress_(stack.kernel()),
      patience_(trace.info()),
      environment_(stack),
      outside_(stack, analysis.peers, analysis.overhead),
      outside_signals_(stack, analysis.overhead,
                       [this](std::int32_t tid, std::uint64_t sequence, std::int64_t start_ns) {
                         return anyone_behind(tid, sequence, start_ns);
                       }),
      deadlines_(trace),
      links_(trace) {
  for (const traces::ThreadInfo& info : trace.threads())
    threads_.emplace(info.tid, std::make_unique<ReplayThread>(*this, info.tid));
}

Replayer::~Replayer() = default;

// As whom the program was started. An ordinary user has no capabilities.
void Replayer::become_user(kernel::Process& program) const {
  const traces::InitialTree& tree = analysis_.tree;
  if (tree.uid == 0) return;
  kernel::Credentials& who = program.credentials;
  who.uid = who.euid = who.suid = who.fsuid = tree.uid;
  who.gid = who.egid = who.sgid = who.fsgid = tree.gid;
  who.groups = tree.groups;
  who.capabilities = who.permitted = who.inheritable = who.ambient = 0;
}

// The process group and session in which the program was started. Who leads them is not in the trace: a
// number that no process gets (PID_MAX_LIMIT, include/linux/threads.h) stands for it.
void Replayer::join_group(kernel::Process& program) {
  constexpr std::int32_t kOutside = 1 << 22;
  const traces::Peers& peers = analysis_.peers;
  if (!peers.leads_session) program.sid = kOutside;
  if (!peers.leads_group) program.pgid = kOutside;
  if (peers.group != 0) ids_.add_group(0, peers.group, program.namespaces->pid->allocate(kOutside));
}

Result Replayer::run() {
  for_each_initial_file(analysis_.tree, options_.relocation,
                        [this](const kernel::InitialFile& file) { stack_.populate(file); });
  outside_.donate_initial();
  stack_.set_directory(analysis_.tree.working_directory, analysis_.tree.umask);
  sim::Time start;
  if (!trace_.threads().empty()) {
    ReplayThread& first = *threads_.at(trace_.threads().front().tid);
    stack_.start(stack_.program(), "main", [this, &first, &start](Thread& thread) {
      stack_.target().in_kernel(thread, [&] { outside_.open_initial(thread); });
      become_user(*thread.process);
      join_group(*thread.process);
      thread.process->terminal = analysis_.peers.terminal;
      // A trace that begins within a program has no execve that would make one.
      if (const Event* event = first.events.peek(0); event && !is_exec(event->nr))
        first.scratch = environment_.scratch(thread);
      stack_.host().sched->program_begins();
      use_before_ = stack_.host().sched->use();
      start = thread.now();
      if (options_.started) options_.started(thread);
      run_thread(first, thread);
    });
  }
  patience_.step(stack_.engine().now());
  while (run_on()) {
  }
  Result result = summarise();
  result.simulated = end_ - start - stalled_;
  return result;
}

void Replayer::run_thread(ReplayThread& replay, Thread& thread) {
  replay.thread = &thread;
  thread.hold_signals = true;
  const kernel::PidNamespace* space = thread.process->namespaces->pid.get();
  if (pid_spaces_.empty()) pid_spaces_.push_back(space);
  const auto known = std::find(pid_spaces_.begin(), pid_spaces_.end(), space);
  replay.maps.pid_space = static_cast<int>(known - pid_spaces_.begin());
  if (known == pid_spaces_.end()) pid_spaces_.push_back(space);
  ids_.add(0, replay.tid, pid_spaces_.front()->number(thread.tid));
  Event event;
  for (std::uint64_t index = 0; replay.events.next(event); ++index) {
    replay.sequence = event.sequence;
    replay.end_ns = event.return_kind == traces::ReturnKind::none
                        ? std::numeric_limits<std::int64_t>::max()
                        : event.start_ns + std::max<std::int64_t>(event.duration_ns, 0);
    const traces::Order::Before before = order_.before(replay.tid, index);
    replay.woken.assign(before.woken.begin(), before.woken.end());
    if (!before.dependencies.empty()) progress_.wait(thread, before.dependencies);
    if (thread.now() > kLongestReplay)
      throw std::runtime_error(
          fmt::format("line {}: more than 30 days of simulated time; replay the trace in parts", event.line));
    const sim::Time gap = sim::nanoseconds(replay.gaps.before(event));
    replay.due = thread.now() + gap * kSlower;
    if (gap > sim::Time{}) stack_.target().compute(thread, gap);
    used_gaps_ += gap;
    if (thread.state == kernel::RunState::dead) break;
    progress_.enter(replay.lane);
    patience_.step(thread.now());
    replay.due = thread.now() + Patience::recorded_span(event, replay.events);
    if (event.kind == EventKind::call) run_call(replay, thread, event, index);
    if (event.kind == EventKind::signal) {
      if (from_outside(event, ids_, replay.maps.pid_space)) outside_signals_.deliver(thread, event);
      environment_.take_signal(thread, event, ids_, replay.maps.pid_space);
    }
    if (thread.state == kernel::RunState::dead) break;
    progress_.complete(replay.lane, thread);
    patience_.step(thread.now());
    if (outside_signals_.waiting()) outside_signals_.look_again();
  }
  replay.done = true;
  if (outside_signals_.waiting()) outside_signals_.look_again();
  end_ = std::max(end_, thread.now());
  progress_.finish(replay.lane, nullptr);
}

void Replayer::run_call(ReplayThread& replay, Thread& thread, const Event& event, std::uint64_t index) {
  Sys& sys = replay.sys;
  replay.decoder.decode(event, replay.maps, replay.scratch, sys);
  sys.recorded = program_result(event);
  if (is_exec(event.nr)) sys.at[0] = exec_image(event, event.nr == kernel::nr::execve ? 0 : 1);
  if (creates_task(event.nr)) attach_child(replay, event, sys);
  place_deadline(event, thread, sys);
  outlast_timeout(event, sys);
  environment_.before_call(thread, event, sys, ids_, replay.maps.pid_space, alive(replay.woken));
  outside_signals_.before_call(thread, event, replay.events, ids_, replay.maps.pid_space);
  outside_.before_call(thread, event, *replay.maps.fds, replay.events);
  sim::Time start = thread.now();
  std::int64_t emulated = stack_.target().syscall(thread, sys);
  if (is_unknown(sys, emulated) && event.error != -emulated)
    emulated = call_older(replay, thread, event, start, emulated);
  const CallAgain again{stack_.target(), thread, event, sys, replay.scratch.base, replay.forced, start};
  emulated = finish_transfer(again, emulated);
  emulated = finish_wait(again, emulated, *replay.maps.fds);
  if (result_kind(event) == 'F') emulated = Environment::renumber_descriptor(thread, event, emulated);
  account(replay, event, emulated, thread.now() - start);
  if (thread.state == kernel::RunState::dead) return;
  environment_.after_call(thread);
  outside_.after_call(thread, event, index, emulated);
  follow(replay, thread, event, emulated);
}

// A point in time of the recorded clocks becomes one of the simulated clock, as far off as it was. One of
// which the trace tells nothing stays a date that no replay reaches: the recorded call did not get there
// either.
void Replayer::place_deadline(const Event& event, Thread& thread, Sys& sys) {
  const auto deadline = traces::absolute_deadline(event);
  if (!deadline) return;
  const auto left = deadlines_.remaining(event, *deadline);
  const sim::Time at =
      left ? thread.now() + sim::nanoseconds(std::min(*left, kNever)) : sim::nanoseconds(kNever);
  kernel::Payload& payload = sys.at[deadline->argument];
  if (auto* timeout = std::get_if<kernel::Timespec>(&payload)) timeout->span = at;
  if (auto* timer = std::get_if<kernel::Itimer>(&payload)) timer->value = at;
}

// The platform does not know the call (`returned` says so) and is known not to: the program's C library tries
// the older one, if there is one. `start` becomes that call's.
std::int64_t Replayer::call_older(ReplayThread& replay, Thread& thread, const Event& event, sim::Time& start,
                                  std::int64_t returned) {
  Sys& sys = replay.sys;
  const kernel::SysNr newer = sys.nr;
  const std::string_view reason = stack_.known_difference(sys, returned);
  if (reason.empty() || replay.forced || !fall_back(sys, event.sequence, replay.older_path)) return returned;
  findings_.note_known(event, reason, returned);
  statistics_.add(newer, thread.now() - start, true);
  if (creates_task(sys.nr)) attach_child(replay, event, sys);
  start = thread.now();
  return stack_.target().syscall(thread, sys);
}

// The child runs its own recorded calls. One that was not traced (strace without -f) leaves at once.
void Replayer::attach_child(ReplayThread& parent, const Event& event, Sys& sys) {
  const std::uint64_t flags = clone_flags(event);
  if (event.nr == kernel::nr::clone || event.nr == kernel::nr::clone3) sys.arg[0] = flags;
  const auto found = threads_.find(links_.child(event));
  kernel::ChildEntry entry;
  if (const std::int64_t recorded = child_tid_address(event); recorded != 0)
    entry.child_tid = futex_word(recorded, parent.maps, parent.scratch);
  if (sys.nr == kernel::nr::clone) sys.arg[3] = entry.child_tid;
  if (found == threads_.end()) {
    entry.run = [this](Thread& thread) {
      Sys leave;
      leave.nr = kernel::nr::exit_group;
      stack_.target().syscall(thread, leave);
    };
  } else {
    ReplayThread& child = *found->second;
    const bool shares_vm = (flags & kCloneVm) != 0 && event.nr != kernel::nr::vfork;
    child.maps.addresses =
        shares_vm ? parent.maps.addresses : std::make_shared<AddressMap>(*parent.maps.addresses);
    child.maps.fds = flags & kCloneFiles ? parent.maps.fds : std::make_shared<FdMap>(*parent.maps.fds);
    child.scratch = parent.scratch;
    entry.run = [this, &child](Thread& thread) { run_thread(child, thread); };
  }
  sys.at[0] = std::move(entry);
}

void Replayer::account(ReplayThread& replay, const Event& event, std::int64_t emulated, sim::Time span) {
  last_call_ = std::max(last_call_, replay.thread->now());
  statistics_.add(replay.sys.nr, span, emulated < 0 && emulated >= -4095, replay.sys.defaulted);
  if (options_.progress && ++done_ % kProgressEvery == 0) options_.progress(done_, trace_.info().calls);
  if (replay.forced) {
    replay.forced = false;
    ++forced_;
    return findings_.note_forced(event);
  }
  if (replay.sys.defaulted) return;  // its result is the record's: nothing was computed that could agree
  const std::int64_t returned = emulated;
  const Signature& shape = signature(event.nr);
  // What the handler's end puts back into rax: of a call that was interrupted, its error; else whatever the
  // program had there.
  if (event.nr == kernel::nr::rt_sigreturn && event.result >= 0) return;
  // How much of an alarm is left is a matter of clocks; whether one is set is not.
  if (event.nr == kernel::nr::alarm && event.result > 0 && emulated > 0) return;
  // Nor how many periods of a timer went by until its signal was taken.
  if (event.nr == kernel::nr::timer_getoverrun && event.result >= 0 && emulated >= 0) return;
  const int space = replay.maps.pid_space;
  if (creates_task(event.nr) && emulated > 0 && event.result > 0)
    ids_.add(space, static_cast<std::int32_t>(event.result), static_cast<std::int32_t>(emulated));
  const bool returns_id = result_kind(event) == 'z' || event.nr == kernel::nr::rt_sigreturn;
  if (returns_id && emulated > 0) emulated = ids_.recorded(space, static_cast<std::int32_t>(emulated));
  if (IdMap::Chosen* chosen = ids_.chosen(shape.result); chosen && emulated >= 0 && event.result >= 0) {
    const auto recorded = static_cast<std::int32_t>(event.result), made = static_cast<std::int32_t>(emulated);
    // An object that is new to the record has to be new to the kernel, and the other way round.
    if (!chosen->contains(recorded) && chosen->recorded(made) == made) {
      chosen->add(recorded, made);
      if (event.nr == kernel::nr::shmget)
        ids_.set_shm_bytes(recorded, static_cast<std::uint64_t>(event.args[1].value));
    }
    emulated = chosen->recorded(made);
  }
  // A process outside the trace (a shell that started it) has no counterpart.
  if (shape.result == 'z' && event.result > 0 &&
      !ids_.contains(space, static_cast<std::int32_t>(event.result)))
    return;
  const Verdict verdict = compare(event, shape, emulated);
  if (verdict == Verdict::left_out) return;
  if (verdict != Verdict::agree) {
    std::string_view reason = stack_.known_difference(replay.sys, returned);
    if (reason.empty())
      reason = recorded_difference(*replay.thread, replay.sys, event, returned, ids_, space);
    if (!reason.empty()) return findings_.note_known(event, reason, returned);
    findings_.note_mismatch(event, verdict, emulated);
  }
  ++compared_;
  agree_ += verdict == Verdict::agree;
}

// Keeps the maps between recorded and emulated names up to date.
void Replayer::follow(ReplayThread& replay, Thread& thread, const Event& event, std::int64_t emulated) {
  const char result = result_kind(event);
  if (result == 'F')
    emulated =
        environment_.settle_descriptor(thread, event, replay.sys.defaulted ? -kernel::ENOSYS_ : emulated);
  if (emulated < 0 || event.result < 0) return;
  if (result == 'F')
    replay.maps.fds->set(static_cast<std::int32_t>(event.result), static_cast<std::int32_t>(emulated));
  if (result == 'A') follow_mapping(*replay.maps.addresses, ids_, event, emulated);
  if (event.nr == kernel::nr::munmap)
    replay.maps.addresses->remove(static_cast<std::uint64_t>(event.args[0].value),
                                  static_cast<std::uint64_t>(event.args[1].value));
  if (event.nr == kernel::nr::io_setup) follow_io_context(*replay.maps.addresses, event, replay.sys.out);
  if (event.nr == kernel::nr::pipe || event.nr == kernel::nr::pipe2 || event.nr == kernel::nr::socketpair)
    follow_pair(*replay.maps.fds, event, replay.sys.out);
  if (event.nr == kernel::nr::getsockname) follow_port(ids_, event, replay.sys.out);
  if (is_exec(event.nr)) {
    replay.maps.addresses = std::make_shared<AddressMap>();
    replay.scratch = environment_.scratch(thread);
  }
}

bool Replayer::anyone_behind(std::int32_t tid, std::uint64_t sequence, std::int64_t start_ns) const {
  return std::any_of(threads_.begin(), threads_.end(), [&](const auto& entry) {
    const ReplayThread& other = *entry.second;
    return other.tid != tid && other.thread && !other.done && other.sequence < sequence &&
           other.end_ns < start_ns;
  });
}

// The threads that are still there of those that the record has.
std::vector<Thread*> Replayer::alive(const std::vector<std::int32_t>& recorded) const {
  std::vector<Thread*> threads;
  for (const std::int32_t tid : recorded)
    if (const auto found = threads_.find(tid);
        found != threads_.end() && found->second->thread && !found->second->done)
      threads.push_back(found->second->thread);
  return threads;
}

// Never, once all have come to their ends: what is left is the kernel's.
sim::Time Replayer::stuck_at() const {
  sim::Time due;
  bool over = threads_.empty() || threads_.at(trace_.threads().front().tid)->thread;
  for (const auto& [tid, replay] : threads_) {
    if (!replay->thread || replay->done) continue;
    over = false;
    due = std::max(due, replay->due);
  }
  return over && !gave_up_ ? sim::Time::max() : patience_.ends(due);
}

// Runs until the trace is through or nothing happens any more. False: it is over.
bool Replayer::run_on() {
  const sim::Time until = std::max(stuck_at(), stack_.engine().now());
  if (stack_.run_before(until)) {
    if (stuck_at() > until) return true;
    stack_.engine().advance_to(until);
    patience_.lose(until);
    if (!threads_.at(trace_.threads().front().tid)->thread) return true;  // the platform is not ready yet
  }
  return help_stuck_thread();
}

// A program that waits for something that will not happen in this run (a result of timing, or of what was not
// traced): the thread is let go whose call the record has come back first. Others may wait for it rightly.
bool Replayer::help_stuck_thread() {
  if (outside_signals_.give_up()) return true;
  ReplayThread* stuck = nullptr;
  for (const auto& [tid, replay] : threads_)
    if (replay->thread && !replay->done &&
        (!stuck || std::tie(replay->end_ns, replay->sequence) < std::tie(stuck->end_ns, stuck->sequence)))
      stuck = replay.get();
  if (!stuck) return false;
  // Nothing that happened since the last call (the kernel's own write-back, say) belongs to the program.
  const sim::Time now = stack_.engine().now();
  stalled_ += std::max(sim::Time{}, now - std::max(last_call_, last_help_));
  last_help_ = now;
  if (progress_.release(*stuck->thread)) return true;
  if (stuck->forced) {  // it does not listen: nobody waits for it any more
    stuck->done = gave_up_ = true;
    progress_.finish(stuck->lane, nullptr);
    return true;
  }
  stuck->forced = true;
  environment_.interrupt(*stuck->thread);
  return true;
}

Result Replayer::summarise() {
  Result result;
  result.call_rows = statistics_.rows();
  result.latency = statistics_.all();
  result.calls = statistics_.calls();
  for (const CallRow& row : result.call_rows) result.modelled += row.latency.count - row.defaulted;
  result.compared = compared_;
  result.agree = agree_;
  result.forced = forced_;
  result.ordering_waits = progress_.waits();
  result.exits = stack_.exits();
  result.use = stack_.host().sched->use() - use_before_;
  if (const std::uint64_t recorded = trace_.info().calls; result.calls < recorded)
    result.notes.push_back(
        std::to_string(recorded - result.calls) +
        " recorded calls were not issued: in this run their process had ended or was never made");
  result.digest = stack_.engine().digest();
  result.gaps.policy = options_.gaps == traces::GapMode::recorded    ? "recorded"
                       : options_.gaps == traces::GapMode::corrected ? "corrected"
                                                                     : "none";
  result.gaps.method = analysis_.overhead.method;
  result.gaps.overhead_a_call = sim::nanoseconds(analysis_.overhead.states[0].outside_ns);
  result.gaps.recorded =
      sim::nanoseconds(static_cast<std::int64_t>(analysis_.overhead.recorded_seconds * 1e9));
  result.gaps.used = used_gaps_;
  findings_.move_to(result);
  return result;
}

}  // namespace isosim::workloads
