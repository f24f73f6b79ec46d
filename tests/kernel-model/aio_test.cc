// Asynchronous I/O (fs/aio.c): contexts, requests in flight on a disk, events in the order in which they end.
#include "cpu/block_device.h"
#include "kernel-model/mm/memory_manager.h"
#include "tests/kernel-model/fake_disk.h"
#include "tests/kernel-model/fs_fixture.h"

using namespace isosim;
using namespace isosim::test;

namespace {

constexpr std::uint32_t kRead = 0, kWrite = 1, kFsync = 2, kPoll = 5;
constexpr std::uint64_t kBlock = 4096;

// Later requests take less time, as on a disk that sorts.
struct SortingDisk final : cpu::BlockDevice {
  void submit(cpu::BlockOp, std::uint64_t, std::uint64_t, sim::Event& done) override {
    engine->schedule(done,
                     engine->now() + sim::microseconds(std::max<std::int64_t>(900 - 300 * started++, 10)));
  }
  [[nodiscard]] bool write_cache() const override { return false; }
  [[nodiscard]] std::uint64_t sectors() const override { return 1ull << 24; }
  [[nodiscard]] int queue_depth() const override { return 32; }
  sim::Engine* engine = nullptr;
  std::int64_t started = 100;
};

struct Context {
  explicit Context(Caller& its_call, std::int64_t requests) : call(its_call) {
    result = call(nr::io_setup, {requests, call.buffer});
    id = static_cast<std::int64_t>(call.out.value);
  }
  std::int64_t submit(std::vector<AioControl> controls) {
    const auto count = static_cast<std::int64_t>(controls.size());
    return call(nr::io_submit, {id, count, Payload(std::span<const AioControl>(controls))});
  }
  std::int64_t events(std::int64_t least, std::int64_t most, sim::Time timeout = sim::Time::max()) {
    if (timeout == sim::Time::max()) return call(nr::io_getevents, {id, least, most, call.buffer});
    return call(nr::io_getevents, {id, least, most, call.buffer, Payload(Timespec{timeout})});
  }
  std::int64_t destroy() { return call(nr::io_destroy, {id}); }

  Caller& call;
  std::int64_t result, id;
};

AioControl control(std::int64_t fd, std::uint32_t opcode, std::uint64_t data, std::int64_t offset,
                   std::int64_t buffer, std::uint64_t length = kBlock) {
  AioControl made;
  made.data = data;
  made.opcode = opcode;
  made.fd = static_cast<std::int32_t>(fd);
  made.buffer = static_cast<Address>(buffer);
  made.length = length;
  made.offset = offset;
  return made;
}

constexpr std::uint32_t kDirect = open_flag::rdwr | open_flag::direct;

}  // namespace

TEST_CASE("direct requests are in flight together and their events come as the disk ends them") {
  SortingDisk disk;
  FsFixture fixture(&disk);
  disk.engine = &fixture.engine;
  fixture.run([&](Thread& t) {
    Caller call(t);
    REQUIRE(call.create("/f", 64 * kBlock) == 0);
    const auto fd = call.open("/f", kDirect);
    REQUIRE(call(nr::fsync, {fd}) == 0);
    Context context(call, 8);
    REQUIRE(context.result == 0);
    CHECK(context.events(0, 4) == 0);
    disk.started = 0;
    const sim::Time before = t.now();
    CHECK(context.submit({control(fd, kRead, 1, 0, call.buffer), control(fd, kRead, 2, 8192, call.buffer),
                          control(fd, kRead, 3, 4096, call.buffer)}) == 3);
    CHECK(t.now() - before < sim::microseconds(200));  // nothing was waited for
    CHECK(context.events(0, 4) == 0);
    CHECK(context.events(1, 3) == 1);
    REQUIRE(call.out.completed.size() == 1);
    CHECK(call.out.completed[0].data == 3);
    CHECK(call.out.completed[0].result == 4096);
    CHECK(context.events(3, 3, sim::microseconds(50)) == 0);  // neither is there in this time
    CHECK(context.events(2, 3) == 2);
    CHECK(call.out.completed[0].data == 2);
    CHECK(call.out.completed[1].data == 1);
    CHECK(t.now() - before >= sim::microseconds(900));
    CHECK(t.now() - before < sim::microseconds(1300));  // not one after the other
    CHECK(context.destroy() == 0);
    CHECK(context.destroy() == -EINVAL_);
    CHECK(context.events(0, 1) == -EINVAL_);
  });
}

TEST_CASE("buffered requests are over when io_submit returns") {
  FakeDisk disk(1ull << 33);
  FsFixture fixture(&disk);
  disk.engine = &fixture.engine;
  fixture.run([&](Thread& t) {
    Caller call(t);
    const auto fd = call.open("/f", open_flag::creat | open_flag::rdwr);
    Context context(call, 4);
    CHECK(context.submit({control(fd, kWrite, 1, 0, call.buffer, 1000)}) == 1);
    CHECK(context.submit({control(fd, kRead, 2, 900, call.buffer)}) == 1);
    CHECK(context.events(2, 2, sim::Time{}) == 2);
    REQUIRE(call.out.completed.size() == 2);
    CHECK(call.out.completed[0].result == 1000);
    CHECK(call.out.completed[1].result == 100);
    CHECK(disk.reads == 0);
  });
}

