// Mappings of files: faults, copies on write, write-back, truncation.
#include "kernel-model/fs/inode.h"
#include "kernel-model/fs/writeback.h"
#include "kernel-model/mm/mm.h"
#include "tests/kernel-model/fake_disk.h"
#include "tests/kernel-model/fs_fixture.h"

using namespace isosim;
using namespace isosim::test;

namespace {

constexpr std::int64_t kPages = 40, kBytes = kPages * 4096;
constexpr std::int64_t kRead = 1, kReadWrite = 3, kShared = 1, kPrivate = 2, kSync = 4;

struct FileMapping {
  FileMapping(Thread& thread, const char* path, std::int64_t protection, std::int64_t flags)
      : t(thread), call(thread), memory(*thread.kernel.memory) {
    call.create(path, kBytes);
    fd = call.open(path, open_flag::rdwr);
    start = static_cast<Address>(
        call(nr::mmap, {std::int64_t{0}, kBytes, protection, flags, fd, std::int64_t{0}}));
    before = memory.faults();
  }
  std::int64_t touch(std::int64_t page, bool write) {
    return memory.touch(t, start + static_cast<Address>(page) * 4096, 1, write);
  }
  std::uint64_t faults() { return memory.faults() - std::exchange(before, memory.faults()); }
  Mm& mm() { return *t.process->mm; }
  const Inode& inode() { return *t.process->files->get(static_cast<std::int32_t>(fd))->inode(); }

  Thread& t;
  Caller call;
  MemoryManager& memory;
  std::int64_t fd = -1;
  Address start = 0;
  std::uint64_t before = 0;
};

}  // namespace

TEST_CASE("a read fault of a cached file maps the sixteen pages around it") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    FileMapping map(t, "/tmp/file", kRead, kPrivate);
    const std::uint64_t resident = map.mm().rss_file;
    CHECK(map.touch(1, false) == 0);
    CHECK(map.faults() == 1);
    const std::uint64_t mapped = map.mm().rss_file - resident;
    CHECK(mapped >= 8);
    CHECK(mapped <= 16);
    CHECK(map.touch(2, false) == 0);
    CHECK(map.faults() == 0);
    CHECK(map.touch(1, true) == -EFAULT_);  // read-only
  });
}

TEST_CASE("a write to a private mapping copies the page; the file keeps its own") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    FileMapping map(t, "/tmp/file", kReadWrite, kPrivate);
    const std::uint64_t anonymous = map.mm().rss_anon, frames = map.memory.frames().used();
    CHECK(map.touch(0, true) == 0);  // do_cow_fault
    CHECK(map.touch(5, false) == 0);
    CHECK(map.touch(5, true) == 0);  // do_wp_page
    CHECK(map.faults() == 3);
    CHECK(map.mm().rss_anon == anonymous + 2);
    CHECK(map.memory.frames().used() == frames + 2);
    CHECK(map.touch(5, true) == 0);
    CHECK(map.faults() == 0);
    CHECK(map.inode().pages.total(PageCache::Tag::dirty) == 0);
  });
}

TEST_CASE("two processes see one page of a shared mapping; each of a private one after a write its own") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    FileMapping map(t, "/tmp/file", kReadWrite, kShared);
    CHECK(map.touch(0, true) == 0);
    const std::uint64_t frames = map.memory.frames().used();
    Sys s;
    s.nr = nr::clone;
    s.arg[0] = 17;
    s.at[0] = ChildEntry{[&](Thread& child) {
      const std::uint64_t own = map.memory.frames().used();
      CHECK(map.memory.touch(child, map.start, 1, true) == 0);
      CHECK(map.memory.frames().used() == own);  // the page is the page cache's
    }};
    t.kernel.syscall(t, s);
    map.call(nr::wait4, {std::int64_t{-1}, std::int64_t{0}, std::int64_t{0}});
    CHECK(map.memory.frames().used() == frames);
  });
}

TEST_CASE("what a shared mapping of a disk's file changes is dirty until msync wrote it back") {
  FakeDisk disk(1ull << 32);
  FsFixture fixture(&disk);
  disk.engine = &fixture.engine;
  fixture.run([](Thread& t) {
    FileMapping map(t, "/home/file", kReadWrite, kShared);
    map.call(nr::fsync, {map.fd});
    CHECK(map.inode().pages.total(PageCache::Tag::dirty) == 0);
    CHECK(map.touch(3, false) == 0);
    CHECK(map.inode().pages.total(PageCache::Tag::dirty) == 0);
    CHECK(map.touch(3, true) == 0);  // page_mkwrite
    CHECK(map.touch(7, true) == 0);
    CHECK(map.inode().pages.test(PageCache::Tag::dirty, 3));
    CHECK(map.inode().pages.total(PageCache::Tag::dirty) == 2);
    CHECK(t.kernel.vfs->writeback->dirty_pages() == 2);
    CHECK(map.call(nr::msync, {static_cast<std::int64_t>(map.start), kBytes, kSync}) == 0);
    CHECK(map.inode().pages.total(PageCache::Tag::dirty) == 0);
    // Clean pages are write-protected again (page_mkclean): the next write is noticed.
    map.faults();
    CHECK(map.touch(3, true) == 0);
    CHECK(map.faults() == 1);
    CHECK(map.inode().pages.total(PageCache::Tag::dirty) == 1);
  });
}

TEST_CASE("a page that is not cached is read from the disk once") {
  FakeDisk disk(1ull << 32);
  FsFixture fixture(&disk);
  disk.engine = &fixture.engine;
  fixture.run([](Thread& t) {
    FileMapping map(t, "/home/file", kRead, kPrivate);
    map.call(nr::fsync, {map.fd});
    map.call(nr::fadvise64,
             {map.fd, std::int64_t{0}, std::int64_t{0}, std::int64_t{4}});  // POSIX_FADV_DONTNEED
    const std::uint64_t major = map.memory.major_faults();
    const sim::Time start = t.now();
    CHECK(map.touch(0, false) == 0);
    CHECK(map.memory.major_faults() == major + 1);
    CHECK(t.now() - start > sim::microseconds(10));
    CHECK(map.touch(0, false) == 0);
    CHECK(map.memory.major_faults() == major + 1);
  });
}

TEST_CASE("beyond the end of the file is SIGBUS, also where the file was cut under the mapping") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    FileMapping map(t, "/tmp/file", kReadWrite, kShared);
    CHECK(map.touch(30, true) == 0);
    const std::uint64_t resident = map.mm().rss_file;
    CHECK(map.call(nr::ftruncate, {map.fd, std::int64_t{10 * 4096 + 1}}) == 0);
    CHECK(map.mm().rss_file < resident);  // unmap_mapping_range()
    CHECK(map.touch(10, true) == 0);      // its first byte is the file's last
    CHECK(map.touch(11, true) == -EFAULT_);
    CHECK(map.touch(30, true) == -EFAULT_);
    CHECK(map.call(nr::ftruncate, {map.fd, kBytes}) == 0);
    CHECK(map.touch(30, true) == 0);
  });
}
