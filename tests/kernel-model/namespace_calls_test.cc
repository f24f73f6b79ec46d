// Name spaces as calls make and use them.
#include "kernel-model/process/namespaces.h"
#include "tests/kernel-model/fs_fixture.h"

using namespace isosim;
using namespace isosim::test;

namespace {

std::string nodename(Caller& call) {
  CHECK(call(nr::uname, {call.buffer}) == 0);
  return call.out.text;
}

// What unshare(2) of one kind takes.
sim::Time unshare_cost(std::uint64_t flag) {
  FsFixture fixture;
  sim::Time span;
  fixture.run([&](Thread& t) {
    Caller call(t);
    const sim::Time start = t.now();
    CHECK(call(nr::unshare, {static_cast<std::int64_t>(flag)}) == 0);
    span = t.now() - start;
  });
  return span;
}

}  // namespace

TEST_CASE("the host name is that of the UTS name space") {
  FsFixture fixture;
  fixture.run([](Thread& t) {
    Caller call(t);
    CHECK(call(nr::sethostname, {"host", std::int64_t{4}}) == 0);
    Sys s;
    s.nr = nr::clone;
    s.arg[0] = clone_flag::newuts | 17;
    s.at[0] = ChildEntry{[](Thread& child) {
      Caller own(child);
      CHECK(nodename(own) == "host");  // a copy
      CHECK(own(nr::sethostname, {"box", std::int64_t{3}}) == 0);
      CHECK(nodename(own) == "box");
    }};
    t.kernel.syscall(t, s);
    call(nr::wait4, {std::int64_t{-1}, std::int64_t{0}, std::int64_t{0}});
    CHECK(nodename(call) == "host");
    CHECK(call(nr::sethostname, {"x", std::int64_t{65}}) == -EINVAL_);
  });
}

TEST_CASE("a network name space costs far more than the others, which have next to nothing to set up") {
  const sim::Time uts = unshare_cost(clone_flag::newuts), ipc = unshare_cost(clone_flag::newipc),
                  net = unshare_cost(clone_flag::newnet);
  CHECK(uts == ipc);
  CHECK(net > uts * 100);
  CHECK(unshare_cost(clone_flag::newnet | clone_flag::newuts) > net);
}
