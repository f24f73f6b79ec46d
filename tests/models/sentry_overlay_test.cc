// runsc --overlay over a mount of the Gofer's: what it asks of the Gofer and of the host. The sequences are
// those of docs/gvisor/gofer.md, 4.6.
#include <nlohmann/json.hpp>

#include "models/sentry/fs/overlay_fs.h"
#include "models/sentry/sandbox_spec.h"
#include "tests/models/sentry_fs_bench.h"

namespace isosim::test {

namespace {

using models::FileAccess;

constexpr std::uint64_t kCreate = 0100, kReadWrite = 2, kWriteOnly = 1, kTruncate = 01000, kAppend = 02000,
                        kDirectory = 0200000;

void make_files(models::RuntimeCalls& calls) {
  const std::int32_t file = calls.open("/vol/f", kCreate | kReadWrite);
  for (int i = 0; i < 5; ++i) calls.write(file, 14000);  // as much as the buffer holds
  calls.close(file);
  calls.call(nr::chmod, {0, 0640}, {{0, "/vol/f"}});
  calls.make_directories("/vol/d/e");
  calls.close(calls.open("/vol/d/g", kCreate | kReadWrite));
  calls.call(nr::chmod, {0, 0644}, {{0, "/vol/d/g"}});
  calls.call(nr::symlink, {}, {{0, "f"}, {1, "/vol/l"}});
}

// The overlay is at /o; what lies below it can be seen at /m.
struct OverlayBench : FsBench {
  using FsBench::FsBench;

  void run_overlay(const std::function<void(go::G&)>& program) {
    run_fs(make_files, [this, &program](go::G& g) {
      auto upper = std::make_unique<models::SentryTmpfs>(*sentry->vfs, *this, 0777);
      auto overlay = std::make_unique<models::OverlayFs>(*sentry->vfs, *this, *upper, *files);
      files->read_only = access == FileAccess::shared;
      above = upper.get();
      kernel::SuperBlock& mounted = *overlay;
      sentry->vfs->adopt(std::move(upper));
      sentry->vfs->adopt(std::move(overlay));
      sentry->vfs->populate(*thread->process->fs, {.path = "/o", .mode = 0040755});
      sentry->vfs->mount_at(*thread->process->fs, "/o", mounted);
      clock().calibrate(g);
      sent();
      host_calls();
      program(g);
    });
  }
  std::uint64_t size(std::string_view path) {
    CHECK(stat(path) == 0);
    return out.stat.size;
  }
  // Of the file of the host.
  std::uint64_t host_size(go::G& g, std::string_view path) {
    kernel::Sys sys;
    sys.nr = nr::stat;
    sys.arg = {1, host_buffer};
    sys.at[0] = path;
    CHECK(g.call(sys) == 0);
    return sys.out.stat.size;
  }

