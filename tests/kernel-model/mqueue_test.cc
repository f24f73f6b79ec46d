// POSIX message queues (ipc/mqueue.c): names, limits, priorities, waiting with deadlines, notification.
#include "kernel-model/process/namespaces.h"
#include "kernel-model/signal/signal.h"
#include "tests/kernel-model/process_calls.h"

using namespace isosim;
using namespace isosim::test;

namespace {

constexpr std::int64_t kCreate = 0100, kExclusive = 0200, kReadWrite = 2, kNonblock = 04000;

struct Queue {
  explicit Queue(Thread& t, std::int64_t of = -1) : thread(t), call(t), fd(of) {}
  std::int64_t open(const char* name, std::int64_t flags, std::int64_t mode = 0600) {
    return fd = call(nr::mq_open, {name, flags, mode});
  }
  std::int64_t open(const char* name, std::int64_t flags, MqueueAttributes attributes) {
    return fd = call(nr::mq_open, {name, flags, std::int64_t{0600}, Payload(attributes)});
  }
  std::int64_t send(std::int64_t priority, std::int64_t bytes) {
    return call(nr::mq_timedsend, {fd, call.buffer, bytes, priority});
  }
  std::int64_t receive(std::int64_t room = 8192) {
    return call(nr::mq_timedreceive, {fd, call.buffer, room, call.buffer});
  }
  std::int64_t receive_by(sim::Time deadline) {
    return call(nr::mq_timedreceive,
                {fd, call.buffer, std::int64_t{8192}, std::int64_t{0}, Payload(Timespec{deadline})});
  }
  std::int64_t notify(std::int32_t how, std::int32_t signal) {
    return call(nr::mq_notify, {fd, Payload(SignalEvent{signal, how})});
  }
  std::int64_t priority() const { return static_cast<std::int64_t>(call.out.value); }
  std::uint32_t ready() { return thread.process->files->get(static_cast<std::int32_t>(fd))->poll(thread); }

  Thread& thread;
  Caller call;
  std::int64_t fd;
};

}  // namespace

TEST_CASE("the message of the highest priority comes first, the oldest among equals") {
  FsFixture().run([](Thread& t) {
    Queue q(t);
    REQUIRE(q.open("q", kCreate | kReadWrite) >= 0);
    for (const auto& [priority, bytes] : {std::pair{1, 10}, {7, 20}, {7, 30}, {0, 40}})
      CHECK(q.send(priority, bytes) == 0);
    CHECK(q.call(nr::mq_getsetattr, {q.fd, std::int64_t{0}, q.call.buffer}) == 0);
    CHECK(q.call.out.value == 4);
    CHECK(q.receive(8191) == -EMSGSIZE_);
    CHECK(q.receive() == 20);
    CHECK(q.priority() == 7);
    for (const std::int64_t bytes : {30, 10, 40}) CHECK(q.receive() == bytes);
    CHECK(q.send(32768, 1) == -EINVAL_);
    CHECK(q.send(32767, 1) == 0);
    CHECK(q.send(0, 8193) == -EMSGSIZE_);
    CHECK(q.call(nr::mq_timedsend, {std::int64_t{99}, q.call.buffer, std::int64_t{1}, std::int64_t{0}}) ==
          -EBADF_);
    const auto file = q.call.open("/tmp/f", open_flag::creat | open_flag::rdwr);
    CHECK(q.call(nr::mq_timedsend, {file, q.call.buffer, std::int64_t{1}, std::int64_t{0}}) == -EBADF_);
  });
}

