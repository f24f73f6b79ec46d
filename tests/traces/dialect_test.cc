// What the options of strace and its oddities do to lines, one by one.
#include <catch2/catch.hpp>

#include "tests/traces/event_text.h"

using namespace isosim::traces;

namespace {

// The single call of a text.
struct One {
  explicit One(const std::string& text) : trace(Trace::parse(text)), events(events_of(trace)) {
    INFO(text);
    REQUIRE(events.size() == 1);
    CHECK(trace.info().line_counts.problems == 0);
  }
  const Event* operator->() const { return events.data(); }
  Trace trace;
  std::vector<Event> events;
};

}  // namespace

TEST_CASE("pids, times, pointers and numbers before the call") {
  const struct {
    const char* line;
    std::int32_t tid;
    Timestamps kind;
  } cases[] = {
      {"getppid() = 7\n", 1, Timestamps::none},
      {"12 getppid() = 7\n", 12, Timestamps::none},
      {"1234567 getppid() = 7\n", 1234567, Timestamps::none},
      {"12    10:11:12 getppid() = 7\n", 12, Timestamps::seconds_of_day},
      {"10:11:12.123456 getppid() = 7\n", 1, Timestamps::time_of_day},
      {"1795322766.457491 getppid() = 7\n", 1, Timestamps::unix_time},
      {"1795322766 getppid() = 7\n", 1, Timestamps::unix_time},
      {"1795322766.457491123 getppid() = 7 <0.000000123>\n", 1, Timestamps::unix_time},
      {"     0.000123 getppid() = 7\n", 1, Timestamps::relative},
      {"77       0.000123 getppid() = 7\n", 77, Timestamps::relative},
      {"10:11:12.123456 (+     0.000000) getppid() = 7\n", 1, Timestamps::time_of_day},
      {"[pid    99] 1795322766.457491 getppid() = 7\n", 99, Timestamps::unix_time},
      {"[pid 99<a b>] getppid() = 7\n", 99, Timestamps::none},
      {"24773<s h> 1795322774.626507 getppid()   = 7<strace> <0.000008>\n", 24773, Timestamps::unix_time},
      {"5 1795322774.626507 [ 110] [00007f51ece58000] getppid() = 7\r\n", 5, Timestamps::unix_time},
      {"[????] [????????????????] getppid() = 7\n", 1, Timestamps::none},
  };
  for (const auto& c : cases) {
    INFO(c.line);
    One event(c.line);
    CHECK(event->tid == c.tid);
    CHECK(event->name == "getppid");
    CHECK(event->nr == 110);
    CHECK(event->result == 7);
    CHECK(event->start_ns == 0);
    CHECK(event.trace.info().timestamps == c.kind);
  }
}

