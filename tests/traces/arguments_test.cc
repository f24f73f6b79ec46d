// Arguments: each kind, and how it survives what strace puts around it.
#include <catch2/catch.hpp>

#include "tests/traces/event_text.h"

using namespace isosim::traces;

namespace {

struct Parsed {
  explicit Parsed(const std::string& arg, const std::string& call = "ioctl")
      : trace(Trace::parse("1 " + call + "(" + arg + ", 77) = 0\n")) {
    INFO(arg);
    events = events_of(trace);
    REQUIRE(events.size() == 1);
    REQUIRE(events[0].argc == 2);
    CHECK(events[0].args[1].value == 77);
    CHECK(trace.info().line_counts.problems == 0);
  }
  const Arg* operator->() const { return &events[0].args[0]; }
  Trace trace;
  std::vector<Event> events;
};

}  // namespace

TEST_CASE("integers") {
  const struct {
    const char* text;
    std::int64_t value;
  } cases[] = {{"42", 42},
               {"-1", -1},
               {"0", 0},
               {"0640", 0640},
               {"0x7ffd8aba070", 0x7ffd8aba070},
               {"0xffffffffffffffff", -1},
               {"18446744073709551615", -1},
               {"NULL", 0},
               {"SEEK_CUR", 1},
               {"O_RDWR|O_CREAT|O_CLOEXEC", 02 | 0100 | 02000000},
               {"O_RDONLY|O_LARGEFILE", 0100000},
               {"PROT_READ|0x10", 0x11},
               {"8192*1024", 8192 * 1024},
               {"1<<20", 1 << 20},
               {"S_IFREG|0644", 0100644},
               {"AT_FDCWD", -100},
               {"SIGRT_1", 33},
               {"FUTEX_WAIT_BITSET_PRIVATE|FUTEX_CLOCK_REALTIME", 393},
               {"makedev(0x1, 0x3)", 0x103},
               {"_IOC(_IOC_READ|_IOC_WRITE, 0xbe, 0xef, 0x1ead)", 0xdeadbeef},
               {"0x4 /* F_??? */", 4},
               {"ARCH_SET_FS", 0x1002},
               {"MAP_PRIVATE|MAP_ANONYMOUS", 0x22},
               {"CLONE_VM|SIGCHLD", 0x111},
               {"TCGETS", 0x5401},
               {"RLIM64_INFINITY", -1},
               {"EPOLLIN|EPOLLET", 0x80000001}};
  for (const auto& c : cases) {
    INFO(c.text);
    const Parsed arg(c.text);
    CHECK(arg->kind == Arg::Kind::integer);
    CHECK(arg->value == c.value);
    CHECK(arg->text.empty());
  }
}

TEST_CASE("names that are not known stay as text") {
  const Parsed arg("O_CREAT|O_NOVEL");
  CHECK(arg->kind == Arg::Kind::integer);
  CHECK(arg->value == 0100);
  CHECK(arg->text == "O_CREAT|O_NOVEL");
}

TEST_CASE("what -y and -yy say about descriptors") {
  const struct {
    const char* text;
    std::int64_t value;
    const char* note;
  } cases[] = {{"3</etc/passwd>", 3, "/etc/passwd"},
               {"3<pipe:[1234]>", 3, "pipe:[1234]"},
               {"3<TCP:[127.0.0.1:80->127.0.0.1:9]>", 3, "TCP:[127.0.0.1:80->127.0.0.1:9]"},
               {"1</dev/null<char 1:3>>", 1, "/dev/null<char 1:3>"},
               {"4<UNIX-STREAM:[12->13, \"/run/a>b\"]>", 4, "UNIX-STREAM:[12->13, \"/run/a>b\"]"},
               {"5</tmp/a, b(c\">", 5, "/tmp/a, b(c\""},
               {"5</tmp/dash->", 5, "/tmp/dash-"},
               {"6</tmp/x>(deleted)", 6, "/tmp/x (deleted)"},
               {"AT_FDCWD</home/me>", -100, "/home/me"},
               {"24381<sh>", 24381, "sh"},
               {"0x7ffe /* 3 vars */", 0x7ffe, "/* 3 vars */"}};
  for (const auto& c : cases) {
    INFO(c.text);
    const Parsed arg(c.text);
    CHECK(arg->kind == Arg::Kind::integer);
    CHECK(arg->value == c.value);
    CHECK(arg->note == c.note);
  }
}

TEST_CASE("strings") {
  const struct {
    const char* text;
    std::string_view bytes;
    bool truncated;
  } cases[] = {{R"("")", "", false},
               {R"("plain")", "plain", false},
               {R"("a\nb\t\"\\\r\v\f")", "a\nb\t\"\\\r\v\f", false},
               {R"("\0\1\377\0601")",
                std::string_view("\0\1\377\60"
                                 "1",
                                 5),
                false},
               {R"("\x7f\x45")", "\x7f\x45", false},
               {R"("cut"...)", "cut", true},
               {R"("16 plain bytes of and one \n and more of them")",
                "16 plain bytes of and one \n and more of them", false}};
  for (const auto& c : cases) {
    INFO(c.text);
    const Parsed arg(c.text);
    CHECK(arg->kind == Arg::Kind::string);
    CHECK(arg->text == c.bytes);
    CHECK(arg->truncated == c.truncated);
  }
}

TEST_CASE("structures stay as printed") {
  for (const char* text :
       {"{st_mode=S_IFREG|0644, st_size=114, ...}",
        "[{iov_base=\"a)\\\"]\", iov_len=2}, {iov_base=\"c\\0d\", iov_len=3}]", "~[]", "[RTMIN RT_1]",
        "[16 => 20]", "{flags=CLONE_VM} => {parent_tid=[24388]}", "[3</tmp/[x>, 4<pipe:[1]>]",
        "{sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr(\"127.0.0.1\")}",
        "[{WIFEXITED(s) && WEXITSTATUS(s) == 3}]", "{a=1<<20, b=\"x\"...}"}) {
    INFO(text);
    const Parsed arg(text);
    CHECK(arg->kind == Arg::Kind::structure);
    CHECK(arg->text == text);
  }
}

TEST_CASE("clone's arguments are in the order of the registers, whatever the order of their names") {
  const Trace trace = Trace::parse(
      "1 clone(child_stack=0x7f00, flags=CLONE_VM, parent_tid=[5], tls=0x9, child_tidptr=0x8) = 5\n");
  const Event e = events_of(trace).at(0);
  CHECK(e.argc == 5);
  CHECK(e.args[0].value == 0x100);
  CHECK(e.args[1].value == 0x7f00);
  CHECK(e.args[2].text == "[5]");
  CHECK(e.args[3].value == 8);
  CHECK(e.args[4].value == 9);
}

TEST_CASE("a name that looks like a constant is kept as text") {
  const Parsed arg("SIGRT_3333333333");
  CHECK(arg->value == 0);
  CHECK(arg->text == "SIGRT_3333333333");
}

TEST_CASE("more arguments than a call can have are kept in the last") {
  const Trace trace = Trace::parse("1 strange(1, 2, 3, 4, 5, 6, 7, \"8\", 9) = 0\n");
  const Event e = events_of(trace).at(0);
  CHECK(e.argc == 7);
  CHECK(e.args[6].text == "7, \"8\", 9");
}