  models::SentryTmpfs* above = nullptr;
};

std::size_t count(const std::string& text, std::string_view word) {
  std::size_t found = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("opening for writing copies the file up in pieces of 32 KB, once", "[overlay]") {
  OverlayBench bench(FileAccess::exclusive);
  bench.run_overlay([&](go::G& g) {
    auto fd = bench.open("/o/f", kReadWrite);
    REQUIRE(fd >= 0);
    CHECK(bench.sent() == "walkgetattr walk lopen");  // the handle stays with the file
    const std::string calls = bench.host_calls();
    CHECK(count(calls, "pread64") == 3);
    CHECK(count(calls, "pwrite64") == 0);
    CHECK(bench.above->used == 18 * 4096);
    for (int i = 0; i < 100; ++i) CHECK(bench.write(fd, 4096) == 4096);
    CHECK(bench.sent().empty());
    CHECK(count(bench.host_calls(), "p") == 0);  // neither pread64 nor pwrite64
    CHECK(bench.size("/o/f") == 100 * 4096);
    CHECK(bench.close(fd) == 0);
    fd = bench.open("/o/f", kWriteOnly | kCreate);
    CHECK(bench.sent().empty());
    CHECK(bench.close(fd) == 0);
    CHECK(bench.sent().empty());
    CHECK(bench.host_size(g, "/vol/f") == 70000);
    CHECK(bench.size("/m/f") == 70000);
  });
}

TEST_CASE("a file that is only read stays below, as it is without an overlay", "[overlay]") {
  OverlayBench bench(FileAccess::exclusive);
  bench.run_overlay([&](go::G&) {
    const auto fd = bench.open("/o/f", 0);
    CHECK(bench.sent() == "walkgetattr walk lopen");
    bench.host_calls();
    CHECK(bench.read(fd, 4096) == 4096);
    CHECK(bench.host_calls() == "pread64");
    CHECK(bench.call(nr::lseek, {FsBench::word(fd), 0, 2}) == 70000);
    bench.close(fd);
    CHECK(bench.above->used == 0);
    CHECK(bench.stat("/o/f") == 0);
    CHECK((bench.out.stat.mode & 0777) == 0640);
    const std::uint64_t number = bench.out.stat.inode, device = bench.out.stat.device;
    bench.close(bench.open("/o/f", kReadWrite));
    CHECK(bench.stat("/o/f") == 0);  // the same file to the program
    CHECK(bench.out.stat.inode == number);
    CHECK(bench.out.stat.device == device);
    CHECK((bench.out.stat.mode & 0777) == 0640);
    CHECK(bench.call(nr::readlink, {1, bench.buffer, 100}, "/o/l") == 1);
    CHECK(bench.size("/o/l") == 70000);
  });
}

TEST_CASE("a reader that was there before sees what is written after a copy up", "[overlay]") {
  OverlayBench bench(FileAccess::exclusive);
  bench.run_overlay([&](go::G&) {
    const auto reader = bench.open("/o/f", 0), writer = bench.open("/o/f", kWriteOnly | kAppend);
    CHECK(bench.write(writer, 10) == 10);
    bench.host_calls();
    CHECK(bench.call(nr::pread64, {FsBench::word(reader), bench.buffer, 4096, 70000}) == 10);
    CHECK(bench.host_calls().empty());
    CHECK(bench.call(nr::ftruncate, {FsBench::word(writer), 100}) == 0);
    CHECK(bench.read(reader, 4096) == 100);
    bench.close(reader);
    bench.close(writer);
  });
}

TEST_CASE("what is created lies above, and its directories come up without what they hold", "[overlay]") {
  OverlayBench bench(FileAccess::exclusive);
  bench.run_overlay([&](go::G& g) {
    const auto fd = bench.open("/o/d/e/new", kCreate | kReadWrite);
    REQUIRE(fd >= 0);
    // d, e, and the name, which is asked for twice, since tmpfs lets nobody remember that it is missing.
    CHECK(bench.sent() == "walkgetattr walkgetattr walkgetattr walkgetattr");
    CHECK(bench.write(fd, 5000) == 5000);
    bench.close(fd);
    CHECK(bench.sent().empty());
    CHECK(bench.size("/o/d/e/new") == 5000);
    bench.stat("/o/d/g");
    bench.sent();
    CHECK(bench.call(nr::mkdir, {1, 0755}, "/o/h") == 0);
    CHECK(bench.call(nr::mkdir, {1, 0755}, "/o/h") == -kernel::EEXIST_);
    bench.sent();
    bench.close(bench.open("/o/h/new", kCreate | kReadWrite));
    CHECK(bench.sent().empty());  // nothing below h
    CHECK(bench.stat("/o/h/none") == -kernel::ENOENT_);
    CHECK(bench.sent().empty());
    CHECK(bench.stat("/m/h") == -kernel::ENOENT_);
    bench.later(g);
  });
}

TEST_CASE("a name that is missing below is asked for at each look", "[overlay]") {
  OverlayBench bench(FileAccess::exclusive);
  bench.run_overlay([&](go::G&) {
    for (int again = 0; again < 3; ++again) {
      CHECK(bench.stat("/o/none") == -kernel::ENOENT_);
      CHECK(bench.sent() == "walkgetattr");
    }
  });
}

TEST_CASE("a whiteout hides what is below, until something takes its place", "[overlay]") {
  OverlayBench bench(FileAccess::exclusive);
  bench.run_overlay([&](go::G& g) {
    CHECK(bench.call(nr::unlink, {1}, "/o/f") == 0);
    CHECK(bench.sent() == "walkgetattr");
    CHECK(bench.later(g) == "clunk");  // nobody needs it any more
    CHECK(bench.stat("/o/f") == -kernel::ENOENT_);
    CHECK(bench.open("/o/f", 0) == -kernel::ENOENT_);
    CHECK(bench.sent().empty());  // the upper file system knows
    CHECK(bench.host_size(g, "/vol/f") == 70000);
    const auto fd = bench.open("/o/f", kCreate | kReadWrite);
    CHECK(bench.write(fd, 7) == 7);
    bench.close(fd);
    CHECK(bench.size("/o/f") == 7);
    CHECK(bench.call(nr::rename, {1, 2}, "/o/d/g", 0, "/o/d/moved") == 0);
    CHECK(bench.stat("/o/d/g") == -kernel::ENOENT_);
    CHECK(bench.stat("/o/d/moved") == 0);
    CHECK(bench.stat("/m/d/g") == 0);
    CHECK(bench.stat("/m/d/moved") == -kernel::ENOENT_);
    CHECK(bench.call(nr::rmdir, {1}, "/o/d/e") == 0);
    CHECK(bench.stat("/o/d/e") == -kernel::ENOENT_);
    CHECK(bench.call(nr::mkdir, {1, 0755}, "/o/d/e") == 0);
    CHECK(bench.stat("/o/d/e") == 0);
  });
}

TEST_CASE("a listing shows both layers once and in order, less what is hidden", "[overlay]") {
  OverlayBench bench(FileAccess::exclusive);
  bench.run_overlay([&](go::G&) {
    using Names = std::vector<std::string>;
    auto fd = bench.open("/o/d", kDirectory);
    CHECK(bench.sent() == "walkgetattr walk lopen");
    CHECK(bench.list(fd) == Names{".", "..", "e", "g"});
    // The overlay's file, and that of the overlay of mount points below it.
    CHECK(bench.sent() == "walk lopen walk lopen readdir readdir clunk clunk");
    bench.close(fd);
    CHECK(bench.sent() == "clunk");
    bench.close(bench.open("/o/d/a", kCreate | kReadWrite));
    bench.close(bench.open("/o/d/g", kReadWrite));
    bench.call(nr::rmdir, {1}, "/o/d/e");
    fd = bench.open("/o/d", kDirectory);
    CHECK(bench.list(fd, 24 * 3) == Names{".", "..", "a"});
    CHECK(bench.list(fd) == Names{"g"});
    CHECK(bench.list(fd).empty());
    bench.close(fd);
  });
}

TEST_CASE("over a shared mount the Gofer is asked for what is still below, and not for what is above",
          "[overlay]") {
  OverlayBench bench(FileAccess::shared);
  bench.run_overlay([&](go::G& g) {
    auto fd = bench.open("/o/f", kCreate | kReadWrite);
    REQUIRE(fd >= 0);
    // The root is above and asks nobody. The right to the file, then attributes twice and the copy.
    CHECK(bench.sent() == "walkgetattr getattr getattr getattr walk lopen");
    bench.close(fd);
    for (int again = 0; again < 2; ++again) {
      fd = bench.open("/o/f", kCreate | kReadWrite);
      CHECK(bench.sent() == "walkgetattr");  // whether it is still the file that was copied
      CHECK(bench.write(fd, 100) == 100);
      bench.close(fd);
      CHECK(bench.sent().empty());
    }
    bench.close(bench.open("/o/new", kCreate | kReadWrite));
    CHECK(bench.sent() == "walkgetattr walkgetattr");
    fd = bench.open("/o/new", kCreate | kReadWrite);
    CHECK(bench.sent().empty());
    bench.host_calls();
    for (int i = 0; i < 100; ++i) CHECK(bench.write(fd, 100) == 100);
    CHECK(count(bench.host_calls(), "pwrite64") == 0);
    bench.close(fd);
    // Handles of a read-only mount stay.
    bench.close(bench.open("/o/d/g", 0));
    bench.sent();
    bench.close(bench.open("/o/d/g", 0));
    CHECK(bench.sent() == "walkgetattr getattr walkgetattr getattr");
    bench.later(g);
    CHECK(bench.host_size(g, "/vol/f") == 70000);
  });
}

TEST_CASE("until June 2019 a file below needs to be readable only to be written", "[overlay]") {
  for (const auto release : models::kReleases) {
    OverlayBench bench(FileAccess::exclusive, release);
    bench.run_overlay([&](go::G&) {
      bench.call(nr::chmod, {1, 0444}, "/m/d/g");
      kernel::Credentials& who = bench.thread->process->credentials;
      who.uid = who.euid = who.gid = who.egid = 1000;
      who.capabilities = 0;
      const bool early = models::facts(release).overlay_reads_for_write;
      CHECK((bench.open("/o/d/g", kWriteOnly) >= 0) == early);
      CHECK(bench.open("/o/f", 0) == -kernel::EACCES_);
    });
  }
}

TEST_CASE("O_TRUNC copies the whole file before it throws it away", "[overlay]") {
  OverlayBench bench(FileAccess::exclusive);
  bench.run_overlay([&](go::G&) {
    const auto fd = bench.open("/o/f", kWriteOnly | kTruncate);
    REQUIRE(fd >= 0);
    CHECK(count(bench.host_calls(), "pread64") == 3);
    CHECK(bench.above->used == 0);
    CHECK(bench.size("/o/f") == 0);
    bench.close(fd);
  });
}

TEST_CASE("changes of attributes and links happen above", "[overlay]") {
  OverlayBench bench(FileAccess::exclusive);
  bench.run_overlay([&](go::G& g) {
    CHECK(bench.call(nr::chmod, {1, 0600}, "/o/d/g") == 0);
    CHECK(bench.call(nr::chown, {1, 7, 8}, "/o/d/g") == 0);
    CHECK(bench.stat("/o/d/g") == 0);
    CHECK((bench.out.stat.mode & 0777) == 0600);
    CHECK(bench.out.stat.uid == 7);
    CHECK(bench.call(nr::link, {1, 2}, "/o/d/g", 0, "/o/h") == 0);
    const auto fd = bench.open("/o/h", kReadWrite);
    CHECK(bench.write(fd, 33) == 33);
    bench.close(fd);
    CHECK(bench.size("/o/d/g") == 33);
    CHECK(bench.out.stat.links == 2);
    CHECK(bench.call(nr::unlink, {1}, "/o/d/g") == 0);
    CHECK(bench.call(nr::unlink, {1}, "/o/h") == 0);
    CHECK(bench.above->used == 0);
    CHECK(bench.call(nr::symlink, {1, 2}, "f", 0, "/o/s") == 0);
    CHECK(bench.size("/o/s") == 70000);
    CHECK(bench.stat("/m/s") == -kernel::ENOENT_);
    CHECK(bench.size("/m/d/g") == 0);
    CHECK((bench.out.stat.mode & 0777) != 0600);
    const std::string sent = bench.sent() + bench.later(g);
    for (const char* change : {"setattr", "create", "mkdir", "link ", "symlink", "unlinkat", "rename"})
      CHECK(count(sent, change) == 0);
  });
}

TEST_CASE("when the Gofer is gone, what is above goes on and what would be copied fails", "[overlay]") {
  OverlayBench bench(FileAccess::exclusive);
  bench.run_overlay([&](go::G& g) {
    const auto fd = bench.open("/o/f", kReadWrite);
    bench.stat("/o/d/g");
    bench.kill_gofer(g);
    CHECK(bench.write(fd, 100) == 100);
    CHECK(bench.open("/o/d/g", kReadWrite) == -kernel::EIO_);
    CHECK(bench.stat("/o/l") == -kernel::EIO_);
    CHECK(bench.stat("/o/f") == 0);
    bench.close(fd);
  });
}

TEST_CASE("an overlay is refused over a root that others may change, and is off unless asked for",
          "[overlay]") {
  auto sandbox = nlohmann::ordered_json::parse(
      R"({"release": "20190304.1", "platform": "kvm",
          "mounts": [{"type": "gofer", "target": "/", "access": "exclusive"}]})");
  CHECK_FALSE(models::read_sandbox(sandbox, "p.json").overlay);
  sandbox["overlay"] = true;
  CHECK(models::read_sandbox(sandbox, "p.json").overlay);
  sandbox["mounts"][0]["access"] = "shared";
  CHECK_THROWS_WITH(models::read_sandbox(sandbox, "p.json"),
                    Catch::Contains("p.json#/sandbox/overlay: ") && Catch::Contains("exclusive"));
}

TEST_CASE("a file that is dropped while it is mapped or open keeps its data until then", "[overlay]") {
  OverlayBench bench(FileAccess::exclusive);
  bench.run_overlay([&](go::G& g) {
    const auto fd = bench.open("/o/n", kCreate | kReadWrite);
    CHECK(bench.write(fd, 4096) == 4096);
    auto& inode = static_cast<models::OverlayInode&>(
        *bench.thread->process->files->get(static_cast<std::int32_t>(fd))->inode());
    CHECK(inode.host_page(g, 0, true) != 0);
    CHECK(inode.host_page(g, 1, true) == 0);
    CHECK(bench.call(nr::unlink, {1}, "/o/n") == 0);
    CHECK(bench.above->used == 4096);
    CHECK(bench.call(nr::lseek, {FsBench::word(fd), 0, 0}) == 0);
    CHECK(bench.read(fd, 4096) == 4096);
    bench.close(fd);
    CHECK(bench.above->used == 0);
  });
}

}  // namespace isosim::test
