// System V semaphores (ipc/sem.c): all operations or none, waiting, undoing, removal.
#include "kernel-model/process/namespaces.h"
#include "tests/kernel-model/process_calls.h"

using namespace isosim;
using namespace isosim::test;

namespace {

constexpr std::uint64_t kGetValue = 12, kCountAlter = 14, kCountZero = 15, kSetValue = 16, kRemove = 0;
constexpr std::uint16_t kNoWait = 04000, kUndo = 0x1000;

struct Set {
  explicit Set(Thread& its_thread, std::uint64_t count) : t(its_thread) {
    Sys s;
    s.nr = nr::semget;
    s.arg = {0, count, 01600};
    id = t.kernel.syscall(t, s);
  }
  Set(Thread& other, const Set& of) : t(other), id(of.id) {}

  std::int64_t operate(std::vector<SemOp> operations, sim::Time timeout = sim::Time::max()) {
    Sys s;
    s.nr = timeout == sim::Time::max() ? nr::semop : nr::semtimedop;
    s.arg = {static_cast<std::uint64_t>(id), 1, operations.size(), 1};
    s.at[1] = std::span<const SemOp>(operations);
    if (timeout != sim::Time::max()) s.at[3] = Timespec{timeout};
    return t.kernel.syscall(t, s);
  }
  std::int64_t control(std::uint64_t number, std::uint64_t command, std::uint64_t value = 0) {
    Sys s;
    s.nr = nr::semctl;
    s.arg = {static_cast<std::uint64_t>(id), number, command, value};
    return t.kernel.syscall(t, s);
  }
  std::int64_t value(std::uint64_t number) { return control(number, kGetValue); }

  Thread& t;
  std::int64_t id = -1;
};

}  // namespace

TEST_CASE("semaphore operations happen all at once or not at all") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    Set set(t, 3);
    REQUIRE(set.id >= 0);
    CHECK(set.control(0, kSetValue, 2) == 0);
    CHECK(set.control(0, kSetValue, 40000) == -ERANGE_);
    CHECK(set.operate({{0, -1, 0}, {1, -1, kNoWait}}) == -EAGAIN_);
    CHECK(set.value(0) == 2);
    CHECK(set.operate({{0, -2, 0}, {2, 5, 0}}) == 0);
    CHECK(set.value(0) == 0);
    CHECK(set.value(2) == 5);
    CHECK(set.operate({{0, 0, 0}}) == 0);  // it is zero
    CHECK(set.operate({{2, 32767, 0}}) == -ERANGE_);
    CHECK(set.operate({{3, 1, 0}}) == -EFBIG_);
    CHECK(set.operate({}) == -EINVAL_);
    const sim::Time before = t.now();
    CHECK(set.operate({{0, -1, 0}}, sim::milliseconds(20)) == -EAGAIN_);
    CHECK(t.now() - before >= sim::milliseconds(20));
    CHECK(set.control(0, kRemove) == 0);
    CHECK(set.operate({{0, 1, 0}}) == -EINVAL_);
  });
}

TEST_CASE("who waits for a semaphore goes on in the order of coming, or when the set goes") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    Set set(t, 2);
    std::vector<int> order;
    std::int64_t removed = 0;
    for (int i = 0; i < 3; ++i)
      fork(t, [&set, &order, i](Thread& child) {
        sleep(child, i + 1);
        Set own(child, set);
        if (own.operate({{0, -1, 0}}) == 0) order.push_back(i);
      });
    fork(t, [&](Thread& child) { removed = Set(child, set).operate({{1, -1, 0}}); });
    fork(t, [&](Thread& child) {
      Set own(child, set);
      own.operate({{1, 2, 0}});
      own.operate({{1, 0, 0}});
    });
    sleep(t, 10);
    CHECK(set.control(0, kCountAlter) == 3);
    CHECK(set.control(1, kCountZero) == 1);
    CHECK(removed == 0);
    CHECK(set.value(1) == 1);  // two were put in, and the one before took its own
    CHECK(set.operate({{0, 2, 0}}) == 0);
    sleep(t, 5);
    CHECK(order == std::vector<int>{0, 1});
    CHECK(set.value(0) == 0);
    const std::int64_t id = set.id;
    fork(t, [&, id](Thread& child) {
      Set own(child, set);
      CHECK(own.id == id);
      removed = own.operate({{1, -9, 0}});
    });
    sleep(t, 5);
    CHECK(set.control(0, kRemove) == 0);
    for (int i = 0; i < 6; ++i) wait(t);
    CHECK(removed == -EIDRM_);
    CHECK(order.size() == 2);
  });
}

TEST_CASE("what a process took with SEM_UNDO comes back with its end") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    Set set(t, 1);
    set.control(0, kSetValue, 3);
    fork(t, [&](Thread& child) {
      Set own(child, set);
      CHECK(own.operate({{0, -2, kUndo}}) == 0);
      CHECK(own.operate({{0, -1, 0}}) == 0);
      CHECK(own.value(0) == 0);
    });
    wait(t);
    CHECK(set.value(0) == 2);
  });
}

TEST_CASE("a memory policy is checked, kept and inherited") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    const auto call = [](Thread& by, SysNr number, std::array<std::uint64_t, 6> args) {
      Sys s;
      s.nr = number;
      s.arg = args;
      const std::int64_t result = by.kernel.syscall(by, s);
      return result < 0 ? result : static_cast<std::int64_t>(s.out.value);
    };
    CHECK(call(t, nr::get_mempolicy, {}) == 0);
    CHECK(call(t, nr::set_mempolicy, {3, 0, 0}) == -EINVAL_);   // interleave, over nothing
    CHECK(call(t, nr::set_mempolicy, {0, 1, 64}) == -EINVAL_);  // default, of some nodes
    CHECK(call(t, nr::set_mempolicy, {9, 1, 64}) == -EINVAL_);
    CHECK(call(t, nr::set_mempolicy, {3, 1, 64}) == 0);
    std::int64_t inherited = 0;
    fork(t, [&](Thread& child) { inherited = call(child, nr::get_mempolicy, {}); });
    wait(t);
    CHECK(inherited == 3);
    CHECK(call(t, nr::get_mempolicy, {0, 0, 0, 0x1000, 0}) == -EINVAL_);
  });
}