TEST_CASE("queues have names, rights and limits of their name space") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    Queue q(t);
    Caller& call = q.call;
    CHECK(q.open("q", kReadWrite) == -ENOENT_);
    CHECK(q.open("a/b", kCreate | kReadWrite) == -EACCES_);
    const auto fd = q.open("q", kCreate | kExclusive | kReadWrite, MqueueAttributes{0, 2, 100});
    REQUIRE(fd >= 0);
    CHECK(t.process->files->slot(static_cast<std::int32_t>(fd))->cloexec);
    CHECK(q.open("q", kCreate | kExclusive | kReadWrite) == -EEXIST_);
    CHECK(q.open("q", 0) >= 0);
    CHECK(q.send(0, 1) == -EBADF_);  // read only
    q.fd = fd;
    CHECK(q.send(0, 101) == -EMSGSIZE_);
    CHECK(call.read(fd, 4096) == 60);
    CHECK(call.write(fd, 10) == -EINVAL_);
    for (const MqueueAttributes wrong : {MqueueAttributes{0, 0, 8}, {0, -1, 8}, {0, 8, 0}, {0, 65537, 8}})
      CHECK(Queue(t).open("r", kCreate | kReadWrite, wrong) == -EINVAL_);
    // RLIMIT_MSGQUEUE: 819200 bytes a user, of which each message and each of its priorities takes 48
    // besides.
    CHECK(Queue(t).open("r", kCreate | kReadWrite, MqueueAttributes{0, 100, 8192}) == -EMFILE_);
    CHECK(call.stat("/dev/mqueue/q") == 0);
    CHECK(call.out.stat.size == 80);
    CHECK(call.mkdir("/dev/mqueue/d") == -EPERM_);
    CHECK(call.rename("/dev/mqueue/q", "/dev/mqueue/p") == -EPERM_);

    t.process->credentials.capabilities = 0;
    CHECK(Queue(t).open("r", kCreate | kReadWrite, MqueueAttributes{0, 11, 8}) == -EINVAL_);
    t.process->credentials.euid = t.process->credentials.uid = 1000;
    CHECK(Queue(t).open("q", kReadWrite) == -EACCES_);
    CHECK(call(nr::mq_unlink, {"q"}) == -EPERM_);  // the folder is sticky
    t.process->credentials = {};

    CHECK(call(nr::mq_unlink, {"q"}) == 0);
    CHECK(call(nr::mq_unlink, {"q"}) == -ENOENT_);
    CHECK(call.stat("/dev/mqueue/q") == -ENOENT_);
    CHECK(q.send(0, 1) == 0);  // who has it open still has it
    CHECK(call(nr::unshare, {std::int64_t{clone_flag::newipc}}) == 0);
    CHECK(q.open("r", kCreate | kReadWrite) >= 0);
    CHECK(call.stat("/dev/mqueue/r") == -ENOENT_);  // another name space's queues are mounted there
    CHECK(call.mkdir("/tmp/m") == 0);
    CHECK(call(nr::mount, {"none", "/tmp/m", "mqueue", std::int64_t{0}}) == 0);
    CHECK(call.stat("/tmp/m/r") == 0);
  });
}

TEST_CASE("a queue's bytes are given back with its last descriptor") {
  FsFixture().run([](Thread& t) {
    const MqueueAttributes large{0, 9, 81920};  // two do not fit
    Queue first(t);
    REQUIRE(first.open("a", kCreate | kReadWrite, large) >= 0);
    CHECK(Queue(t).open("b", kCreate | kReadWrite, large) == -EMFILE_);
    CHECK(first.call(nr::mq_unlink, {"a"}) == 0);
    CHECK(Queue(t).open("b", kCreate | kReadWrite, large) == -EMFILE_);
    CHECK(first.call.close(first.fd) == 0);
    CHECK(Queue(t).open("b", kCreate | kReadWrite, large) >= 0);
  });
}

