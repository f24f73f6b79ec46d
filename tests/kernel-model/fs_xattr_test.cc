#include "tests/kernel-model/fs_fixture.h"

using namespace isosim;
using namespace isosim::test;

TEST_CASE("attributes: missing, unsupported, set, listed, removed") {
  FsFixture fixture;
  const auto context = fixture.k->vfs->initial_context();
  fixture.k->vfs->populate(*context, {.path = "/tmp/capable", .xattrs = {{"security.capability", 20}}});
  fixture.k->vfs->populate(*context, {.path = "/tmp/asked", .xattr_error = EOPNOTSUPP_});
  fixture.run([](Thread& t) {
    Caller call(t);
    const auto get = [&](const char* path, const char* name, std::int64_t room = 0) {
      return call(nr::getxattr, {path, name, call.buffer, room});
    };
    REQUIRE(call.create("/tmp/file") == 0);
    CHECK(get("/tmp/file", "security.selinux") == -ENODATA_);
    CHECK(get("/tmp/file", "user.x") == -EOPNOTSUPP_);  // tmpfs
    CHECK(get("/proc/version", "security.selinux") == -EOPNOTSUPP_);
    CHECK(get("/tmp/asked", "security.selinux") == -EOPNOTSUPP_);
    CHECK(get("/tmp/capable", "security.capability") == 20);
    CHECK(get("/tmp/capable", "security.capability", 10) == -ERANGE_);
    CHECK(call(nr::setxattr, {"/tmp/file", "trusted.a", call.buffer, std::int64_t{5}, std::int64_t{0}}) == 0);
    CHECK(get("/tmp/file", "trusted.a", 100) == 5);
    CHECK(call(nr::listxattr, {"/tmp/file", call.buffer, std::int64_t{100}}) == 10);
    CHECK(call(nr::removexattr, {"/tmp/file", "trusted.a"}) == 0);
    CHECK(call(nr::removexattr, {"/tmp/file", "system.posix_acl_access"}) == 0);  // none was set
    CHECK(get("/tmp/file", "trusted.a") == -ENODATA_);
  });
}
