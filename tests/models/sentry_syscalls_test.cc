#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <map>

#include "kernel-model/abi/syscall_names.h"
#include "models/sentry/syscalls/table.h"

using namespace isosim;
using namespace isosim::kernel;
using models::Release;
using models::SentryAnswer;
using Kind = SentryAnswer::Kind;

namespace {

struct Count {
  std::size_t implemented = 0, errors = 0, capabilities = 0;
  std::map<std::int64_t, std::size_t> by_error;
};

Count count(Release release) {
  Count all;
  for (SysNr number = 0; number < kSyscallLimit; ++number) {
    const SentryAnswer answer = models::sentry_call(release, number);
    all.implemented += answer.kind == Kind::implemented;
    all.errors += answer.kind == Kind::fixed_errno;
    all.capabilities += answer.kind == Kind::needs_capability;
    if (answer.kind == Kind::fixed_errno) ++all.by_error[answer.error];
  }
  return all;
}

Sys call(SysNr number, std::array<std::uint64_t, 6> arguments = {}) {
  Sys sys;
  sys.nr = number;
  sys.arg = arguments;
  return sys;
}

std::int64_t part(Release release, const Sys& sys) {
  const models::SentryPart* found = models::sentry_part(release, sys);
  REQUIRE(found);
  return found->result;
}

}  // namespace

TEST_CASE("as many calls as each release's table has", "[sentry][syscalls]") {
  struct Expected {
    Release release;
    std::size_t implemented, errors, capabilities;
  };
  // Of 20190304.1 there is one entry more, which is empty (readahead): 299 in all.
  for (const Expected& e :
       {Expected{Release::r20190304, 229, 43, 26}, Expected{Release::r20190529, 230, 43, 26},
        Expected{Release::r20190806, 233, 72, 25}, Expected{Release::r20200127, 245, 77, 25}}) {
    CAPTURE(models::facts(e.release).name);
    const Count counted = count(e.release);
    CHECK(counted.implemented == e.implemented);
    CHECK(counted.errors == e.errors);
    CHECK(counted.capabilities == e.capabilities);
  }
  CHECK(count(Release::r20190304).by_error ==
        std::map<std::int64_t, std::size_t>{
            {ENOSYS_, 20}, {EINVAL_, 1}, {EPERM_, 4}, {EACCES_, 3}, {ENODEV_, 1}, {EOPNOTSUPP_, 14}});
}

TEST_CASE("what 20190304.1 answers to calls it lacks", "[sentry][syscalls]") {
  const auto answer = [](SysNr number) { return models::sentry_call(Release::r20190304, number); };
  for (const SysNr number :
       {nr::statx, nr::rseq, nr::clone3, nr::io_uring_setup, nr::faccessat2, kUnknownSyscall})
    CHECK((answer(number).kind == Kind::missing && answer(number).error == ENOSYS_));
  CHECK(answer(nr::set_robust_list).error == ENOSYS_);
  CHECK(answer(nr::getxattr).error == EOPNOTSUPP_);
  CHECK(answer(nr::keyctl).error == EACCES_);
  CHECK(answer(nr::mbind).kind == Kind::needs_capability);
  CHECK(answer(nr::mbind).capability == Cap::sys_nice);
  for (const SysNr number : {nr::read, nr::openat, nr::futex, nr::mlock2, nr::preadv2, nr::pwritev2})
    CHECK(answer(number).kind == Kind::implemented);
  CHECK(models::sentry_call(Release::r20190806, nr::statx).kind == Kind::implemented);
  CHECK(models::sentry_call(Release::r20200127, nr::rseq).kind == Kind::implemented);
  CHECK(models::sentry_call(Release::r20200127, nr::listxattr).error == EOPNOTSUPP_);
}

TEST_CASE("calls of the Sentry that do not know every argument", "[sentry][syscalls]") {
  const Release old = Release::r20190304, late = Release::r20200127;
  CHECK(part(old, call(nr::fallocate, {3, 0, 0, 4096})) == -EOPNOTSUPP_);
  CHECK(part(late, call(nr::fallocate, {3, 1, 0, 4096})) == -EOPNOTSUPP_);
  CHECK_FALSE(models::sentry_part(late, call(nr::fallocate, {3, 0, 0, 4096})));
  CHECK_FALSE(models::sentry_part(old, call(nr::fallocate, {3, 0, 0, 0})));
  CHECK(part(old, call(nr::lseek, {3, 0, SEEK_HOLE})) == -EINVAL_);
  CHECK_FALSE(models::sentry_part(old, call(nr::lseek, {3, 0, SEEK_END})));
  CHECK(part(old, call(nr::prctl, {PR_SET_DUMPABLE, 1})) == -EINVAL_);
  CHECK_FALSE(models::sentry_part(late, call(nr::prctl, {PR_SET_DUMPABLE, 1})));
  CHECK(part(late, call(nr::prctl, {PR_SET_CHILD_SUBREAPER, 1})) == -EINVAL_);
  CHECK_FALSE(models::sentry_part(old, call(nr::prctl, {PR_SET_NAME})));
  CHECK(part(old, call(nr::fcntl, {3, F_GETLK})) == -EINVAL_);
  CHECK_FALSE(models::sentry_part(old, call(nr::fcntl, {3, F_SETLK})));
  CHECK_FALSE(models::sentry_part(old, call(kUnknownSyscall)));
}

TEST_CASE("a known difference has a reason, and only for the answer that gVisor gives",
          "[sentry][syscalls]") {
  const Release old = Release::r20190304;
  CHECK(models::known_difference(old, call(nr::statx), -ENOSYS_) == "not in gVisor 20190304.1");
  CHECK(models::known_difference(old, call(nr::statx), -EINVAL_).empty());
  CHECK(models::known_difference(old, call(nr::bpf), -EPERM_).find("CAP_SYS_ADMIN") !=
        std::string_view::npos);
  CHECK_FALSE(models::known_difference(old, call(nr::bpf), -ENOSYS_).empty());
  CHECK_FALSE(models::known_difference(old, call(kUnknownSyscall), -ENOSYS_).empty());
  CHECK(models::known_difference(old, call(nr::read), -EIO_).empty());
  CHECK_FALSE(models::known_difference(old, call(nr::lseek, {3, 0, SEEK_DATA}), -EINVAL_).empty());
  CHECK(models::known_difference(old, call(nr::lseek, {3, 0, SEEK_DATA}), -ENXIO_).empty());
  CHECK_FALSE(models::known_difference(old, call(nr::ioctl, {3, FS_IOC_FIEMAP}), -ENOTTY_).empty());
  CHECK(models::known_difference(old, call(nr::ioctl, {3, FIONREAD}), -ENOTTY_).empty());
  for (SysNr number = 0; number < kSyscallLimit; ++number) {
    const SentryAnswer answer = models::sentry_call(old, number);
    if (answer.kind == Kind::implemented) continue;
    CAPTURE(number);
    CHECK_FALSE(models::known_difference(old, call(number), -answer.error).empty());
  }
}