TEST_CASE("senders wait for room and receivers for messages, in order of niceness, to a deadline") {
  FsFixture().run([](Thread& t) {
    Queue q(t);
    REQUIRE(q.open("q", kCreate | kReadWrite, MqueueAttributes{0, 1, 8192}) >= 0);
    const std::int64_t fd = q.fd;
    std::int64_t nice = 0, first = 0, second = 0;
    test::fork(t, [&](Thread& c) {
      Queue own(c, fd);
      own.call(nr::setpriority, {std::int64_t{0}, std::int64_t{0}, std::int64_t{5}});
      nice = own.receive();
    });
    test::sleep(t, 2);
    test::fork(t, [&](Thread& c) { first = Queue(c, fd).receive(); });
    test::sleep(t, 2);
    test::fork(t, [&](Thread& c) { second = Queue(c, fd).receive(); });
    test::sleep(t, 2);
    CHECK(q.send(0, 1) == 0);  // past the queue
    CHECK((q.ready() & poll_bit::in) == 0);
    test::sleep(t, 1);
    CHECK(std::array{first, second, nice} == std::array<std::int64_t, 3>{1, 0, 0});
    CHECK(q.send(0, 2) == 0);
    test::sleep(t, 1);
    CHECK(std::array{first, second, nice} == std::array<std::int64_t, 3>{1, 2, 0});
    CHECK(q.send(0, 3) == 0);
    test::sleep(t, 1);
    CHECK(nice == 3);

    std::int64_t sent = 1;
    CHECK(q.ready() == (poll_bit::out | poll_bit::wrnorm));
    CHECK(q.send(0, 4) == 0);
    CHECK(q.ready() == (poll_bit::in | poll_bit::rdnorm));
    test::fork(t, [&](Thread& c) { sent = Queue(c, fd).send(9, 5); });
    test::sleep(t, 2);
    CHECK(sent == 1);
    CHECK(q.receive() == 4);
    test::sleep(t, 1);
    CHECK(sent == 0);
    CHECK(q.receive() == 5);

    const sim::Time before = t.now();
    CHECK(q.receive_by(before + sim::milliseconds(3)) == -ETIMEDOUT_);
    CHECK(t.now() >= before + sim::milliseconds(3));
    CHECK(t.now() < before + sim::milliseconds(4));
    CHECK(q.receive_by(before) == -ETIMEDOUT_);
    CHECK(q.receive_by(sim::nanoseconds(-1)) == -EINVAL_);
    CHECK(q.call(nr::mq_getsetattr, {fd, Payload(MqueueAttributes{kNonblock}), std::int64_t{0}}) == 0);
    CHECK(q.receive() == -EAGAIN_);
    CHECK(q.send(0, 1) == 0);
    CHECK(q.send(0, 1) == -EAGAIN_);
    CHECK(q.call(nr::mq_getsetattr, {fd, Payload(MqueueAttributes{1}), std::int64_t{0}}) == -EINVAL_);
  });
}

TEST_CASE("one process is told of the first message, once") {
  FsFixture().run([](Thread& t) {
    Queue q(t);
    REQUIRE(q.open("q", kCreate | kReadWrite) >= 0);
    t.blocked = signal_bit(signo::usr1);
    const auto pending = [&] { return (t.process->shared_pending & signal_bit(signo::usr1)) != 0; };
    CHECK(q.notify(SignalEvent::by_signal, 65) == -EINVAL_);
    CHECK(q.notify(7, 0) == -EINVAL_);
    CHECK(q.notify(SignalEvent::by_signal, signo::usr1) == 0);
    CHECK(q.notify(SignalEvent::none, 0) == -EBUSY_);
    CHECK(q.call(nr::mq_notify, {q.fd, std::int64_t{0}}) == 0);
    CHECK(q.send(0, 1) == 0);
    CHECK(!pending());  // it was taken back
    CHECK(q.notify(SignalEvent::by_signal, signo::usr1) == 0);
    CHECK(q.send(0, 1) == 0);
    CHECK(!pending());  // not the first
    CHECK(q.receive() == 1);
    CHECK(q.receive() == 1);
    CHECK(q.send(0, 1) == 0);
    REQUIRE(pending());
    CHECK(t.process->signal_queue.front().code == SignalInfo::message_queue);
    CHECK(q.notify(SignalEvent::none, 0) == 0);  // the one before is used up
    const auto other = q.open("q", kReadWrite);
    CHECK(q.call.close(other) == 0);  // any of its descriptors ends it
    q.fd = other - 1;
    CHECK(q.notify(SignalEvent::none, 0) == 0);
  });
}
