#include "traces/infer_tree.h"

#include <catch2/catch.hpp>
#include <set>

#include "tests/traces/infer_replay.h"
#include "tests/traces/trace_files.h"
#include "traces/infer_listing.h"

namespace isosim::traces {
namespace {

InitialTree tree_of(std::string_view text) {
  const Trace trace = Trace::parse(text);
  return infer_tree(trace);
}

const Node& node(const InitialTree& tree, std::string_view path) {
  const Node* found = tree.find(path);
  INFO(path);
  REQUIRE(found != nullptr);
  return *found;
}

bool missing(const InitialTree& tree, std::string_view path) {
  return std::any_of(tree.missing.begin(), tree.missing.end(),
                     [&](const MissingPath& m) { return m.path == path; });
}

TEST_CASE("what opens is there, with its folders; what does not is not") {
  const InitialTree tree = tree_of(
      "1 openat(AT_FDCWD, \"/a/b/f\", O_RDONLY) = 3\n"
      "1 openat(AT_FDCWD, \"/a/none\", O_RDONLY) = -1 ENOENT (No such file or directory)\n");
  CHECK(node(tree, "/a/b/f").kind == NodeKind::file);
  CHECK(node(tree, "/a/b").kind == NodeKind::directory);
  CHECK(node(tree, "/").kind == NodeKind::directory);
  CHECK(tree.find("/a/none") == nullptr);
  CHECK(missing(tree, "/a/none"));
}

TEST_CASE("a file that O_CREAT opens was not there, unless something of it is older than the trace") {
  const InitialTree tree = tree_of(
      "1 openat(AT_FDCWD, \"/new\", O_RDWR|O_CREAT, 0644) = 3\n"
      "1 write(3, \"x\"..., 10) = 10\n"
      "1 openat(AT_FDCWD, \"/old\", O_RDWR|O_CREAT, 0644) = 4\n"
      "1 read(4, \"x\"..., 100) = 30\n"
      "1 openat(AT_FDCWD, \"/log\", O_RDWR|O_CREAT|O_APPEND, 0644) = 5\n"
      "1 write(5, \"x\"..., 10) = 10\n"
      "1 fstat(5, {st_mode=S_IFREG|0644, st_size=110, ...}) = 0\n");
  CHECK(tree.find("/new") == nullptr);
  CHECK(node(tree, "/old").size == 30);
  CHECK(node(tree, "/log").size == 100);
  CHECK(tree.changed == std::vector<std::string>{"/log", "/new", "/old"});
}

TEST_CASE("renames and removals carry evidence back to the start") {
  const InitialTree tree = tree_of(
      "1 rename(\"/d\", \"/e\") = 0\n"
      "1 open(\"/e/f\", O_RDONLY) = 3\n"
      "1 unlink(\"/g\") = 0\n"
      "1 open(\"/g\", O_RDONLY) = -1 ENOENT (No such file or directory)\n"
      "1 mkdir(\"/h\", 0755) = 0\n"
      "1 open(\"/h/i\", O_RDONLY) = -1 ENOENT (No such file or directory)\n");
  CHECK(node(tree, "/d/f").kind == NodeKind::file);
  CHECK(tree.find("/e") == nullptr);
  CHECK(node(tree, "/g").kind == NodeKind::file);
  CHECK(tree.find("/h") == nullptr);
  CHECK(tree.contradicted == 0);
}

TEST_CASE("sizes come from stat, from reads that end early, and from SEEK_END") {
  const InitialTree tree = tree_of(
      "1 open(\"/a\", O_RDONLY) = 3\n"
      "1 read(3, \"\"..., 4096) = 4096\n"
      "1 read(3, \"\"..., 4096) = 904\n"
      "1 open(\"/b\", O_RDONLY) = 4\n"
      "1 lseek(4, 0, SEEK_END) = 77\n"
      "1 open(\"/c\", O_RDONLY) = 5\n"
      "1 pread64(5, \"\"..., 100, 900) = 100\n"
      "1 stat(\"/d\", {st_mode=S_IFREG|0600, st_size=12, ...}) = 0\n");
  CHECK(node(tree, "/a").size == 5000);
  CHECK(node(tree, "/a").size_known);
  CHECK(node(tree, "/b").size == 77);
  CHECK(node(tree, "/c").size == 1000);
  CHECK_FALSE(node(tree, "/c").size_known);
  CHECK(node(tree, "/d").mode == 0600);
}

TEST_CASE("relative names follow chdir, descriptors and forks") {
  const InitialTree tree = tree_of(
      "1 chdir(\"/w\") = 0\n"
      "1 open(\"x\", O_RDONLY|O_DIRECTORY) = 3\n"
      "1 fork() = 2\n"
      "2 openat(3, \"y\", O_RDONLY) = 4\n"
      "2 chdir(\"..\") = 0\n"
      "2 access(\"z\", F_OK) = 0\n"
      "1 access(\"v\", F_OK) = 0\n");
  CHECK(tree.find("/w/x/y"));
  CHECK(tree.find("/z"));
  CHECK(tree.find("/w/v"));
}

TEST_CASE("the first working directory is read back from getcwd after relative moves") {
  const InitialTree tree = tree_of(
      "1 access(\"f\", F_OK) = 0\n"
      "1 chdir(\"sub\") = 0\n"
      "1 getcwd(\"/home/me/sub\", 4096) = 13\n");
  CHECK(tree.working_directory == "/home/me");
  CHECK(tree.working_directory_known);
  CHECK(tree.find("/home/me/f"));
}

TEST_CASE("symlinks are read from readlink, and from where -y says that opens led") {
  const InitialTree tree = tree_of(
      "1 execve(\"/usr/bin/python3\", [\"python3\"], 0x7ffc /* 3 vars */) = 0\n"
      "1 readlink(\"/usr/bin/python3\", \"python3.11\", 4096) = 10\n"
      "1 openat(AT_FDCWD</w>, \"/lib/x/libc.so\", O_RDONLY) = 3</usr/lib/x/libc.so>\n"
      "1 openat(AT_FDCWD</w>, \"/lib/x/libz.so.1\", O_RDONLY) = 4</usr/lib/x/libz.so.1.2>\n"
      "1 openat(AT_FDCWD</w>, \"/etc/localtime\", O_RDONLY) = 5</usr/share/zoneinfo/UTC>\n"
      "1 openat(AT_FDCWD</w>, \"/etc/mtab\", O_RDONLY) = 6</proc/1/mounts>\n");
  CHECK(node(tree, "/etc/mtab").target == "/proc/self/mounts");
  CHECK(node(tree, "/usr/bin/python3").target == "python3.11");
  CHECK(node(tree, "/usr/bin/python3.11").mode == 0755);
  CHECK(node(tree, "/lib").target == "usr/lib");
  CHECK(node(tree, "/usr/lib/x/libc.so").kind == NodeKind::file);
  CHECK(node(tree, "/usr/lib/x/libz.so.1").target == "libz.so.1.2");
  CHECK(node(tree, "/etc/localtime").target == "/usr/share/zoneinfo/UTC");
  CHECK(tree.find("/lib/x/libc.so") == nullptr);
}

TEST_CASE("what stat shows of a name that is a symlink is its target's") {
  const InitialTree tree = tree_of(
      "1 openat(AT_FDCWD, \"/z\", O_RDONLY|O_DIRECTORY) = 3\n"
      "1 stat(\"/z/Zulu\", {st_mode=S_IFREG|0600, st_size=1535}) = 0\n"
      "1 getdents64(3, [{d_ino=1, d_off=1, d_reclen=24, d_type=DT_LNK, d_name=\"W-SU\"}, "
      "{d_ino=2, d_off=2, d_reclen=24, d_type=DT_LNK, d_name=\"Zulu\"}], 32768) = 48\n"
      "1 getdents64(3, [], 32768) = 0\n"
      "1 stat(\"/z/W-SU\", {st_mode=S_IFREG|0600, st_size=1535}) = 0\n");
  for (const char* path : {"/z/W-SU", "/z/Zulu"}) {
    const Node& link = node(tree, path);
    CHECK(link.kind == NodeKind::symlink);
    CHECK(link.size < 256);  // a name can be no longer
    const Node& target = node(tree, link.target);
    CHECK(target.size == 1535);
    CHECK(target.mode == 0600);
  }
}

TEST_CASE("what a name is missing from is a directory, for a file would have said so") {
  const InitialTree tree = tree_of(
      "1 readlink(\"/usr/lib\", 0x7ffe87ac6f90, 1023) = -1 EINVAL (Invalid argument)\n"
      "1 readlink(\"/usr/lib/site/a\", 0x7ffe87ac6f90, 1023) = -1 ENOENT (No such file or directory)\n"
      "1 readlink(\"/usr/bin\", 0x7ffe87ac6f90, 1023) = -1 EINVAL (Invalid argument)\n");
  CHECK(node(tree, "/usr/lib").kind == NodeKind::directory);
  CHECK(node(tree, "/usr/bin").kind == NodeKind::file);
}

TEST_CASE("other processes' files are the kernel's own, a traced one's are those of /proc/self") {
  const InitialTree tree = tree_of(
      "7 openat(AT_FDCWD, \"/proc/1/stat\", O_RDONLY) = 3\n"
      "7 read(3, \"1 (init) S\"..., 1024) = 201\n"
      "7 openat(AT_FDCWD, \"/proc/1/environ\", O_RDONLY) = -1 EACCES (Permission denied)\n"
      "7 openat(AT_FDCWD, \"/proc/7/stat\", O_RDONLY) = 3\n");
  CHECK(node(tree, "/proc/1").kind == NodeKind::directory);
  CHECK(node(tree, "/proc/1/stat").readings == std::vector<Reading>{{201}});
  CHECK(node(tree, "/proc/1/environ").refusal == 13);
  CHECK(tree.find("/proc/7") == nullptr);
  CHECK(node(tree, "/proc/self/stat").readings.empty());
}

TEST_CASE("a kernel's file has another length at each reading, and the last one lasts") {
  const InitialTree tree = tree_of(
      "7 openat(AT_FDCWD, \"/proc/uptime\", O_RDONLY) = 3\n"
      "7 read(3, \"9.00 1.00\"..., 1024) = 10\n"
      "7 read(3, \"\", 1024) = 0\n"
      "7 pread64(3, \"10.00\", 5, 0) = 5\n"
      "7 pread64(3, \" 1.00\\n\", 1024, 5) = 6\n"
      "7 pread64(3, \"10.00\"..., 1024, 0) = 12\n"
      "7 pread64(3, \"10.00\"..., 1024, 0) = 12\n");
  CHECK(node(tree, "/proc/uptime").readings == std::vector<Reading>{{10}, {11}, {12}});
}

TEST_CASE("who is refused is not the owner, and the way or the file is closed to others") {
  const InitialTree tree = tree_of(
      "7 setuid(1000) = 0\n"
      "7 geteuid() = 1000\n"
      "7 openat(AT_FDCWD, \"/etc/shadow\", O_RDONLY) = -1 EACCES (Permission denied)\n"
      "7 stat(\"/root/x\", 0x7ffe) = -1 EACCES (Permission denied)\n"
      "7 unlink(\"/usr/y\") = -1 EACCES (Permission denied)\n"
      "7 openat(AT_FDCWD, \"/usr/z\", O_RDONLY) = 3\n");
  CHECK(tree.uid == 0);  // before setuid
  CHECK(node(tree, "/etc/shadow").mode == 0600);
  CHECK(node(tree, "/root").mode == 0700);
  CHECK(node(tree, "/usr").mode == 0755);
  CHECK(tree_of("7 geteuid() = 1000\n7 getegid() = 100\n7 getgroups(8, [100, 27]) = 2\n").groups ==
        std::vector<std::uint32_t>{100, 27});
}

TEST_CASE("a listing known only by its size gets names whose records add up") {
  const InitialTree tree = tree_of(
      "1 open(\"/d\", O_RDONLY|O_DIRECTORY) = 3\n"
      "1 getdents64(3, 0x5588 /* 6 entries */, 32768) = 192\n"
      "1 getdents64(3, 0x5588 /* 0 entries */, 32768) = 0\n"
      "1 close(3) = 0\n"
      "1 open(\"/d/known-name.txt\", O_RDONLY) = 3\n");
  const Node& d = node(tree, "/d");
  REQUIRE(d.listing.size() == 4);
  std::uint64_t bytes = 48;
  for (const std::string& name : d.listing) {
    bytes += infer::record_bytes(name);
    CHECK(tree.find("/d/" + name));
  }
  CHECK(bytes == 192);
  CHECK(tree.fillers == 3);
}

TEST_CASE("a listing of the root has room for what every machine has there") {
  const std::string listed =
      "1 open(\"/\", O_RDONLY|O_DIRECTORY) = 3\n"
      "1 getdents64(3, 0x5588 /* 14 entries */, 32768) = 344\n"
      "1 getdents64(3, 0x5588 /* 0 entries */, 32768) = 0\n";
  const InitialTree tree = tree_of(listed);
  std::uint64_t bytes = 48;
  for (const std::string& name : node(tree, "/").listing) bytes += infer::record_bytes(name);
  CHECK(bytes == 344);
  for (const char* path : {"/dev", "/etc", "/home", "/proc", "/root", "/run", "/sys", "/tmp", "/usr", "/var"})
    CHECK(node(tree, path).kind == NodeKind::directory);
  CHECK(tree.fillers == 1);  // and the working directory
}

TEST_CASE("what a listing of the root leaves no room for is not there") {
  const InitialTree tree = tree_of(
      "1 getcwd(\"/\", 100) = 2\n"
      "1 open(\"/\", O_RDONLY|O_DIRECTORY) = 3\n"
      "1 getdents64(3, 0x5588 /* 4 entries */, 32768) = 104\n"
      "1 getdents64(3, 0x5588 /* 0 entries */, 32768) = 0\n");
  CHECK(node(tree, "/").listing.size() == 2);  // /dev, and a name that no call tells
  CHECK(tree.find("/home") == nullptr);
  CHECK(std::any_of(tree.missing.begin(), tree.missing.end(),
                    [](const MissingPath& missing) { return missing.path == "/home"; }));
}

TEST_CASE("a script's interpreter is what /proc/self/exe is a link to") {
  const InitialTree tree = tree_of(
      "1 execve(\"/usr/bin/script\", [\"script\"], 0x7ffe /* 3 vars */) = 0\n"
      "1 openat(AT_FDCWD, \"/usr/bin/script\", O_RDONLY) = 3\n"
      "1 readlink(\"/proc/self/exe\", \"/usr/bin/runner\", 256) = 15\n");
  CHECK(node(tree, "/usr/bin/script").kind == NodeKind::file);
  CHECK(node(tree, "/usr/bin/script").interpreter == "/usr/bin/runner");
  CHECK(node(tree, "/usr/bin/runner").mode == 0755);
}

TEST_CASE("targets that symlinks must have, and no call names, are in no directory that is listed") {
  const InitialTree tree = tree_of(
      "1 open(\"/d\", O_RDONLY|O_DIRECTORY) = 3\n"
      "1 getdents64(3, [{d_ino=1, d_off=1, d_reclen=24, d_type=DT_DIR, d_name=\".\"}, "
      "{d_ino=2, d_off=2, d_reclen=24, d_type=DT_DIR, d_name=\"..\"}, "
      "{d_ino=3, d_off=3, d_reclen=24, d_type=DT_LNK, d_name=\"a\"}, "
      "{d_ino=4, d_off=4, d_reclen=24, d_type=DT_LNK, d_name=\"b\"}], 32768) = 96\n"
      "1 stat(\"/d/a\", {st_mode=S_IFREG|0644, st_size=7, ...}) = 0\n"
      "1 stat(\"/d/b\", {st_mode=S_IFDIR|0755, st_size=4096, ...}) = 0\n");
  std::size_t inside = 0;
  for (const Node& n : tree.nodes) inside += n.path.starts_with("/d/");
  CHECK(inside == 2);
  CHECK(node(tree, node(tree, "/d/a").target).kind == NodeKind::file);
  CHECK(node(tree, node(tree, "/d/b").target).kind == NodeKind::directory);
}

TEST_CASE("devices exist although O_CREAT opened them") {
  const InitialTree tree = tree_of("1 openat(AT_FDCWD, \"/dev/null\", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 3\n");
  CHECK(node(tree, "/dev/null").kind == NodeKind::char_device);
  CHECK(node(tree, "/dev/null").minor == 3);
}

TEST_CASE("what no tree can explain is counted with its line") {
  const InitialTree tree = tree_of(
      "1 access(\"/a\", F_OK) = -1 ENOENT (No such file or directory)\n"
      "1 access(\"/a\", F_OK) = 0\n");
  REQUIRE(tree.contradictions.size() == 1);
  CHECK(tree.contradictions[0].line == 2);
  CHECK(tree.contradicted == 1);
}

TEST_CASE("trees of real traces: sorted, with all parents, nothing both there and missing") {
  for (const auto& file : test_traces()) {
    INFO(file);
    const InitialTree tree = infer_tree(Trace::open(file));
    std::set<std::string> paths;
    for (const Node& n : tree.nodes) {
      const std::string parent = n.path.substr(0, std::max<std::size_t>(1, n.path.rfind('/')));
      if (n.path != "/") {
        REQUIRE(paths.contains(parent));
        REQUIRE(tree.find(parent)->kind == NodeKind::directory);
      }
      REQUIRE(paths.insert(n.path).second);
      REQUIRE((n.kind != NodeKind::symlink || !n.target.empty()));
    }
    REQUIRE(std::is_sorted(tree.nodes.begin(), tree.nodes.end(),
                           [](const Node& a, const Node& b) { return a.path < b.path; }));
    for (const MissingPath& m : tree.missing) REQUIRE_FALSE(paths.contains(m.path));
    CHECK(tree.contradicted == 0);
  }
}

TEST_CASE("a file system that starts from the tree answers real traces as recorded") {
  for (const auto& file : test_traces()) {
    INFO(file);
    const Trace trace = Trace::open(file);
    TreeReplay replay(infer_tree(trace));
    MergedCursor events = trace.events();
    for (Event event; events.next(event);) replay.apply(event);
    for (const std::string& difference : replay.differences) UNSCOPED_INFO(difference);
    UNSCOPED_INFO(replay.agreed << " of " << replay.compared);
    CHECK(static_cast<double>(replay.agreed) >= 0.999 * static_cast<double>(replay.compared));
  }
}

}  // namespace
}  // namespace isosim::traces
