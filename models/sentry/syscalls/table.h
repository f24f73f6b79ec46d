// Which system calls the Sentry implements, and what it answers to the others
// (pkg/sentry/syscalls/linux/linux64.go, from 20190806.1 on linux64_amd64.go, and
// pkg/sentry/syscalls/syscalls.go).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "kernel-model/abi/capability.h"
#include "kernel-model/abi/errno.h"
#include "kernel-model/abi/syscall.h"
#include "models/sentry/release.h"

namespace isosim::models {

struct SentryAnswer {
  enum class Kind : std::uint8_t {
    implemented,
    fixed_errno,       // whatever the arguments
    needs_capability,  // EPERM without it, `error` with it
    missing            // not in the table, or with no function
  };
  Kind kind = Kind::implemented;
  std::int64_t error = 0;  // positive
  kernel::Cap capability = kernel::Cap::chown;
};

// Counts: 20190304.1 has 299 entries. 229 are functions (the paper of HotCloud'19 says 211: without the 17
// that later releases call stubs, and syslog, which makes up its text, that many are left), 26 want a
// capability, 43 are errors, one is empty. 20190806.1 has 233 functions; with four of the twelve that came
// until 20200127.0 (tee, readahead, signalfd, signalfd4, say) they are the 237 that the paper of VEE'20
// counts in November 2019.
SentryAnswer sentry_call(Release release, kernel::SysNr nr);

// Whether what the Sentry does for an implemented call is modelled, and not only what Linux does for it:
// asynchronous I/O (sys_aio.go) runs each request on a goroutine of its own.
bool sentry_modelled(kernel::SysNr nr);

// An answer that depends on the arguments alone, of a call that is implemented.
struct SentryPart {
  std::int64_t result = 0;                     // or a negative errno
  bool descriptor = false;                     // EBADF goes before it: argument 0 must be an open descriptor
  std::string_view reason;                     // in what it is not Linux's
  std::optional<kernel::Cap> capability = {};  // EPERM goes before it
};

// Null if the call's function decides.
const SentryPart* sentry_part(Release release, const kernel::Sys& sys);

// Why gVisor is known to answer `returned` where Linux may have answered otherwise; empty if it is not.
std::string_view known_difference(Release release, const kernel::Sys& sys, std::int64_t returned);

}  // namespace isosim::models
