// execve of files that begin with "#!".
#include "tests/kernel-model/fs_fixture.h"

using namespace isosim;
using namespace isosim::test;

namespace {

struct ScriptFixture : FsFixture {
  ScriptFixture() {
    file("/bin/sh", {});
    file("/bin/one", "/bin/sh");
    file("/bin/two", "/bin/one");
    file("/bin/three", "/bin/two");
    file("/bin/four", "/bin/three");
    file("/bin/five", "/bin/four");
    file("/bin/six", "/bin/five");
    file("/bin/blanks", "  /bin/sh  -e -x \t");
    file("/bin/nothing", "   ");
    file("/bin/missing", "/bin/none");
    file("/bin/plain", "/etc/passwd");
    file("/etc/passwd", {}, 0100644);
    file("/bin/cut", "/bin/" + std::string(118, 's') + "hell");
    file("/bin/" + std::string(118, 's') + "he", {});
    file("/bin/cut_more", "/bin/" + std::string(119, 's') + "hell");
  }
  void file(const std::string& path, std::string interpreter, std::uint32_t mode = 0100755) {
    InitialFile made{.path = path, .mode = mode, .size = 4096};
    made.interpreter = std::move(interpreter);
    k->vfs->populate(*k->vfs->initial_context(), made);
  }
  // The result of execve, and the program that runs then.
  std::pair<std::int64_t, std::string> exec(const std::string& path) {
    std::pair<std::int64_t, std::string> result;
    run([&](Thread& t) {
      Sys s;
      s.nr = nr::execve;
      s.at[0] = ExecImage{path, {path, "x"}, {}, path.size() + 3};
      result.first = t.kernel.syscall(t, s);
      result.second = t.process->executable;
      if (result.first == 0)
        CHECK(t.process->comm == path.substr(5).substr(0, 15));  // the script's name stays
    });
    return result;
  }
};

}  // namespace

TEST_CASE("a script runs its interpreter") {
  ScriptFixture f;
  using Result = std::pair<std::int64_t, std::string>;
  CHECK(f.exec("/bin/sh") == Result{0, "/bin/sh"});
  CHECK(f.exec("/bin/one") == Result{0, "/bin/sh"});
  CHECK(f.exec("/bin/blanks") == Result{0, "/bin/sh"});
  CHECK(f.exec("/bin/nothing").first == -ENOEXEC_);
  CHECK(f.exec("/bin/missing").first == -ENOENT_);
  CHECK(f.exec("/bin/plain").first == -EACCES_);
}

TEST_CASE("interpreters may be scripts five deep") {
  ScriptFixture f;
  CHECK(f.exec("/bin/five").first == 0);
  CHECK(f.exec("/bin/six").first == -ELOOP_);
}

TEST_CASE("the first line of a script counts up to 127 bytes, those of #! among them") {
  ScriptFixture f;
  CHECK(f.exec("/bin/cut").second == "/bin/" + std::string(118, 's') + "he");
  CHECK(f.exec("/bin/cut_more").first == -ENOENT_);
}

TEST_CASE("a script that is written to is a program like others") {
  ScriptFixture f;
  f.run([](Thread& t) {
    Caller call(t);
    const auto fd = call.open("/bin/missing", open_flag::wronly);
    CHECK(call.write(fd, 10) == 10);
    call.close(fd);
  });
  CHECK(f.exec("/bin/missing").first == 0);
}

TEST_CASE("a script costs its interpreter's look-up more") {
  ScriptFixture f;
  const auto cost = [&](const char* path) {
    sim::Time span;
    f.run([&](Thread& t) {
      Sys s;
      s.nr = nr::execve;
      s.at[0] = ExecImage{path, {path}, {}, 10};
      const sim::Time start = t.now();
      t.kernel.syscall(t, s);
      span = t.now() - start;
    });
    return span;
  };
  cost("/bin/one");
  const sim::Time direct = cost("/bin/sh"), script = cost("/bin/one");
  CHECK(script > direct);
  CHECK(script < direct * 2);
}
