#include "traces/structure.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace isosim::traces;

TEST_CASE("fields of structures") {
  const std::string_view text =
      "{st_mode=S_IFREG|0644, st_rdev=makedev(0x1, 0x3), inner={a=1, b=[2, 3]}, name=\"a, b}\", ...}";
  std::vector<std::string> names;
  for (const Field& f : fields(text)) names.emplace_back(f.name);
  CHECK(names == std::vector<std::string>{"st_mode", "st_rdev", "inner", "name"});
  CHECK(integer(field(text, "st_mode")) == 0100644);
  CHECK(integer(field(text, "st_rdev")) == 0x103);
  CHECK(integer(field(field(text, "inner"), "a")) == 1);
  std::string name;
  CHECK(string(field(text, "name"), name));
  CHECK(name == "a, b}");
  CHECK(field(text, "none").empty());
}

TEST_CASE("elements of arrays") {
  std::vector<std::string> out;
  for (const Field& e : elements("[{fd=3</tmp/[x>, events=POLLIN}, 4, \"a]\", ...]"))
    out.emplace_back(e.value);
  CHECK(out == std::vector<std::string>{"{fd=3</tmp/[x>, events=POLLIN}", "4", "\"a]\""});
  CHECK(elements("[]").begin() == std::default_sentinel);
  CHECK(elements("NULL").begin() == std::default_sentinel);
  CHECK(annotation(field("{fd=3</tmp/[x>, events=POLLIN}", "fd")) == "/tmp/[x");
}

TEST_CASE("what a call changed") {
  CHECK(changed("[16 => 20]") == "20");
  CHECK(changed("{flags=CLONE_VM} => {parent_tid=[24388]}") == "{parent_tid=[24388]}");
  CHECK(changed("{a=1}") == "{a=1}");
}

TEST_CASE("values") {
  CHECK(integer("8192*1024") == 8192 * 1024);
  CHECK(integer("htons(8080)") == 8080);
  CHECK(integer("3</x>") == 3);
  CHECK_FALSE(integer("NO_SUCH_NAME"));
  CHECK_FALSE(integer("{a=1}"));
  CHECK_FALSE(integer(""));
  std::string out;
  bool truncated = false;
  CHECK(string("\"ab\\0c\"...", out, &truncated));
  CHECK(truncated);
  CHECK(out == std::string("ab\0c", 4));
  CHECK_FALSE(string("12", out));
}

TEST_CASE("malformed text ends quietly") {
  for (const char* text : {"{", "{a", "{a=", "[\"", "{a={b=[", "}", "{a=1", "[1, 2", "{,,,}", "{a=<}"}) {
    int n = 0;
    for (const Field& f : fields(text)) n += static_cast<int>(f.value.size());
    CHECK(n < 100);
    changed(text);
    annotation(text);
  }
}
