// What the Gofer answers and which host calls it makes for it.
#include <catch2/catch.hpp>

#include "tests/models/gofer_bench.h"

using namespace isosim;
using namespace isosim::test;
using models::RuntimeCalls;
using models::p9::Fid;
using models::p9::OpenFlags;

namespace {

constexpr const char* kRpcWithBody = "sendmsg recvmsg poll recvmsg recvmsg";
constexpr const char* kRpcWithoutBody = "sendmsg recvmsg poll recvmsg";

void make_file(RuntimeCalls& calls, const char* path, std::uint64_t bytes = 0) {
  const std::int32_t fd = calls.open(path, kernel::open_flag::creat | kernel::open_flag::rdwr);
  if (bytes) calls.write(fd, bytes);
  calls.close(fd);
}

// Lets the Gofer come to rest.
void settle(go::G& g) {
  kernel::Sys s;
  s.nr = nr::nanosleep;
  s.at[0] = kernel::Timespec{sim::microseconds(500)};
  s.arg[0] = 0x1000;
  g.raw_call(s);
}

void close_fd(go::G& g, std::int32_t fd) {
  kernel::Sys s;
  s.nr = nr::close;
  s.arg[0] = static_cast<std::uint64_t>(fd);
  REQUIRE(g.call(s) == 0);
}

// The handler's calls for one message: what lies between the two recvmsg of the request and the next wait.
std::string handler_calls(GoferBench& b, go::G& g, const std::function<void()>& message) {
  settle(g);
  b.gofer_calls.clear();
  b.sandbox_calls.clear();
  message();
  settle(g);
  std::string all = b.taken(b.gofer_calls);
  REQUIRE(all.starts_with("recvmsg recvmsg "));
  all.erase(0, 16);
  const std::string wait = models::facts(b.release).ppoll ? " recvmsg ppoll" : " recvmsg poll";
  REQUIRE(all.ends_with(wait));
  return all.substr(0, all.size() - wait.size());
}

std::string sandbox_calls(GoferBench& b) {
  std::string all = b.taken(b.sandbox_calls);
  REQUIRE(all.ends_with(" nanosleep"));
  return all.substr(0, all.size() - 10);
}

}  // namespace

TEST_CASE("attaching takes Tversion and Tattach with the calls of the release") {
  GoferBench b;
  b.run([](RuntimeCalls&) {},
        [&](go::G& g, Client& client) {
          CHECK(client.version() == 6);
          Fid root{};
          CHECK(handler_calls(b, g, [&] { root = client.attach(g).fid; }) ==
                "newfstatat openat epoll_ctl fstat sendmsg");
          CHECK(static_cast<std::uint32_t>(root) == 1);
          CHECK(sandbox_calls(b) == kRpcWithBody);
          CHECK(client.get_attr(g, root).attr.mode == 0040755);
        });
  CHECK(b.messages == std::vector<std::string>{"Tversion 30 Rversion 30", "Tattach 24 Rattach 20",
                                               "Tgetattr 19 Rgetattr 160"});
}

TEST_CASE("open and close of an image file send the messages and make the calls of release-20190304.1") {
  GoferBench b;
  b.run(
      [](RuntimeCalls& calls) { make_file(calls, "/vol/f", 100); },
      [&](go::G& g, Client& client) {
        const Fid root = client.attach(g).fid;
        const auto f = client.walk_get_attr(g, root, {"f"});
        REQUIRE(f.error == 0);
        CHECK(f.attr.size == 100);
        CHECK(static_cast<std::uint32_t>(f.fid) == 2);
        b.messages.clear();
        Fid opened{};
        CHECK(handler_calls(b, g, [&] { opened = client.walk(g, f.fid).fid; }) == "dup fstat fcntl sendmsg");
        CHECK(sandbox_calls(b) == kRpcWithBody);
        models::gofer::Opened open;
        CHECK(handler_calls(b, g, [&] { open = client.open(g, opened, OpenFlags::read_write); }) ==
              "openat epoll_ctl fstat dup fcntl fcntl sendmsg close");
        CHECK(sandbox_calls(b) == kRpcWithBody);
        REQUIRE(open.fd >= 0);
        CHECK(open.qid == f.qids.front());
        kernel::File* const donated = g.thread().process->files->get(open.fd);
        CHECK(donated->describe() == "/vol/f");
        CHECK((donated->flags & kernel::open_flag::nonblock) != 0);
        CHECK(handler_calls(b, g, [&] { CHECK(client.flush(g, opened) == 0); }) == "sendmsg");
        CHECK(sandbox_calls(b) == kRpcWithoutBody);
        close_fd(g, open.fd);
        CHECK(handler_calls(b, g, [&] { CHECK(client.clunk(g, opened) == 0); }) == "close close sendmsg");
        CHECK(sandbox_calls(b) == kRpcWithoutBody);
        CHECK(b.gofer->services().front().server().fids() == 2);
      });
  CHECK(b.messages == std::vector<std::string>{"Twalk 17 Rwalk 9", "Tlopen 15 Rlopen 24",
                                               "Tflushf 11 Rflushf 7", "Tclunk 11 Rclunk 7"});
}