TEST_CASE("times are nanoseconds since the first event") {
  const Trace trace =
      Trace::parse("9 100000000.5 getpid() = 9 <0.000012>\n9 100000001.000001 getpid() = 9 <1.5>\n");
  const auto events = events_of(trace);
  CHECK(trace.info().start_unix_ns == 100'000'000'500'000'000);
  CHECK(events[0].duration_ns == 12'000);
  CHECK(events[1].start_ns == 500'001'000);
  CHECK(events[1].duration_ns == 1'500'000'000);
  CHECK(trace.info().end_ns == 2'000'001'000);
}

TEST_CASE("-r adds up, -t goes on over midnight, a clock that is set back is held") {
  CHECK(events_of(Trace::parse("0.000000 getpid() = 1\n0.000002 getpid() = 1\n0.000003 getpid() = 1\n"))[2]
            .start_ns == 5000);
  CHECK(events_of(Trace::parse("23:59:59 getpid() = 1\n00:00:01 getpid() = 1\n"))[1].start_ns ==
        2'000'000'000);
  const Trace back =
      Trace::parse("100000009.0 getpid() = 1\n100000002.0 getpid() = 1\n100000003.0 getpid() = 1\n");
  CHECK(back.info().clock_steps == 1);
  CHECK(events_of(back)[1].start_ns == 0);
  CHECK(events_of(back)[2].start_ns == 1'000'000'000);
}

TEST_CASE("results") {
  const auto result = [](const std::string& text) { return One("1 fcntl(3, F_GETFL)" + text + "\n"); };
  CHECK(result(" = 3")->result == 3);
  CHECK(result("        = 022 <0.1>")->result == 022);
  CHECK(result(" = 0x7fff00000000")->result == 0x7fff00000000);
  CHECK(result(" = 0xffffffffffffffff")->result == -1);
  CHECK(result(" = -1")->error == 0);
  CHECK(result(" = 0x8001 (flags O_WRONLY|O_LARGEFILE) <0.000010>")->return_text ==
        "(flags O_WRONLY|O_LARGEFILE)");
  CHECK(result(" = 3</tmp/a<b> <0.1>")->return_text.empty() == false);
  CHECK(result(" = 1 ([{fd=3, revents=POLLIN}], left {tv_sec=0, tv_nsec=1}) <0.1>")->duration_ns ==
        100'000'000);
  CHECK(result(" = ? <unavailable>")->return_kind == ReturnKind::none);
  const One failed = result(" = -1 ENOENT (No such file or directory) <0.000079>");
  CHECK(failed->result == -2);
  CHECK(failed->error == 2);
  CHECK(failed->return_text.empty());
  CHECK(failed->duration_ns == 79'000);
  CHECK(result(" = -1 ERRNO_530 (Unknown error 530)")->error == 530);
  const One injected = result(" = -1 EINTR (Interrupted system call) (INJECTED) <0.1>");
  CHECK(injected->injected);
  CHECK(injected->error == 4);
  const struct {
    const char* text;
    int error;
  } restarts[] = {{" = ? ERESTARTSYS (To be restarted if SA_RESTART is set) <0.02>", 512},
                  {" = ? ERESTARTNOINTR (To be restarted)", 513},
                  {" = ? ERESTARTNOHAND (To be restarted if no handler)", 514},
                  {" = ? ERESTART_RESTARTBLOCK (Interrupted by signal) <0.02>", 516}};
  for (const auto& r : restarts) {
    const One event = result(r.text);
    CHECK(event->return_kind == ReturnKind::restart);
    CHECK(event->error == r.error);
  }
  CHECK(result(" = ?")->return_kind == ReturnKind::none);
  CHECK(result(" = ? <0.5>")->duration_ns == 500'000'000);
}

TEST_CASE("a string that looks like the end of the line is a string") {
  const One event(R"(5 1795322766.463761 write(5, "a\"b\\c) = 0 <0.000001>\n\0", 23) = 23 <0.000058>)"
                  "\n");
  CHECK(event->result == 23);
  CHECK(event->duration_ns == 58'000);
  CHECK(event->args[1].text == std::string_view("a\"b\\c) = 0 <0.000001>\n\0", 23));
  CHECK(One(R"(5 write(5, " <unfinished ...>", 17) = 17)"
            "\n")
            ->argc == 3);
  CHECK(One(R"(5 write(5, "+++ exited with 0 +++\n--- SIGCHL"..., 37) = 37)"
            "\n")
            ->args[1]
            .truncated);
}

TEST_CASE("unfinished and resumed calls are one event at the place of their entry") {
  const Trace trace = Trace::parse(
      "1 100000000.000001 read(3,  <unfinished ...>\n"
      "2 100000000.000002 getpid() = 2 <0.000001>\n"
      "1 100000000.000011 <... read resumed>\"x\", 1) = 1\n"
      "2 100000000.000012 pause( <unfinished ...>\n"
      "2 100000000.000013 <... pause resumed> <unfinished ...>) = ?\n"
      "2 100000000.000014 +++ exited with 7 +++\n"
      "1 100000000.000015 futex(0x7f00, FUTEX_WAIT_PRIVATE, 2, NULL <unfinished ...>\n"
      "1 100000000.000016 +++ killed by SIGSEGV (core dumped) +++\n");
  const auto e = events_of(trace);
  REQUIRE(e.size() == 6);
  CHECK(e[0].name == "read");
  CHECK(e[0].duration_ns == 10'000);  // no -T: from unfinished to resumed
  CHECK(e[0].args[1].text == "x");
  CHECK(e[0].line == 1);
  CHECK(e[1].tid == 2);
  CHECK(e[2].return_kind == ReturnKind::none);
  CHECK(e[3].kind == EventKind::exited);
  CHECK(e[3].signal == 7);
  CHECK(e[4].return_kind == ReturnKind::none);  // never came back
  CHECK(e[4].argc == 3);                        // the fourth may have been cut
  CHECK(e[5].kind == EventKind::killed);
  CHECK(e[5].signal == 11);
  CHECK(e[5].signal_info == "(core dumped)");
}

TEST_CASE("a signal of no known name is reported") {
  const Trace trace = Trace::parse(
      "1 getpid() = 1\n"
      "1 --- SIGFOO {si_signo=SIGFOO} ---\n"
      "1 --- SIGRT_77 {si_signo=SIGRT_77} ---\n");
  CHECK(trace.info().events == 1);
  CHECK(trace.info().line_counts.problems == 2);
}

TEST_CASE("signals, stops, restarts, detaching") {
  const Trace trace = Trace::parse(
      "1 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=2} ---\n"
      "1 --- stopped by SIGSTOP ---\n"
      "1 --- SIGRT_3 {si_signo=SIGRT_3} ---\n"
      "1 restart_syscall(<... resuming interrupted clock_nanosleep ...>) = 0\n"
      "1 rt_sigreturn({mask=[]}) = -1 EINTR (Interrupted system call)\n"
      "1 poll([{fd=3, events=POLLIN}], 1, -1 <detached ...>\n");
  const auto e = events_of(trace);
  REQUIRE(e.size() == 6);
  CHECK(e[0].kind == EventKind::signal);
  CHECK(e[0].signal == 17);
  CHECK(e[0].signal_info == "{si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=2}");
  CHECK(e[1].kind == EventKind::stopped);
  CHECK(e[1].signal == 19);
  CHECK(e[2].signal == 35);
  CHECK(e[3].nr == 219);
  CHECK(e[3].args[0].text == "<... resuming interrupted clock_nanosleep ...>");
  CHECK(e[4].result == -4);
  CHECK(e[5].return_kind == ReturnKind::none);
  CHECK(trace.info().line_counts.problems == 0);
}

TEST_CASE("execve in a thread: the call is the thread's, what follows is the leader's stream") {
  const Trace trace = Trace::parse(
      "10 pause( <unfinished ...>\n"
      "12 execve(\"/bin/true\", [\"true\"], 0x7ffe /* 3 vars */ <unfinished ...>\n"
      "10 <... pause resumed>) = ?\n"
      "10 +++ superseded by execve in pid 12 +++\n"
      "10 <... execve resumed>) = 0\n"
      "10 brk(NULL) = 0x1000\n");
  CHECK(trace.info().line_counts.problems == 0);
  const auto e = events_of(trace);
  REQUIRE(e.size() == 4);
  CHECK(e[1].tid == 12);
  CHECK(e[1].name == "execve");
  CHECK(e[1].return_kind == ReturnKind::value);
  CHECK(e[1].args[2].note == "/* 3 vars */");
  CHECK(e[2].name == "superseded");
  CHECK(e[2].result == 12);
  CHECK(e[3].tid == 10);
}

TEST_CASE("on stderr, pids come and go, and notices and output cut lines") {
  const Trace trace = Trace::parse(
      "strace: Process 7 attached\n"
      "100000000.000001 getuid() = 0\n"
      "100000000.000002 clone(child_stack=NULL, flags=CLONE_VM|SIGCHLDstrace: Process 8 attached\n"
      ", child_tidptr=0x2000) = 8\n"
      "[pid     8] 100000000.000003 getpid() = 8\n"
      "[pid     7] 100000000.000004 vfork(strace: Process 9 attached\n"
      " <unfinished ...>\n"
      "[pid     9] 100000000.000005 +++ exited with 0 +++\n"
      "[pid     7] 100000000.000006 <... vfork resumed>) = 9\n"
      "[pid     8] 100000000.000007 +++ exited with 0 +++\n"
      "100000000.000008 write(2, \"two\\nlines\\n\", 10two\n"
      "lines\n"
      ") = 10\n"
      "100000000.000009 write(2, \"6 alarms\", 86 alarms) = 8\n"
      "100000000.000010 +++ exited with 0 +++\n");
  for (const Problem& p : trace.problems()) UNSCOPED_INFO(p.line << ": " << p.reason);
  CHECK(trace.info().line_counts.problems == 0);
  CHECK(trace.info().line_counts.notices == 1);
  CHECK(trace.info().line_counts.output == 1);
  const auto e = events_of(trace);
  REQUIRE(e.size() == 9);
  CHECK(e[0].tid == 7);
  CHECK(e[1].args[0].value == (0x100 | 17));  // flags in their register
  CHECK(e[1].args[3].value == 0x2000);
  CHECK(e[1].args[2].kind == Arg::Kind::missing);
  CHECK(e[3].result == 9);
  CHECK(e[6].tid == 7);
  CHECK(e[6].args[2].value == 10);
  CHECK(e[7].args[2].value == 8);
}

TEST_CASE("the first process of a trace on stderr gets its pid when a second one shows it") {
  const Trace trace =
      Trace::parse("getuid() = 0\nstrace: Process 8 attached\n[pid 8] getuid() = 0\n[pid 7] getuid() = 0\n");
  REQUIRE(trace.threads().size() == 2);
  CHECK(trace.threads()[0].tid == 7);
  CHECK(trace.threads()[0].events == 2);
}

TEST_CASE("without pids, a call that returns the tid tells it") {
  CHECK(One("set_tid_address(0x7f00) = 4711\n")->tid == 4711);
}

TEST_CASE("the table of -C is no problem, a table alone is no trace") {
  const std::string table =
      "% time     seconds  usecs/call     calls    errors syscall\n------ -----------\n 65.16    0.006609    "
      "    2203         3         1 wait4\n";
  const Trace trace = Trace::parse("1 getuid() = 0\n" + table);
  CHECK(trace.info().line_counts.summary == 3);
  CHECK(trace.info().line_counts.problems == 0);
  CHECK_THROWS_WITH(Trace::parse(table), Catch::Contains("table"));
}

TEST_CASE("what is not understood is reported with its line") {
  const Trace trace = Trace::parse(
      "1 100000000.0 getuid() = 0\n"
      "what is this\n"
      "1 100000000.1 read(3, \"abc\n"
      "1 100000000.2 <... write resumed>) = 3\n"
      "1 100000000.3 close(3) 5\n"
      "1 100000000.4 +++ gone +++\n"
      "\n"
      "1 100000000.5 getuid() = 0\n"
      "1 100000000.6 get");
  CHECK(trace.info().events == 2);
  CHECK(trace.info().line_counts.blank == 1);
  CHECK(trace.info().line_counts.total() == 9);
  std::vector<std::uint64_t> lines;
  for (const Problem& p : trace.problems()) lines.push_back(p.line);
  CHECK(lines == std::vector<std::uint64_t>{2, 3, 4, 5, 6, 9});
}

TEST_CASE("calls that x86-64 does not have keep their name") {
  CHECK(One("1 syscall_0x3e7(0x406, 0) = -1 ENOSYS (Function not implemented)\n")->name == "syscall_0x3e7");
  CHECK(One("1 _llseek(3, 0) = 0\n")->nr == 0xFFFF);
}

TEST_CASE("a text without a trace, a file that is not there") {
  CHECK_THROWS_AS(Trace::parse(""), TraceError);
  CHECK_THROWS_AS(Trace::parse("hello\n"), TraceError);
  CHECK_THROWS_AS(Trace::open("/nonexistent/trace"), TraceError);
}

TEST_CASE("the three recordings of one program agree") {
  const auto folder = std::filesystem::path(ISOSIM_SOURCE_DIR) / "tests/data/traces";
  std::vector<std::vector<std::string>> calls;
  for (const char* name : {"oddities.strace.zst", "oddities_ff.ff.tar.zst", "oddities_stderr.strace.zst"}) {
    const Trace trace = Trace::open(folder / name);
    CHECK(trace.threads().size() == 16);
    std::vector<std::string>& of_first = calls.emplace_back();
    Event event;
    for (Cursor c = trace.cursor(trace.threads()[0].tid); c.next(event);) {
      // What a signal interrupted and how often is not the same twice.
      const bool chance = event.return_kind == ReturnKind::restart || event.name == "wait4";
      if (event.kind == EventKind::call && !chance) of_first.emplace_back(event.name);
    }
  }
  CHECK(calls[0] == calls[1]);
  CHECK(calls[0] == calls[2]);
}