TEST_CASE("what io_submit refuses, and that it tells of the first one only if no other was taken") {
  FakeDisk disk(1ull << 33);
  FsFixture fixture(&disk);
  disk.engine = &fixture.engine;
  fixture.run([&](Thread& t) {
    Caller call(t);
    REQUIRE(call.create("/f", 4 * kBlock) == 0);
    const auto fd = call.open("/f", kDirect), only = call.open("/f", 0);
    const auto event = call(nr::eventfd2, {std::int64_t{0}, std::int64_t{0}});
    CHECK(Context(call, 0).result == -EINVAL_);
    CHECK(Context(call, 70000).result == -EAGAIN_);  // fs.aio-max-nr
    Context context(call, 1);
    REQUIRE(context.result == 0);
    const AioControl good = control(fd, kRead, 1, 0, call.buffer);
    AioControl bad = good;
    bad.mapped = false;
    CHECK(context.submit({bad}) == -EFAULT_);
    CHECK(context.submit({good, bad, good}) == 1);
    CHECK(context.submit({control(99, kRead, 1, 0, call.buffer)}) == -EBADF_);
    CHECK(context.submit({control(only, kWrite, 1, 0, call.buffer)}) == -EBADF_);
    CHECK(context.submit({control(event, kRead, 1, 0, call.buffer)}) == -EINVAL_);  // no read_iter
    CHECK(context.submit({control(fd, kFsync, 1, 0, 0, 0)}) == -EINVAL_);           // not in 4.4
    CHECK(context.submit({control(fd, kPoll, 1, 0, 0, 0)}) == -EINVAL_);            // not before 4.18
    CHECK(context.events(2, 1) == -EINVAL_);
    CHECK(context.events(1, 1) == 1);
    CHECK(context.submit({control(fd, kRead, 1, 100, call.buffer)}) == 1);  // misaligned: told by its event
    CHECK(context.events(1, 1) == 1);
    CHECK(call.out.completed[0].result == -EINVAL_);
    CHECK(call(nr::io_cancel, {context.id, call.buffer, call.buffer}) == -EINVAL_);

    // There is room for so many in the ring, taken or not.
    std::int64_t taken = 0;
    while (context.submit({good}) == 1) ++taken;
    CHECK(context.submit({good}) == -EAGAIN_);
    CHECK(taken >= 1);
    CHECK(context.events(taken, taken) == taken);
    CHECK(context.submit({good}) == 1);
  });
}

TEST_CASE("an eventfd tells of each request, and the end of a process waits for the last one") {
  FakeDisk disk(1ull << 33);
  FsFixture fixture(&disk);
  disk.engine = &fixture.engine;
  std::uint64_t room = 0;
  fixture.run([&](Thread& t) {
    Caller call(t);
    REQUIRE(call.create("/f", 4 * kBlock) == 0);
    const auto fd = call.open("/f", kDirect);
    const auto event = call(nr::eventfd2, {std::int64_t{0}, std::int64_t{0}});
    Context context(call, 4);
    AioControl told = control(fd, kRead, 7, 0, call.buffer);
    told.flags = 1;  // IOCB_FLAG_RESFD
    told.eventfd = static_cast<std::int32_t>(event);
    CHECK(context.submit({told, told}) == 2);
    CHECK(call.read(event, 8) == 8);  // blocks until one has come
    CHECK(context.events(2, 2) == 2);
    CHECK(context.submit({told}) == 1);
    CHECK(call.close(fd) == 0);  // the request holds the file
    room = fixture.k->vfs->aio_requests;
  });
  CHECK(room > 0);
  CHECK(fixture.k->vfs->aio_requests == 0);
}

TEST_CASE("O_DIRECT goes past the page cache and waits for the disk") {
  FakeDisk disk(1ull << 33);
  FsFixture fixture(&disk);
  disk.engine = &fixture.engine;
  fixture.run([&](Thread& t) {
    Caller call(t);
    const auto fd = call.open("/f", open_flag::creat | kDirect);
    sim::Time before = t.now();
    CHECK(call.write(fd, 8 * kBlock) == 8 * kBlock);
    CHECK(disk.written >= 8 * kBlock);
    CHECK(t.now() - before >= sim::microseconds(100));
    CHECK(call(nr::lseek, {fd, std::int64_t{0}, std::int64_t{0}}) == 0);
    for (int i = 0; i < 2; ++i) {  // the second time as well
      const std::uint64_t reads = disk.reads;
      before = t.now();
      CHECK(call(nr::pread64, {fd, call.buffer, std::int64_t{kBlock}, std::int64_t{0}}) == kBlock);
      CHECK(disk.reads == reads + 1);
      CHECK(t.now() - before >= sim::microseconds(100));
    }
    CHECK(call(nr::pread64, {fd, call.buffer, std::int64_t{kBlock}, std::int64_t{8 * kBlock}}) == 0);
    CHECK(call(nr::pread64, {fd, call.buffer, std::int64_t{100}, std::int64_t{0}}) == -EINVAL_);
    CHECK(call(nr::pread64, {fd, call.buffer + 8, std::int64_t{kBlock}, std::int64_t{0}}) == -EINVAL_);

    // What others wrote into the cache is on the disk before.
    const auto buffered = call.open("/f", open_flag::rdwr);
    CHECK(call.write(buffered, kBlock) == kBlock);
    const std::uint64_t written = disk.written;
    CHECK(call(nr::pread64, {fd, call.buffer, std::int64_t{kBlock}, std::int64_t{0}}) == kBlock);
    CHECK(disk.written == written + kBlock);
  });
}
