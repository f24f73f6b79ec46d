#include "kernel-model/fs/writeback.h"
#include "tests/kernel-model/fake_disk.h"
#include "tests/kernel-model/fs_fixture.h"

using namespace isosim;
using namespace isosim::test;

namespace {

struct DiskFixture {
  FakeDisk disk{1ull << 36};
  FsFixture fs{&disk};
  DiskFixture() { disk.engine = &fs.engine; }

  [[nodiscard]] std::uint64_t dirty() const { return fs.k->vfs->writeback->dirty_pages(); }
  void place(const char* path, std::uint64_t size, bool warm) {
    const auto context = fs.k->vfs->initial_context();
    fs.k->vfs->populate(*context, {.path = path, .size = size, .warm = warm});
  }
};

}  // namespace

TEST_CASE("dirty pages are those written and not yet flushed") {
  DiskFixture fixture;
  fixture.fs.run([&](Thread& t) {
    Caller call(t);
    const auto fd = call.open("/home/file", open_flag::creat | open_flag::rdwr);
    CHECK(call.write(fd, 10 * 4096) == 10 * 4096);
    CHECK(fixture.dirty() == 10);
    CHECK(call(nr::pwrite64, {fd, call.buffer, std::int64_t{100}, std::int64_t{0}}) == 100);
    CHECK(fixture.dirty() == 10);  // a page is dirty once
    CHECK(fixture.disk.written == 0);
    CHECK(call(nr::sync_file_range, {fd, std::int64_t{0}, std::int64_t{4 * 4096}, std::int64_t{7}}) == 0);
    CHECK(fixture.dirty() == 6);
    CHECK(fixture.disk.written == 4 * 4096);
    CHECK(call(nr::ftruncate, {fd, std::int64_t{8 * 4096}}) == 0);
    CHECK(fixture.dirty() == 4);
    const auto data = fixture.disk.written;
    CHECK(call(nr::fdatasync, {fd}) == 0);
    CHECK(fixture.dirty() == 0);
    CHECK(fixture.disk.written >= data + 4 * 4096);  // and the journal
    CHECK(fixture.disk.flushes > 0);
    CHECK(call(nr::fsync, {fd}) == 0);
    const auto settled = fixture.disk.written;
    CHECK(call(nr::fsync, {fd}) == 0);
    CHECK(fixture.disk.written == settled);  // nothing is left to write
  });
}

TEST_CASE("a disk without a write cache is never asked to flush") {
  DiskFixture fixture;
  fixture.disk.cache = false;
  fixture.fs.run([&](Thread& t) {
    Caller call(t);
    const auto fd = call.open("/home/file", open_flag::creat | open_flag::rdwr);
    CHECK(call.write(fd, 4096) == 4096);
    CHECK(call(nr::fsync, {fd}) == 0);
    CHECK(fixture.disk.written >= 3 * 4096);  // data, and the journal's descriptor and commit
    CHECK(fixture.disk.flushes == 0);
  });
}

TEST_CASE("what nobody syncs goes out by itself, and what is unlinked before never does") {
  DiskFixture fixture;
  fixture.fs.run([&](Thread& t) {
    Caller call(t);
    CHECK(call.create("/home/kept", 3 * 4096) == 0);
    CHECK(call.create("/home/gone", 100 * 4096) == 0);
    CHECK(fixture.dirty() == 103);
    CHECK(call.unlink("/home/gone") == 0);
    CHECK(fixture.dirty() == 3);
  });
  CHECK(fixture.dirty() == 0);
  CHECK(fixture.disk.written >= 3 * 4096);
  CHECK(fixture.disk.written < 100 * 4096);
}

TEST_CASE("a cold file is read from the disk once, and sequential reads run ahead") {
  DiskFixture fixture;
  fixture.place("/home/cold", 1 << 20, false);
  fixture.place("/home/warm", 1 << 20, true);
  fixture.fs.run([&](Thread& t) {
    Caller call(t);
    const auto read_all = [&](const char* path) {
      const auto fd = call.open(path);
      const sim::Time start = t.now();
      std::int64_t total = 0;
      for (std::int64_t got = 1; got > 0; total += got) got = call.read(fd, 16384);
      CHECK(total == 1 << 20);
      call.close(fd);
      return t.now() - start;
    };
    const auto before = fixture.disk.read_bytes;
    const sim::Time cold = read_all("/home/cold");
    CHECK(fixture.disk.read_bytes - before >= 1 << 20);
    CHECK(fixture.disk.reads < 64);  // not one a call
    const auto after = fixture.disk.read_bytes;
    const sim::Time again = read_all("/home/cold"), warm = read_all("/home/warm");
    CHECK(fixture.disk.read_bytes == after);
    CHECK(cold > again);
    CHECK(warm < cold);
  });
}

TEST_CASE("O_SYNC writes reach the disk before they return") {
  DiskFixture fixture;
  fixture.fs.run([&](Thread& t) {
    Caller call(t);
    const auto fd = call.open("/home/file", open_flag::creat | open_flag::rdwr | open_flag::sync);
    CHECK(call.write(fd, 4096) == 4096);
    CHECK(fixture.dirty() == 0);
    CHECK(fixture.disk.written >= 4096);
  });
}
