// Pages of processes in memory control groups.
#include "kernel-model/fs/inode.h"
#include "kernel-model/process/process_table.h"
#include "tests/kernel-model/fake_disk.h"
#include "tests/kernel-model/fs_fixture.h"

using namespace isosim;
using namespace isosim::test;

namespace {

constexpr std::uint64_t kPageBytes = 4096, kBatch = 32;

struct GroupFixture : FsFixture {
  explicit GroupFixture(FakeDisk* disk = nullptr) : FsFixture(disk) {
    if (disk) disk->engine = &engine;
    above = std::make_shared<Cgroup>("/docker", k->procs->root_cgroup);
    group = std::make_shared<Cgroup>("/docker/box", above);
  }
  // Runs `body` on a thread of a process in the group.
  void run_in(std::function<void(Thread&)> body) {
    Process& made = process();
    made.cgroup = group;
    k->sched->start(k->create_thread(made, "test", std::move(body)), nullptr);
    engine.run();
  }
  std::shared_ptr<Cgroup> above, group;
};

std::uint64_t map(Thread& t, std::uint64_t bytes) {
  MapRequest request;
  request.length = bytes;
  request.flags = vm::read | vm::write | vm::nohugepage;
  return static_cast<std::uint64_t>(t.kernel.memory->map(t, *t.process->mm, std::move(request)));
}

}  // namespace

TEST_CASE("pages count for the group that touched them, in batches, until they are free") {
  GroupFixture f;
  f.run_in([&](Thread& t) {
    Caller call(t);
    MemoryManager& memory = *t.kernel.memory;
    const std::uint64_t before = f.group->memory_pages();
    const std::uint64_t start = map(t, 100 * kPageBytes);
    CHECK(f.group->memory_pages() == before);
    CHECK(memory.touch(t, start, 100 * kPageBytes, true) == 0);
    CHECK(f.group->memory_pages() >= before + 100 - kBatch);
    CHECK(f.group->memory_pages() <= before + 100 + kBatch);
    CHECK(f.above->memory_pages() == f.group->memory_pages());
    CHECK(f.k->procs->root_cgroup->memory_pages() == f.group->memory_pages());
    const std::uint64_t held = f.group->memory_pages();
    call(nr::munmap, {static_cast<std::int64_t>(start), std::int64_t{100 * 4096}});
    CHECK(f.group->memory_pages() == held - 100);
  });
  CHECK(f.group->memory_pages() <= kBatch);  // the stock
}

TEST_CASE("a page costs more in a group than at the root, the less the more come at once") {
  const auto cost = [](bool grouped) {
    GroupFixture f;
    if (!grouped) f.group = f.k->procs->root_cgroup;
    sim::Time span;
    f.run_in([&](Thread& t) {
      f.k->memory->of(*t.process);
      const std::uint64_t start = map(t, 1024 * kPageBytes);
      const sim::Time from = t.now();
      f.k->memory->touch(t, start, 1024 * kPageBytes, true);
      span = t.now() - from;
    });
    return span;
  };
  const sim::Time root = cost(false), group = cost(true);
  CHECK(group > root);
  CHECK((group - root) * 10 < root);
}

TEST_CASE("the page cache counts for who brings the page in, and goes when the group is full") {
  FakeDisk disk(1ull << 32);
  GroupFixture f(&disk);
  f.k->vfs->populate(*f.k->vfs->initial_context(),
                     {.path = "/home/file", .size = 400 * kPageBytes, .warm = false});
  f.run_in([&](Thread& t) {
    Caller call(t);
    const auto fd = call.open("/home/file");
    const Inode& inode = *t.process->files->get(static_cast<std::int32_t>(fd))->inode();
    const std::uint64_t before = f.group->memory_pages();
    CHECK(call.read(fd, 400 * 4096) == 400 * 4096);
    CHECK(inode.pages.total(PageCache::Tag::present) == 400);
    CHECK(f.group->memory_pages() >= before + 400);
    f.group->memory_limit_pages = f.group->memory_pages() + 10;
    const std::uint64_t start = map(t, 200 * kPageBytes);
    CHECK(t.kernel.memory->touch(t, start, 200 * kPageBytes, true) == 0);
    CHECK(inode.pages.total(PageCache::Tag::present) < 230);
    CHECK(f.group->memory_pages() <= f.group->memory_limit_pages);
  });
}

TEST_CASE("a process that alone is too big for its group is killed; its parent learns of it") {
  GroupFixture f;
  std::int32_t status = 0;
  f.run_in([&](Thread& t) {
    Caller call(t);
    Sys s;
    s.nr = nr::clone;
    s.arg[0] = 17;
    s.at[0] = ChildEntry{[&](Thread& child) {
      Caller own(child);
      const std::uint64_t start = map(child, 2000 * kPageBytes);
      f.group->memory_limit_pages = f.group->memory_pages() + 500;
      CHECK(child.kernel.memory->touch(child, start, 2000 * kPageBytes, true) != 0);
      own(nr::getpid, {});
      CHECK(child.state == RunState::dead);
    }};
    t.kernel.syscall(t, s);
    s = {};
    s.nr = nr::wait4;
    s.arg[0] = ~0ull;
    t.kernel.syscall(t, s);
    status = s.out.status;
  });
  CHECK(status == 9);
}
