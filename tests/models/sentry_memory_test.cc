// Memory of a sandboxed program that is given back: MemoryManager.Decommit (pkg/sentry/mm/syscalls.go),
// FileMem.runReclaim (pkg/sentry/platform/filemem/filemem.go).
#include "tests/models/sandboxed_program.h"

namespace isosim::test {

namespace {

constexpr std::uint64_t kBytes = 1 << 20, kPages = kBytes / 4096;
constexpr std::uint64_t kDontNeed = 4;

std::uint64_t touch(SandboxedProgram& s, kernel::Address memory, std::uint64_t bytes) {
  const std::uint64_t before = s.stack->exits().page_fault;
  CHECK(s.stack->target().touch(*s.thread, memory, bytes, true) == 0);
  return s.stack->exits().page_fault - before;
}

}  // namespace

TEST_CASE("MADV_DONTNEED punches a hole while the caller waits, and keeps the mapping", "[gvisor]") {
  const std::string platform = GENERATE("gvisor-kvm", "gvisor-ptrace");
  SandboxedProgram s(platform);
  s.run([&](kernel::Thread&) {
    const kernel::Address memory = s.map(kBytes);
    touch(s, memory, kBytes);
    CHECK(touch(s, memory, kBytes) == 0);
    s.rest();
    auto begun = s.count([&] { CHECK(s.call(nr::madvise, {memory, kBytes / 2, kDontNeed}) == 0); });
    CHECK(begun["fallocate"] == 1);
    CHECK(begun["munmap"] == 0);  // of a stub
    CHECK(begun["zap_page_range_single"] >= 1);
    // All of it is touched again: the pages given back by EPT violations or faults of the stub.
    begun = s.count([&] {
      const std::uint64_t violations = touch(s, memory, kBytes);
      if (platform == "gvisor-kvm") CHECK(violations == kPages / 2);
    });
    if (platform != "gvisor-kvm") CHECK(begun["page_fault"] == static_cast<int>(kPages / 2));
  });
}

TEST_CASE("unmapped memory goes to the reclaimer, and its place is used again only after that", "[gvisor]") {
  SandboxedProgram s;
  s.run([&](kernel::Thread&) {
    const kernel::Address memory = s.map(kBytes);
    touch(s, memory, kBytes);
    s.rest();
    const auto begun = s.count([&] {
      CHECK(s.call(nr::munmap, {memory, kBytes}) == 0);
      s.rest();
    });
    CHECK(begun.at("fallocate") == 1);
    CHECK(begun.at("zap_page_range_single") >= 1);
    const kernel::Address again = s.map(kBytes);
    CHECK(touch(s, again, kBytes) == kPages);
  });
}

TEST_CASE("memory that a child shares is unmapped by MADV_DONTNEED, not punched", "[gvisor]") {
  SandboxedProgram s;
  s.run([&](kernel::Thread& t) {
    const kernel::Address memory = s.map(kBytes);
    touch(s, memory, kBytes);
    kernel::Sys fork;
    fork.nr = nr::clone;
    fork.arg[0] = 17;
    fork.at[0] = kernel::ChildEntry{[&](kernel::Thread& child) {
                                      kernel::Sys sleep;
                                      sleep.nr = nr::nanosleep;
                                      sleep.at[0] = kernel::Timespec{sim::milliseconds(50)};
                                      s.stack->target().syscall(child, sleep);
                                    },
                                    0};
    REQUIRE(s.call(fork) > 0);
    s.rest();
    auto begun = s.count([&] { CHECK(s.call(nr::madvise, {memory, kBytes, kDontNeed}) == 0); });
    CHECK(begun["fallocate"] == 0);
    CHECK(t.state == kernel::RunState::running);
  });
}

}  // namespace isosim::test
