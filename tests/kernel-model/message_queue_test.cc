// System V message queues (ipc/msg.c): choice by type, limits, waiting on both sides, removal.
#include "tests/kernel-model/process_calls.h"

using namespace isosim;
using namespace isosim::test;

namespace {

constexpr std::int64_t kRemove = 0, kSet = 1, kStat = 2;
constexpr std::int64_t kNoWait = 04000, kNoError = 010000, kExcept = 020000, kCopy = 040000;

struct Messages {
  explicit Messages(Thread& t, std::int64_t of = -1) : call(t), id(of) {
    if (id < 0) id = call(nr::msgget, {std::int64_t{0}, std::int64_t{01600}});
  }
  std::int64_t send(std::int64_t type, std::int64_t bytes, std::int64_t flags = 0) {
    return call(nr::msgsnd, {id, Payload(SysvMessage{type}), bytes, flags});
  }
  std::int64_t receive(std::int64_t type, std::int64_t bytes = 8192, std::int64_t flags = 0) {
    return call(nr::msgrcv, {id, call.buffer, bytes, type, flags});
  }
  std::int64_t type() const { return static_cast<std::int64_t>(call.out.value); }
  std::int64_t waiting() { return call(nr::msgctl, {id, kStat, call.buffer}) < 0 ? -1 : type(); }

  Caller call;
  std::int64_t id;
};

}  // namespace

TEST_CASE("a System V message is chosen by its type") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    Messages queue(t);
    REQUIRE(queue.id >= 0);
    for (const std::int64_t type : {5, 3, 9, 3}) CHECK(queue.send(type, type * 10) == 0);
    CHECK(queue.waiting() == 4);
    CHECK(queue.receive(3) == 30);                         // the first of that type
    CHECK(queue.receive(9, 8192, kExcept) == 50);          // the first of another
    CHECK(queue.receive(1, 8192, kCopy | kNoWait) == 30);  // the one in that place, which stays: 9, 3
    CHECK(queue.waiting() == 2);
    CHECK(queue.receive(-9) == 30);  // the lowest type up to 9
    CHECK(queue.type() == 3);
    CHECK(queue.receive(0, 20) == -E2BIG_);
    CHECK(queue.receive(0, 20, kNoError) == 20);
    CHECK(queue.receive(0, 20, kNoWait) == -ENOMSG_);
    CHECK(queue.receive(0, 20, kCopy) == -EINVAL_);
    CHECK(queue.send(0, 1) == -EINVAL_);
    CHECK(queue.send(1, 8193) == -EINVAL_);
    CHECK(queue.send(1, 8192) == 0);
    CHECK(queue.send(1, 8192) == 0);
    CHECK(queue.send(1, 1, kNoWait) == -EAGAIN_);  // 16384 bytes
    CHECK(queue.send(1, 0, kNoWait) == 0);
    CHECK(queue.call(nr::msgctl, {queue.id, kSet, Payload(OptionValue{100})}) == 0);
    CHECK(queue.receive(0) == 8192);
    CHECK(queue.send(1, 1, kNoWait) == -EAGAIN_);
    CHECK(queue.call(nr::msgctl, {queue.id, kRemove}) == 0);
    CHECK(queue.send(1, 1) == -EINVAL_);
    CHECK(queue.call(nr::msgget, {std::int64_t{77}, std::int64_t{0600}}) == -ENOENT_);
    const auto made = queue.call(nr::msgget, {std::int64_t{77}, std::int64_t{01600}});
    CHECK(made >= 0);
    CHECK(queue.call(nr::msgget, {std::int64_t{77}, std::int64_t{0600}}) == made);
    CHECK(queue.call(nr::msgget, {std::int64_t{77}, std::int64_t{03600}}) == -EEXIST_);
  });
}

TEST_CASE("receivers get what fits their type past the queue, senders wait for room, removal ends both") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    Messages queue(t);
    const std::int64_t id = queue.id;
    std::int64_t two = 0, one = 0, sent = 1, none = 0;
    fork(t, [&](Thread& c) { two = Messages(c, id).receive(2); });
    fork(t, [&](Thread& c) { one = Messages(c, id).receive(1, 10); });
    sleep(t, 5);
    CHECK(queue.send(1, 11) == 0);  // too long for the one who waits for it: told so, and the message stays
    sleep(t, 1);
    CHECK(one == -E2BIG_);
    CHECK(two == 0);
    CHECK(queue.waiting() == 1);
    CHECK(queue.send(2, 22) == 0);
    sleep(t, 1);
    CHECK(two == 22);
    CHECK(queue.receive(0) == 11);

    CHECK(queue.send(1, 8192) == 0);
    CHECK(queue.send(1, 8192) == 0);
    fork(t, [&](Thread& c) { sent = Messages(c, id).send(1, 4); });
    sleep(t, 5);
    CHECK(sent == 1);
    CHECK(queue.receive(0) == 8192);
    sleep(t, 1);
    CHECK(sent == 0);
    CHECK(queue.waiting() == 2);

    fork(t, [&](Thread& c) { none = Messages(c, id).receive(7); });
    sleep(t, 5);
    CHECK(queue.call(nr::msgctl, {id, kRemove}) == 0);
    sleep(t, 1);
    CHECK(none == -EIDRM_);
  });
}
