// System V shared memory over fork, execve, exit and name spaces.
#include "kernel-model/process/namespaces.h"
#include "tests/kernel-model/process_calls.h"

using namespace isosim;
using namespace isosim::test;

namespace {

constexpr std::int64_t kBytes = 3 * 4096, kCreate = 01600, kRemove = 0;

ShmTable& table(Thread& t) {
  ShmTable& segments = t.process->namespaces->ipc->shm;
  segments.purge();
  return segments;
}

}  // namespace

TEST_CASE("attachments are inherited by fork and end with execve, exit and munmap") {
  FsFixture fixture;
  fixture.k->vfs->populate(*fixture.k->vfs->initial_context(),
                           {.path = "/bin/true", .mode = 0100755, .size = 4096});
  fixture.run([](Thread& t) {
    Caller call(t);
    const auto id = call(nr::shmget, {std::int64_t{0}, kBytes, kCreate});
    const auto key = static_cast<std::int32_t>(id);
    const auto attached = [&] { return table(t).by_id(key)->attached(); };
    CHECK(attached() == 0);
    const auto first = call(nr::shmat, {id, std::int64_t{0}, std::int64_t{0}});
    const auto second = call(nr::shmat, {id, std::int64_t{0}, std::int64_t{0}});
    CHECK(first > 0);
    CHECK(attached() == 2);
    std::uint64_t in_child = 0, after_exec = 0;
    fork(t, [&](Thread& child) {
      in_child = attached();
      Sys s;
      s.nr = nr::execve;
      s.at[0] = ExecImage{"/bin/true", {"true"}, {}, 5};
      CHECK(child.kernel.syscall(child, s) == 0);
      after_exec = attached();
    });
    wait(t);
    CHECK(in_child == 4);
    CHECK(after_exec == 2);
    fork(t, [&](Thread& child) {
      Caller own(child);
      CHECK(own(nr::shmdt, {first}) == 0);
      in_child = attached();
    });
    wait(t);
    CHECK(in_child == 3);
    CHECK(attached() == 2);  // exit
    // A thread of the same memory shares the attachments.
    fork(
        t, [&](Thread&) { in_child = attached(); }, clone_flag::vm | 17);
    wait(t);
    CHECK(in_child == 2);
    CHECK(call(nr::munmap, {second, kBytes}) == 0);
    CHECK(attached() == 1);
    CHECK(call(nr::shmdt, {second}) == -EINVAL_);
    CHECK(call(nr::shmdt, {first + 4096}) == -EINVAL_);
    CHECK(call(nr::shmdt, {first}) == 0);
    CHECK(attached() == 0);
    CHECK(t.kernel.memory->touch(t, static_cast<Address>(first), 1, false) == -EFAULT_);
  });
}

TEST_CASE("a removed segment lives as long as somebody has it attached") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    Caller call(t);
    const auto id = call(nr::shmget, {std::int64_t{77}, kBytes, kCreate});
    const auto at = call(nr::shmat, {id, std::int64_t{0}, std::int64_t{0}});
    CHECK(call(nr::shmctl, {id, kRemove}) == 0);
    CHECK(call(nr::shmget, {std::int64_t{77}, kBytes, std::int64_t{0}}) == -ENOENT_);
    CHECK(table(t).size() == 1);
    const auto again = call(nr::shmat, {id, std::int64_t{0}, std::int64_t{0}});  // by number it can be had
    CHECK(again > 0);
    CHECK(call(nr::shmdt, {at}) == 0);
    CHECK(table(t).size() == 1);
    CHECK(call(nr::shmdt, {again}) == 0);
    CHECK(table(t).size() == 0);
  });
}

TEST_CASE("an IPC name space has segments of its own") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    Caller call(t);
    const auto id = call(nr::shmget, {std::int64_t{5}, kBytes, kCreate});
    CHECK(id >= 0);
    fork(
        t,
        [&](Thread& child) {
          Caller own(child);
          CHECK(own(nr::shmget, {std::int64_t{5}, kBytes, std::int64_t{0}}) == -ENOENT_);
          CHECK(own(nr::shmat, {id, std::int64_t{0}, std::int64_t{0}}) == -EINVAL_);
        },
        clone_flag::newipc | 17);
    wait(t);
    CHECK(call(nr::shmget, {std::int64_t{5}, kBytes, std::int64_t{0}}) == id);
  });
}

TEST_CASE("segments and semaphore sets are found by their slots, too") {
  FsFixture().run([](Thread& t) {
    Caller call(t);
    constexpr std::int64_t kInfo = 3, kSegmentOfSlot = 13, kSetOfSlot = 18, kUsage = 14, kSetAll = 17,
                           kGetPid = 11;
    call(nr::shmget, {std::int64_t{0}, kBytes, kCreate});
    const auto id = call(nr::shmget, {std::int64_t{0}, kBytes, kCreate});
    CHECK(call(nr::shmctl, {std::int64_t{0}, kInfo, call.buffer}) == 1);
    CHECK(call(nr::shmctl, {std::int64_t{0}, kUsage, std::int64_t{0}}) == -EFAULT_);
    CHECK(call(nr::shmctl, {std::int64_t{1}, kSegmentOfSlot, call.buffer}) == id);
    CHECK(call.out.value == kBytes);
    CHECK(call(nr::shmctl, {std::int64_t{2}, kSegmentOfSlot, call.buffer}) == -EINVAL_);
    CHECK(call(nr::shmctl, {std::int64_t{-1}, kInfo, call.buffer}) == -EINVAL_);

    const auto set = call(nr::semget, {std::int64_t{0}, std::int64_t{2}, kCreate});
    const std::int64_t none = 0;
    CHECK(call(nr::semctl, {none, none, kInfo, call.buffer}) == 0);
    CHECK(call(nr::semctl, {none, none, kSetOfSlot, call.buffer}) == set);
    CHECK(call(nr::semctl, {std::int64_t{1}, none, kSetOfSlot, call.buffer}) == -EINVAL_);
    CHECK(call(nr::semctl, {set, none, kGetPid}) == 0);
    CHECK(call(nr::semctl, {set, none, kSetAll, call.buffer}) == 0);
    CHECK(call(nr::semctl, {set, none, kGetPid}) == t.process->pid);
    CHECK(t.kernel.unmodelled().rows().empty());
  });
}
