// What the Sentry's file systems ask of the Gofer and of the host, operation by operation; the sequences are
// those of docs/gvisor/gofer.md, 4.1 to 4.4.
#include "tests/models/sentry_fs_bench.h"

namespace isosim::test {

namespace {

using models::FileAccess;

constexpr std::uint64_t kCreate = 0100, kReadWrite = 2, kWriteOnly = 1, kTruncate = 01000,
                        kDirectory = 0200000;

void make_files(models::RuntimeCalls& calls) {
  const std::int32_t file = calls.open("/vol/f", kCreate | kReadWrite);
  calls.write(file, 5000);
  calls.close(file);
  calls.call(nr::chmod, {0, 0644}, {{0, "/vol/f"}});
  calls.make_directories("/vol/d");
  calls.close(calls.open("/vol/d/g", kCreate | kReadWrite));
  calls.call(nr::symlink, {}, {{0, "f"}, {1, "/vol/l"}});
}

kernel::Inode* thread_inode(FsBench& bench, std::int64_t fd) {
  return bench.thread->process->files->get(static_cast<std::int32_t>(fd))->inode();
}

}  // namespace

TEST_CASE("an exclusive file is opened by two messages and closed by two, the first time by one") {
  FsBench bench(FileAccess::exclusive);
  bench.run_fs(make_files, [&](go::G&) {
    std::int64_t fd = bench.open("/m/f", kCreate | kReadWrite);
    REQUIRE(fd >= 0);
    CHECK(bench.sent() == "walkgetattr walk lopen");
    bench.host_calls();
    CHECK(bench.close(fd) == 0);
    CHECK(bench.sent() == "flushf");
    CHECK(bench.host_calls().empty());
    for (int again = 0; again < 2; ++again) {
      fd = bench.open("/m/f", kCreate | kReadWrite);
      CHECK(bench.sent() == "walk lopen");
      bench.host_calls();
      bench.close(fd);
      CHECK(bench.sent() == "flushf clunk");
      CHECK(bench.host_calls() == "close");
    }
    fd = bench.open("/m/f", 0);
    CHECK(bench.sent() == "walk lopen");
    bench.close(fd);
    CHECK(bench.sent() == "clunk");
    CHECK(bench.garbage > 0);
  });
}

TEST_CASE(
    "a shared file is opened by six messages and closed by two, and its walk's fid is left to the "
    "collector") {
  FsBench bench(FileAccess::shared);
  bench.run_fs(make_files, [&](go::G& g) {
    std::int64_t fd = bench.open("/m/f", kCreate | kReadWrite);
    REQUIRE(fd >= 0);
    CHECK(bench.sent() == "getattr walkgetattr getattr walk lopen getattr");
    bench.close(fd);
    CHECK(bench.sent() == "flushf");
    CHECK(bench.files->leaked() == 0);
    fd = bench.open("/m/f", kCreate | kReadWrite);
    CHECK(bench.sent() == "getattr walkgetattr getattr walk lopen getattr");
    bench.close(fd);
    CHECK(bench.sent() == "flushf clunk");
    CHECK(bench.files->leaked() == 1);
    fd = bench.open("/m/f", 0);
    CHECK(bench.sent() == "getattr walkgetattr getattr walk lopen");
    bench.close(fd);
    CHECK(bench.sent() == "clunk");
    CHECK(bench.files->collect(g) == 2);
    CHECK(bench.sent() == "clunk clunk");
    CHECK(bench.files->leaked() == 0);
  });
}

TEST_CASE("later releases share handles and clunk the walk's fid at once") {
  FsBench exclusive(FileAccess::exclusive, Release::r20190529);
  exclusive.run_fs(make_files, [&](go::G&) {
    exclusive.close(exclusive.open("/m/f", kCreate | kReadWrite));
    CHECK(exclusive.sent() == "walkgetattr walk lopen flushf");
    exclusive.close(exclusive.open("/m/f", kCreate | kReadWrite));
    CHECK(exclusive.sent() == "flushf");
    exclusive.close(exclusive.open("/m/f", 0));
    CHECK(exclusive.sent().empty());
  });
  FsBench shared(FileAccess::shared, Release::r20190529);
  shared.run_fs(make_files, [&](go::G&) {
    shared.close(shared.open("/m/f", kCreate | kReadWrite));
    shared.sent();
    shared.close(shared.open("/m/f", kCreate | kReadWrite));
    CHECK(shared.sent() == "getattr walkgetattr clunk getattr getattr flushf");
    CHECK(shared.files->leaked() == 0);
  });
}

TEST_CASE("release-20200127.0 looks for whiteouts in the image, and opens a known file by no message") {
  FsBench exclusive(FileAccess::exclusive, Release::r20200127);
  exclusive.run_fs(make_files, [&](go::G&) {
    exclusive.close(exclusive.open("/m/f", kCreate | kReadWrite));
    CHECK(exclusive.sent() == "walkgetattr getxattr walk lopen flushf");
    exclusive.close(exclusive.open("/m/f", kCreate | kReadWrite));
    CHECK(exclusive.sent() == "flushf");
    exclusive.host_calls();
    exclusive.close(exclusive.open("/m/f", 0));
    CHECK(exclusive.sent().empty());
    CHECK(exclusive.host_calls().empty());
    exclusive.close(exclusive.open("/m/new", kCreate | kReadWrite));
    CHECK(exclusive.sent() == "walkgetattr getxattr walk ucreate walkgetattr flushf");
  });
  FsBench shared(FileAccess::shared, Release::r20200127);
  shared.run_fs(make_files, [&](go::G&) {
    shared.close(shared.open("/m/f", kCreate | kReadWrite));
    shared.sent();
    shared.close(shared.open("/m/f", kCreate | kReadWrite));
    CHECK(shared.sent() == "getattr walkgetattr clunk getattr getattr flushf");
    shared.close(shared.open("/m/f", 0));
    CHECK(shared.sent() == "getattr walkgetattr clunk getattr");
  });
}

TEST_CASE(
    "changes of attributes are one Tsetattr, after a look at whose the file is where that is not known") {
  FsBench exclusive(FileAccess::exclusive);
  exclusive.run_fs(make_files, [&](go::G&) {
    const auto fd = exclusive.open("/m/f", kReadWrite);
    exclusive.sent();
    CHECK(exclusive.call(nr::chmod, {1, 0600}, "/m/f") == 0);
    CHECK(exclusive.sent() == "setattr");
    CHECK(exclusive.call(nr::chown, {1, 7, 8}, "/m/f") == 0);
    CHECK(exclusive.sent() == "setattr");
    CHECK(exclusive.stat("/m/f") == 0);
    CHECK((exclusive.out.stat.mode & 0777) == 0600);
    CHECK(exclusive.out.stat.uid == 7);
    CHECK(exclusive.call(nr::utimensat, {FsBench::word(-100), 1, 0, 0}, "/m/f", 1) == 0);
    CHECK(exclusive.sent().empty());  // times of a file with a descriptor of the host stay here
    CHECK(exclusive.call(nr::statfs, {1, exclusive.buffer}, "/m/f") == 0);
    CHECK(exclusive.sent() == "statfs");
    exclusive.close(fd);
  });
  FsBench shared(FileAccess::shared);
  shared.run_fs(make_files, [&](go::G&) {
    shared.stat("/m/f");
    shared.sent();
    CHECK(shared.call(nr::chmod, {1, 0600}, "/m/f") == 0);
    CHECK(shared.sent() == "getattr walkgetattr getattr setattr");
    CHECK(shared.call(nr::symlink, {1, 2}, "f", 0, "/m/s") == 0);
    CHECK(shared.sent() == "walkgetattr getattr usymlink");
    CHECK(shared.call(nr::link, {1, 2}, "/m/f", 0, "/m/h") == 0);
    CHECK(shared.sent() == "getattr walkgetattr walkgetattr getattr getattr link");
    CHECK(shared.stat("/m/h") == 0);
    CHECK(shared.out.stat.links == 2);
    CHECK(shared.stat("/m/s") == 0);
  });
}

TEST_CASE("a name that does not exist is asked for once where nobody else can make it") {
  FsBench exclusive(FileAccess::exclusive);
  exclusive.run_fs(make_files, [&](go::G&) {
    CHECK(exclusive.stat("/m/none") == -kernel::ENOENT_);
    CHECK(exclusive.sent() == "walkgetattr");
    CHECK(exclusive.open("/m/none", 0) == -kernel::ENOENT_);
    CHECK(exclusive.sent().empty());
  });
  FsBench shared(FileAccess::shared);
  shared.run_fs(make_files, [&](go::G&) {
    for (int again = 0; again < 2; ++again) {
      CHECK(shared.stat("/m/none") == -kernel::ENOENT_);
      CHECK(shared.sent() == "getattr walkgetattr");
    }
  });
}

TEST_CASE("attributes come from the Gofer each time on a shared mount, and never again on an exclusive one") {
  FsBench exclusive(FileAccess::exclusive);
  exclusive.run_fs(make_files, [&](go::G&) {
    CHECK(exclusive.stat("/m/d/g") == 0);
    CHECK(exclusive.sent() == "walkgetattr walkgetattr");
    CHECK(exclusive.stat("/m/d/g") == 0);
    CHECK(exclusive.stat("/m/f") == 0);
    CHECK(exclusive.out.stat.size == 5000);
    CHECK(exclusive.sent() == "walkgetattr");
    CHECK(exclusive.call(nr::lstat, {1, exclusive.buffer}, "/m/l") == 0);
    CHECK(exclusive.sent() == "walkgetattr getattr");  // a symlink's are never kept
    CHECK(exclusive.call(nr::readlink, {1, exclusive.buffer, 100}, "/m/l") == 1);
    CHECK(exclusive.sent() == "getattr readlink");
    CHECK(exclusive.stat("/m/l") == 0);
    CHECK(exclusive.sent() == "readlink");
    const auto fd = exclusive.open("/m/f", 0);
    exclusive.sent();
    CHECK(exclusive.call(nr::fstat, {FsBench::word(fd), exclusive.buffer}) == 0);
    CHECK(exclusive.call(nr::lseek, {FsBench::word(fd), 0, 2}) == 5000);
    CHECK(exclusive.sent().empty());
  });
  FsBench shared(FileAccess::shared);
  shared.run_fs(make_files, [&](go::G&) {
    shared.stat("/m/d/g");
    shared.sent();
    CHECK(shared.stat("/m/d/g") == 0);  // 2 d + 1
    CHECK(shared.sent() == "getattr walkgetattr getattr walkgetattr getattr");
    CHECK(shared.files->leaked() == 2);
    const auto fd = shared.open("/m/f", 0);
    shared.sent();
    CHECK(shared.call(nr::fstat, {FsBench::word(fd), shared.buffer}) == 0);
    CHECK(shared.call(nr::lseek, {FsBench::word(fd), 0, 0}) == 0);
    CHECK(shared.sent() == "getattr");
    CHECK(shared.call(nr::lseek, {FsBench::word(fd), 0, 2}) == 5000);
    CHECK(shared.sent() == "getattr");
  });
}

TEST_CASE("data goes between the host's file and the program's memory by one call a block") {
  FsBench bench(FileAccess::exclusive);
  bench.run_fs(make_files, [&](go::G& g) {
    const auto fd = bench.open("/m/f", kReadWrite);
    bench.sent();
    bench.host_calls();
    CHECK(bench.read(fd, 4096) == 4096);
    CHECK(bench.host_calls() == "pread64 clock_gettime");  // the clock is not calibrated yet
    bench.clock().calibrate(g);
    bench.host_calls();
    CHECK(bench.read(fd, 4096) == 904);  // clipped to the size that is known here
    CHECK(bench.host_calls() == "pread64");
    CHECK(bench.read(fd, 4096) == 0);
    CHECK(bench.host_calls().empty());
    bench.split = 1000;
    CHECK(bench.write(fd, 4096) == 4096);
    CHECK(bench.host_calls() == "pwrite64 pwrite64");
    CHECK(bench.stat("/m/f") == 0);
    CHECK(bench.out.stat.size == 9096);
    CHECK(bench.sent().empty());
    CHECK(bench.call(nr::fsync, {FsBench::word(fd)}) == 0);
    CHECK(bench.sent() == "setattr fsync");
    CHECK(bench.host_calls() == "fsync");
    CHECK(bench.call(nr::ftruncate, {FsBench::word(fd), 100}) == 0);
    CHECK(bench.sent() == "setattr");
    bench.split = 0;
    CHECK(bench.call(nr::pread64, {FsBench::word(fd), bench.buffer, 4096, 0}) == 100);
  });
}

TEST_CASE("a shared mount asks the host for the end of a file and takes no clock") {
  FsBench bench(FileAccess::shared);
  bench.run_fs(make_files, [&](go::G&) {
    const auto fd = bench.open("/m/f", kReadWrite);
    bench.host_calls();
    CHECK(bench.read(fd, 4096) == 4096);
    CHECK(bench.host_calls() == "pread64");
    CHECK(bench.read(fd, 4096) == 904);
    CHECK(bench.host_calls() == "pread64 pread64");
    CHECK(bench.read(fd, 4096) == 0);
    CHECK(bench.host_calls() == "pread64");
    CHECK(bench.write(fd, 100) == 100);
    CHECK(bench.host_calls() == "pwrite64");
    bench.sent();
    CHECK(bench.call(nr::fsync, {FsBench::word(fd)}) == 0);
    CHECK(bench.sent().empty());
    CHECK(bench.host_calls() == "fsync");
  });
}

TEST_CASE("creating a file opens it with the messages that make it") {
  FsBench exclusive(FileAccess::exclusive);
  exclusive.run_fs(make_files, [&](go::G&) {
    const auto fd = exclusive.open("/m/new", kCreate | kReadWrite);
    REQUIRE(fd >= 0);
    CHECK(exclusive.sent() == "walkgetattr walk ucreate getattr walk");
    CHECK(exclusive.write(fd, 300) == 300);
    exclusive.close(fd);
    CHECK(exclusive.sent() == "flushf");
    CHECK(exclusive.stat("/m/new") == 0);
    CHECK(exclusive.out.stat.size == 300);
    CHECK(exclusive.sent().empty());
  });
  FsBench shared(FileAccess::shared);
  shared.run_fs(make_files, [&](go::G&) {
    const auto fd = shared.open("/m/new", kCreate | kReadWrite);
    REQUIRE(fd >= 0);
    CHECK(shared.sent() == "getattr walkgetattr getattr walkgetattr walk ucreate getattr walk getattr");
    shared.close(fd);
    CHECK(shared.sent() == "flushf");
  });
}

TEST_CASE("O_TRUNC is a Tsetattr before the file is opened") {
  FsBench bench(FileAccess::exclusive);
  bench.run_fs(make_files, [&](go::G&) {
    bench.stat("/m/f");
    bench.sent();
    CHECK(bench.open("/m/f", kWriteOnly | kTruncate) >= 0);
    CHECK(bench.sent() == "setattr walk lopen");
    CHECK(bench.stat("/m/f") == 0);
    CHECK(bench.out.stat.size == 0);
  });
}

TEST_CASE("unlink, rename and mkdir send what Remove, Rename and CreateDirectory do") {
  FsBench exclusive(FileAccess::exclusive);
  exclusive.run_fs(make_files, [&](go::G& g) {
    CHECK(exclusive.call(nr::mkdir, {1, 0755}, "/m/e") == 0);
    CHECK(exclusive.sent() == "walkgetattr umkdir");
    CHECK(exclusive.stat("/m/e") == 0);
    CHECK(exclusive.sent() == "walkgetattr");
    CHECK(exclusive.call(nr::rename, {1, 2}, "/m/f", 0, "/m/f2") == 0);
    CHECK(exclusive.sent() == "walkgetattr walkgetattr walkgetattr rename");
    CHECK(exclusive.stat("/m/f2") == 0);
    CHECK(exclusive.stat("/m/f") == -kernel::ENOENT_);
    exclusive.sent();
    CHECK(exclusive.call(nr::unlink, {1}, "/m/f2") == 0);
    const std::string now = exclusive.sent();
    CHECK(now.substr(0, 20) == "walkgetattr unlinkat");
    CHECK(now + exclusive.later(g) == "walkgetattr unlinkatclunk clunk");  // the look-up's fid and the file's
    CHECK(exclusive.stat("/m/f2") == -kernel::ENOENT_);
    CHECK(exclusive.sent() == "walkgetattr");
    CHECK(exclusive.call(nr::rmdir, {1}, "/m/d") == -kernel::ENOTEMPTY_);
    CHECK(exclusive.call(nr::unlink, {1}, "/m/d/g") == 0);
    CHECK(exclusive.call(nr::rmdir, {1}, "/m/d") == 0);
  });
  FsBench shared(FileAccess::shared);
  shared.run_fs(make_files, [&](go::G& g) {
    shared.stat("/m/f");
    shared.sent();
    CHECK(shared.call(nr::rename, {1, 2}, "/m/f", 0, "/m/f2") == 0);
    CHECK(shared.sent() == "walkgetattr walkgetattr getattr getattr getattr rename");
    CHECK(shared.call(nr::unlink, {1}, "/m/f2") == 0);
    CHECK(shared.sent().substr(0, 68) == "getattr walkgetattr getattr walkgetattr walkgetattr unlinkat");
    shared.later(g);
    CHECK(shared.call(nr::mkdir, {1, 0755}, "/m/e") == 0);
    CHECK(shared.sent() == "getattr walkgetattr getattr walkgetattr umkdir");
  });
}

TEST_CASE("a directory of the image is opened anew for each listing and read once") {
  FsBench bench(FileAccess::exclusive);
  bench.run_fs(make_files, [&](go::G&) {
    const auto fd = bench.open("/m", kDirectory);
    REQUIRE(fd >= 0);
    CHECK(bench.sent() == "walk lopen");
    CHECK(bench.list(fd) == std::vector<std::string>{".", "..", "d", "f", "l"});
    CHECK(bench.sent() == "walk lopen readdir readdir clunk");
    CHECK(bench.list(fd).empty());
    CHECK(bench.last == 0);
    CHECK(bench.sent() == "walk lopen clunk");
    bench.close(fd);
    CHECK(bench.sent() == "clunk");
    CHECK(bench.stat("/m/none") == -kernel::ENOENT_);  // the listing knows
    CHECK(bench.sent().empty());
  });
}

TEST_CASE("a shared directory is read at each call, and entries that go do not hide others") {
  FsBench bench(FileAccess::shared);
  bench.run_fs(make_files, [&](go::G&) {
    const auto fd = bench.open("/m", kDirectory);
    CHECK(bench.sent() == "getattr walk lopen");
    CHECK(bench.list(fd, 72) == std::vector<std::string>{".", "..", "d"});
    CHECK(bench.call(nr::unlink, {1}, "/m/d/g") == 0);
    CHECK(bench.call(nr::rmdir, {1}, "/m/d") == 0);
    bench.sent();
    CHECK(bench.list(fd) == std::vector<std::string>{"f", "l"});
    CHECK(bench.sent() == "readdir readdir");
    CHECK(bench.list(fd).empty());
    CHECK(bench.sent() == "readdir readdir");
    bench.close(fd);
    CHECK(bench.sent() == "clunk");
  });
}

TEST_CASE("dirents beyond the limit are forgotten with their fids, and looked up anew") {
  FsBench bench(FileAccess::exclusive);
  bench.machine.settings.set("sentry.fs.dirents", 2, "test");
  bench.run_fs(make_files, [&](go::G& g) {
    bench.close(bench.open("/m/d/g", 0));
    CHECK(bench.stat("/m/d/none") == -kernel::ENOENT_);
    bench.stat("/m/f");
    bench.sent();
    bench.host_calls();
    bench.call(nr::lstat, {1, bench.buffer}, "/m/l");  // d/g goes, and d with it
    bench.stat("/m/f");
    std::string sent = bench.sent() + " ";
    sent += bench.later(g);
    CHECK(sent.find("walkgetattr getattr") == 0);
    // g's unopened fid and its handle, and d's fid.
    std::size_t clunks = 0;
    for (std::size_t at = sent.find("clunk"); at != std::string::npos; at = sent.find("clunk", at + 1))
      ++clunks;
    CHECK(clunks == 3);
    CHECK(bench.stat("/m/f") == 0);
    CHECK(bench.sent().empty());
    CHECK(bench.stat("/m/d/g") == 0);
    CHECK(bench.sent() == "walkgetattr walkgetattr");
  });
}

TEST_CASE("a mount point that the image lacks is found below it") {
  FsBench bench(FileAccess::exclusive);
  bench.run_fs(make_files, [&](go::G&) {
    bench.files->add_submount("/d/deep/er");
    CHECK(bench.stat("/m/d/deep/er") == 0);
    CHECK(bench.sent() == "walkgetattr walkgetattr");
    CHECK((bench.out.stat.mode & 0170000) == 0040000);
    CHECK(bench.stat("/m/d/g") == 0);
  });
}

TEST_CASE("a chunk of the host's file is mapped once and unmapped when the file goes") {
  FsBench bench(FileAccess::exclusive);
  bench.run_fs(make_files, [&](go::G& g) {
    const auto fd = bench.open("/m/f", kReadWrite);
    auto& inode = static_cast<models::GoferInode&>(*thread_inode(bench, fd));
    bench.host_calls();
    const kernel::Address first = inode.host_page(g, 0, false);
    CHECK(first != 0);
    CHECK(inode.host_page(g, 1, false) == first + 4096);
    CHECK(bench.host_calls() == "mmap");
    CHECK(inode.host_page(g, 1, true) == first + 4096);
    CHECK(bench.host_calls() == "mmap");  // again, to write
    CHECK(inode.host_page(g, 2, false) == 0);
    bench.close(fd);
    bench.call(nr::unlink, {1}, "/m/f");
    bench.later(g);
    CHECK(bench.host_calls().find("munmap") != std::string::npos);
  });
}

TEST_CASE("when the Gofer is gone, what needs it fails and what does not goes on") {
  FsBench bench(FileAccess::exclusive);
  bench.run_fs(make_files, [&](go::G& g) {
    const auto fd = bench.open("/m/f", kReadWrite);
    bench.kill_gofer(g);
    CHECK(bench.stat("/m/d") == -kernel::EIO_);
    CHECK(bench.open("/m/f", kReadWrite) == -kernel::EIO_);
    CHECK(bench.stat("/m/f") == 0);
    CHECK(bench.read(fd, 4096) == 4096);
    CHECK(bench.write(fd, 10) == 10);
  });
}

TEST_CASE("the Sentry's tmpfs keeps its data in the memory file") {
  FsBench bench(FileAccess::exclusive);
  bench.run_fs(make_files, [&](go::G& g) {
    const auto fd = bench.open("/t/f", kCreate | kReadWrite);
    REQUIRE(fd >= 0);
    bench.clock().calibrate(g);
    bench.host_calls();
    CHECK(bench.write(fd, 10000) == 10000);
    CHECK(bench.host_calls() == "ftruncate mmap");  // the chunk's first use
    CHECK(bench.stored == 10000);
    auto& inode = static_cast<models::MemoryInode&>(*thread_inode(bench, fd));
    CHECK(inode.data.pages() == 3);
    CHECK(bench.write(fd, 10000) == 10000);
    CHECK(inode.data.pages() == 5);
    CHECK(inode.data.segments() == 1);  // contiguous, so one
    CHECK(bench.host_calls().empty());
    CHECK(bench.call(nr::lseek, {FsBench::word(fd), 0, 0}) == 0);
    bench.loaded = 0;
    CHECK(bench.read(fd, 30000) == 20000);
    CHECK(bench.loaded == 20000);
    CHECK(bench.read(fd, 10) == 0);
    CHECK(bench.host_calls().empty());
    CHECK(bench.call(nr::ftruncate, {FsBench::word(fd), 4097}) == 0);
    CHECK(inode.data.pages() == 2);
    bench.later(g);
    CHECK(bench.host_calls().find("fallocate") != std::string::npos);
    CHECK(bench.call(nr::unlink, {1}, "/t/f") == 0);
    CHECK(inode.data.pages() == 2);  // still open
    bench.close(fd);
    bench.later(g);
    CHECK(bench.host_calls().find("fallocate") != std::string::npos);
    const std::uint64_t first = bench.memory_file().allocate(5);
    bench.memory_file().free(g, first, 5);
    bench.later(g);
    CHECK(bench.memory_file().allocate(5) == first);  // the lowest are given out again
  });
}

TEST_CASE(
    "until the clock is calibrated, each read and write of the Sentry's tmpfs asks the host for the time") {
  FsBench bench(FileAccess::exclusive);
  bench.run_fs(make_files, [&](go::G& g) {
    const auto fd = bench.open("/t/f", kCreate | kReadWrite);
    bench.write(fd, 4096);
    bench.host_calls();
    for (int again = 0; again < 3; ++again)
      bench.call(nr::pwrite64, {FsBench::word(fd), bench.buffer, 4096, 0});
    CHECK(bench.host_calls() == "clock_gettime clock_gettime clock_gettime");
    bench.call(nr::pread64, {FsBench::word(fd), bench.buffer, 4096, 0});
    CHECK(bench.host_calls() == "clock_gettime");
    bench.call(nr::pread64, {FsBench::word(fd), bench.buffer, 4096, 4096});  // at the end: none
    CHECK(bench.host_calls().empty());
    bench.clock().calibrate(g);
    bench.host_calls();
    bench.call(nr::pread64, {FsBench::word(fd), bench.buffer, 4096, 0});
    CHECK(bench.host_calls().empty());
  });
}

TEST_CASE("segments of a file split, merge and go") {
  models::FileRanges ranges;
  ranges.insert(0, 4, 100);
  ranges.insert(6, 2, 106);
  CHECK(ranges.segments() == 2);
  CHECK(ranges.piece(2, 10).count == 2);
  CHECK(ranges.piece(4, 10).hole);
  CHECK(ranges.piece(4, 10).count == 2);
  ranges.insert(4, 2, 104);
  CHECK(ranges.segments() == 1);
  const auto dropped = ranges.drop(3, 2);
  REQUIRE(dropped.size() == 1);
  CHECK(dropped[0].at == 103);
  CHECK(ranges.pages() == 6);
  CHECK(ranges.segments() == 2);
  CHECK(ranges.piece(5, 9).at == 105);
  CHECK(ranges.drop(0, ~0ull).size() == 2);
  CHECK(ranges.pages() == 0);
}

// MountNamespace.SyncAll: a walk over the dirents, whose inodes write themselves out.
TEST_CASE("sync(2) writes out what an exclusive mount keeps, and never is the host's") {
  FsBench exclusive(FileAccess::exclusive);
  exclusive.run_fs(make_files, [&](go::G&) {
    CHECK(exclusive.stat("/m/d") == 0);
    const auto fd = exclusive.open("/m/f", kReadWrite);
    CHECK(exclusive.write(fd, 100) == 100);
    exclusive.sent();
    exclusive.host_calls();
    CHECK(exclusive.call(nr::sync, {}) == 0);
    CHECK(exclusive.sent() == "setattr fsync");
    CHECK(exclusive.call(nr::sync, {}) == 0);
    CHECK(exclusive.sent() == "fsync");  // of the handle for writing, clean or not
    CHECK(exclusive.host_calls().empty());
    CHECK(exclusive.call(nr::fsync, {FsBench::word(fd)}) == 0);
    CHECK(exclusive.sent() == "fsync");
    CHECK(exclusive.host_calls() == "fsync");
  });
  FsBench shared(FileAccess::shared);
  shared.run_fs(make_files, [&](go::G&) {
    const auto fd = shared.open("/m/f", kReadWrite);
    CHECK(shared.write(fd, 100) == 100);
    shared.sent();
    shared.host_calls();
    CHECK(shared.call(nr::sync, {}) == 0);
    CHECK(shared.sent().empty());
    CHECK(shared.host_calls().empty());
  });
}

TEST_CASE("sync_file_range is an fdatasync if it waits, else nothing") {
  constexpr std::uint64_t kWrite = 2, kAll = 7;
  FsBench shared(FileAccess::shared);
  shared.run_fs(make_files, [&](go::G&) {
    const auto fd = shared.open("/m/f", kReadWrite);
    CHECK(shared.write(fd, 100) == 100);
    shared.host_calls();
    CHECK(shared.call(nr::sync_file_range, {FsBench::word(fd), 0, 100, kWrite}) == 0);
    CHECK(shared.host_calls().empty());
    CHECK(shared.call(nr::sync_file_range, {FsBench::word(fd), 0, 100, kAll}) == 0);
    CHECK(shared.host_calls() == "fsync");
  });
}

}  // namespace isosim::test