TEST_CASE("a read-only open shares the control file, and its donation changes later clones") {
  GoferBench b;
  b.run([](RuntimeCalls& calls) { make_file(calls, "/vol/f"); },
        [&](go::G& g, Client& client) {
          const Fid f = client.walk_get_attr(g, client.attach(g).fid, {"f"}).fid;
          const Fid first = client.walk(g, f).fid;
          std::int32_t fd = -1;
          CHECK(handler_calls(b, g, [&] { fd = client.open(g, first, OpenFlags::read_only).fd; }) ==
                "fstat dup fcntl fcntl sendmsg close");
          Fid second{};
          CHECK(handler_calls(b, g, [&] { second = client.walk(g, f).fid; }) ==
                "dup fstat fcntl epoll_ctl sendmsg");
          CHECK(handler_calls(b, g, [&] { client.clunk(g, second); }) == "close sendmsg");
          CHECK(handler_calls(b, g, [&] { client.clunk(g, first); }) == "close sendmsg");
        });
}

TEST_CASE("the other operations make the calls of release-20190304.1") {
  GoferBench b;
  b.run(
      [](RuntimeCalls& calls) {
        make_file(calls, "/vol/f", 10'000);
        calls.call(nr::mkdir, {0, 0755}, {{0, "/vol/d"}});
        make_file(calls, "/vol/d/one");
        make_file(calls, "/vol/d/two");
        calls.call(nr::symlink, {0, 0}, {{0, "f"}, {1, "/vol/s"}});
      },
      [&](go::G& g, Client& client) {
        using models::p9::SetAttr;
        using models::p9::SetAttrMask;
        const Fid root = client.attach(g).fid;
        const auto calls = [&](const std::function<void()>& message) { return handler_calls(b, g, message); };
        models::gofer::Walked f, d, s;
        CHECK(calls([&] { f = client.walk_get_attr(g, root, {"f"}); }) == "openat fcntl fstat fstat sendmsg");
        CHECK(calls([&] { d = client.walk(g, root, {"d"}); }) == "openat fcntl fstat fstat sendmsg");
        CHECK(calls([&] { s = client.walk_get_attr(g, root, {"s"}); }) ==
              "openat openat fcntl fstat fstat sendmsg");
        CHECK(s.qids.front().type == models::p9::qid_type::symlink);
        CHECK(calls([&] { CHECK(client.walk_get_attr(g, root, {"none"}).error == -kernel::ENOENT_); }) ==
              "openat sendmsg");
        CHECK(calls([&] { CHECK(client.read_link(g, s.fid).target == "f"); }) == "readlinkat sendmsg");
        CHECK(calls([&] { CHECK(client.get_attr(g, f.fid).attr.size == 10'000); }) == "fstat sendmsg");
        SetAttr set;
        set.size = 5000;
        set.permissions = 0600;
        CHECK(calls([&] {
                CHECK(client.set_attr(g, f.fid, SetAttrMask::size | SetAttrMask::permissions, set) == 0);
              }) == "openat epoll_ctl fchmod ftruncate close sendmsg");
        CHECK(client.get_attr(g, f.fid).attr.mode == 0100600);
        set.mtime = {1000, 5};
        CHECK(calls([&] {
                CHECK(client.set_attr(g, f.fid, SetAttrMask::mtime | SetAttrMask::mtime_not_system_time,
                                      set) == 0);
              }) == "openat epoll_ctl utimensat close sendmsg");
        CHECK(client.get_attr(g, f.fid).attr.mtime == models::p9::FileTime{1000, 5});
        const Fid listing = client.walk(g, d.fid).fid;
        CHECK(client.open(g, listing, OpenFlags::read_only).fd == -1);  // no donation for directories
        models::gofer::Listing entries;
        CHECK(calls([&] { entries = client.read_directory(g, listing, 0, 65536); }) ==
              "lseek getdents64 getdents64 newfstatat newfstatat sendmsg");
        REQUIRE(entries.entries.size() == 2);
        CHECK(entries.entries[1].offset == 2);
        CHECK(calls([&] { entries = client.read_directory(g, listing, 2, 65536); }) ==
              "lseek getdents64 getdents64 sendmsg");
        CHECK(entries.entries.empty());
        const Fid file = client.walk(g, root).fid;
        models::gofer::Opened made;
        CHECK(calls([&] { made = client.create(g, file, "new", OpenFlags::read_write, 0640, 5, 6); }) ==
              "openat fchownat fstat fcntl dup fcntl fcntl sendmsg close");
        CHECK(made.fd >= 0);
        CHECK(client.get_attr(g, file).attr.uid == 5);
        CHECK(calls([&] { CHECK(client.write(g, file, 0, 100) == 100); }) == "pwrite64 sendmsg");
        CHECK(calls([&] { CHECK(client.read(g, file, 0, 200) == 100); }) == "pread64 pread64 sendmsg");
        CHECK(calls([&] { CHECK(client.fsync(g, file) == 0); }) == "fsync sendmsg");
        CHECK(calls([&] { CHECK(client.stat_fs(g, root).status.type == 0x01021994); }) == "fstatfs sendmsg");
        CHECK(calls([&] { CHECK(client.mkdir(g, root, "dir", 0700, 1, 2).error == 0); }) ==
              "mkdirat openat fchownat fstat close sendmsg");
        CHECK(calls([&] { CHECK(client.symlink(g, root, "/to", "link", 1, 2).error == 0); }) ==
              "symlinkat openat fchownat fstat close sendmsg");
        CHECK(calls([&] { CHECK(client.link(g, root, f.fid, "hard") == 0); }) == "linkat sendmsg");
        CHECK(client.get_attr(g, f.fid).attr.nlink == 2);
        CHECK(calls([&] { CHECK(client.rename(g, f.fid, d.fid, "moved") == 0); }) == "renameat sendmsg");
        CHECK(calls([&] { CHECK(client.unlink_at(g, d.fid, "moved", 0) == 0); }) == "unlinkat sendmsg");
        CHECK(client.open(g, f.fid, OpenFlags::read_only).error == -kernel::EINVAL_);  // deleted
        CHECK(calls([&] { CHECK(client.mknod(g, root, "n", 0600, 1, 3, 0, 0).error == -kernel::ENOSYS_); }) ==
              "sendmsg");
        CHECK(client.rename_at(g, root, "hard", d.fid, "hard") == 0);
        CHECK(client.walk(g, d.fid, {"hard"}).error == 0);
        CHECK(client.walk(g, root, {"d", "one"}).qids.size() == 2);
        CHECK(client.walk(g, root, {"..", "x"}).error == -kernel::EINVAL_);
        CHECK(client.get_attr(g, Fid{99}).error == -kernel::EBADF_);
      });
}

TEST_CASE("an open for writing after a rename follows the file") {
  GoferBench b;
  b.run(
      [](RuntimeCalls& calls) {
        calls.call(nr::mkdir, {0, 0755}, {{0, "/vol/a"}});
        calls.call(nr::mkdir, {0, 0755}, {{0, "/vol/b"}});
        make_file(calls, "/vol/a/f");
      },
      [&](go::G& g, Client& client) {
        const Fid root = client.attach(g).fid;
        const Fid a = client.walk(g, root, {"a"}).fid, to = client.walk(g, root, {"b"}).fid;
        const Fid f = client.walk(g, a, {"f"}).fid;
        CHECK(client.rename_at(g, root, "a", to, "moved") == 0);
        const auto open = client.open(g, f, OpenFlags::read_write);
        REQUIRE(open.error == 0);
        CHECK(g.thread().process->files->get(open.fd)->describe() == "/vol/b/moved/f");
      });
}

TEST_CASE("a fid keeps the files of the directories it was walked through") {
  GoferBench b;
  b.run(
      [](RuntimeCalls& calls) {
        calls.call(nr::mkdir, {0, 0755}, {{0, "/vol/a"}});
        make_file(calls, "/vol/a/f");
      },
      [&](go::G& g, Client& client) {
        const auto& server = b.gofer->services().front().server();
        const Fid root = client.attach(g).fid;
        const Fid a = client.walk(g, root, {"a"}).fid, f = client.walk(g, a, {"f"}).fid;
        CHECK(server.files() == 3);
        CHECK(client.clunk(g, a) == 0);
        CHECK(server.fids() == 2);
        CHECK(server.files() == 3);
        CHECK(handler_calls(b, g, [&] { CHECK(client.clunk(g, f) == 0); }) == "close close sendmsg");
        CHECK(server.files() == 1);
      });
}

TEST_CASE("later releases clone by opening again and keep one file a fid") {
  const bool by_path = GENERATE(true, false);
  GoferBench b(1, by_path ? Release::r20190529 : Release::r20190806);
  b.run([](RuntimeCalls& calls) { make_file(calls, "/vol/f"); },
        [&](go::G& g, Client& client) {
          const Fid f = client.walk_get_attr(g, client.attach(g).fid, {"f"}).fid;
          Fid opened{};
          CHECK(handler_calls(b, g, [&] { opened = client.walk(g, f).fid; }) == "openat fstat sendmsg");
        });
}

TEST_CASE("a Gofer that dies gives EIO to the call under way and to all later ones") {
  const bool during = GENERATE(true, false);
  GoferBench b;
  std::vector<std::int64_t> errors;
  std::int64_t read = 0;
  b.run([](RuntimeCalls& calls) { make_file(calls, "/vol/f", 100); },
        [&](go::G& g, Client& client) {
          const Fid f = client.walk_get_attr(g, client.attach(g).fid, {"f"}).fid;
          const std::int32_t fd = client.open(g, f, OpenFlags::read_write).fd;
          if (during) {
            b.gofer_dies_in = nr::sendmsg;  // the request is handled, but not answered
            errors.push_back(client.flush(g, f));
          } else {
            b.kill_gofer(g);
            settle(g);
            errors.push_back(client.flush(g, f));
          }
          errors.push_back(client.get_attr(g, f).error);
          errors.push_back(client.clunk(g, f));
          kernel::Sys s;
          s.nr = nr::pread64;
          s.arg = {static_cast<std::uint64_t>(fd), models::map_buffer(g.thread(), 4096), 100, 0};
          read = g.call(s);
        });
  CHECK(errors == std::vector<std::int64_t>(3, -kernel::EIO_));
  CHECK(read == 100);  // donated files live on
}

TEST_CASE("a Gofer with one P serves several mounts, and refuses to change one that is read-only") {
  const Release release = GENERATE(Release::r20190304, Release::r20190529, Release::r20200127);
  GoferBench b(1, release);
  b.read_only_mount = true;
  b.run([](RuntimeCalls& calls) { make_file(calls, "/vol/f", 7); },
        [&](go::G& g, Client& client) {
          Client& other = *b.second_client;
          const Fid root = client.attach(g).fid, host_root = other.attach(g).fid;
          CHECK(client.walk_get_attr(g, root, {"f"}).attr.size == 7);
          const auto f = other.walk_get_attr(g, host_root, {"vol", "f"});
          CHECK(f.attr.size == 7);
          CHECK(other.unlink_at(g, host_root, "vol", 0x200) == -kernel::EBADF_);
          CHECK(other.mkdir(g, host_root, "d", 0755, 0, 0).error == -kernel::EBADF_);
          CHECK(other.set_attr(g, f.fid, models::p9::SetAttrMask::size, {}) == -kernel::EBADF_);
          CHECK(other.open(g, other.walk(g, f.fid).fid, OpenFlags::read_only).fd >= 0);
          CHECK(other.attach(g).error == -kernel::EIO_);  // once only
        });
}

TEST_CASE("when the Sentry goes, so does the Gofer") {
  const Release release = GENERATE(Release::r20190304, Release::r20200127);
  GoferBench b(1, release);
  b.run([](RuntimeCalls& calls) { make_file(calls, "/vol/f"); },
        [&](go::G& g, Client& client) {
          client.walk_get_attr(g, client.attach(g).fid, {"f"});
          client.close(g);
        });
  CHECK(b.gofer->services().front().server().files() == 0);
  CHECK(b.gofer_process->threads.empty());
}
