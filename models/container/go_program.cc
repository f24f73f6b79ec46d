#include "models/container/go_program.h"

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/inode.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/mm/memory_manager.h"
#include "kernel-model/mm/mm.h"
#include "kernel-model/process/namespaces.h"
#include "sim/params.h"

namespace isosim::models {

namespace nr = kernel::nr;
using kernel::Address;
using kernel::kPage;
using kernel::Thread;

namespace {

// Measured where sources say so: Debian 12's docker.io 20.10, containerd 1.6 and runc 1.1 asked for their
// version, 6 programs of 6 to 75 MB, on an AMD EPYC guest (getrusage, smaps at their exit).
const sim::Param text_touched{"container.go_text_touched",
                              "share",
                              0.1,
                              1,
                              0.6,
                              "of the code and read-only data of a runtime's binary that its start touches, "
                              "counted in windows of fault-around",
                              "measured: 0.55 to 0.82, the large ones less"};
const sim::Param pages_written{"container.go_pages_written",
                               "pages/MB",
                               5,
                               200,
                               35,
                               "that the start of a program in Go writes, for each MB of its binary",
                               "measured: 28 to 43, a tenth of them in its data, the rest heap and stacks"};

const sim::Param init_of_a_megabyte{
    "container.go_init",
    "us/MB",
    50,
    1000,
    400,
    "computation of package init functions before main(), for each MB of a Go program's binary",
    "measured: 195 to 591, 400 over all their MB; they build tables, compile regular expressions, register "
    "descriptors of protocol buffers"};

constexpr std::uint64_t kFaultAround = 64 << 10;  // fault_around_bytes, mm/memory.c
constexpr std::uint64_t kArena = 64 << 20;        // heapArenaBytes, malloc.go
constexpr std::uint64_t kReadWrite = 3, kPrivateAnonymous = 0x22, kNoDescriptor = ~std::uint64_t{0};
// sigtable (sigtab_linux_generic.go): all signals but KILL, STOP, CONT, TSTP, TTIN and TTOU.
constexpr int kSignals = 64, kSignalsLeftAlone[] = {9, 18, 19, 20, 21, 22};

void touch(Thread& t, Address address, bool write) { t.kernel.touch(t, address, 1, write); }

// Pages that the start writes: of the binary's own data, and of fresh memory.
struct Written {
  std::uint64_t data, fresh;
};

Written written(const kernel::Kernel& kernel, std::uint64_t bytes) {
  const auto all =
      static_cast<std::uint64_t>(kernel.settings.get(pages_written) * static_cast<double>(bytes) / 1e6);
  return {all / 10, all - all / 10};
}

// The binary's code and read-only data are 9 parts of 10, then comes what is written
// (MemoryManager::map_program).
void touch_binary(RuntimeCalls& calls, std::uint64_t pages, std::uint64_t written_pages) {
  Thread& t = calls.thread();
  const std::uint64_t data = pages / 10, text = pages - data;
  const Address start = t.process->mm->start_brk - (pages + 1) * kPage;
  const double share = calls.kernel().settings.get(text_touched);
  double due = 0;
  for (std::uint64_t at = 0; at < text * kPage; at += kFaultAround) {
    due += share;
    if (due < 1) continue;
    due -= 1;
    touch(t, start + at, false);
  }
  for (std::uint64_t page = 0; page < std::min(written_pages, data); ++page)
    touch(t, start + (text + page) * kPage, true);
}

// osinit, mallocinit.
void make_heap(RuntimeCalls& calls, std::uint64_t fresh) {
  calls.call(nr::arch_prctl, {0x1002, 0x600000});
  calls.attempt(nr::sched_getaffinity, {0, 8192, 0});
  // Not there in a root of its own.
  const std::int64_t huge = calls.attempt(nr::openat, {static_cast<std::uint64_t>(-100), 0, 0, 0},
                                          {{1, "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size"}});
  if (huge >= 0) {
    calls.read(static_cast<std::int32_t>(huge), 20);
    calls.close(static_cast<std::int32_t>(huge));
  }
  const auto map = [&](std::uint64_t bytes) {
    return static_cast<Address>(
        calls.call(nr::mmap, {0, bytes, kReadWrite, kPrivateAnonymous, kNoDescriptor, 0}));
  };
  // Tables of the allocator and of the profiler; the first arena, of which initialisation uses the beginning.
  for (const std::uint64_t bytes :
       {256u << 10, 512u << 10, 32u << 20, 2u << 20, 64u << 10, 64u << 10, 576u << 10})
    touch(calls.thread(), map(bytes), true);
  const Address arena = map(kArena);
  for (std::uint64_t page = 0; page < fresh; ++page) touch(calls.thread(), arena + page * kPage, true);
}

// minit and initsig: each signal's action is read, then the runtime's handler installed.
void take_signals(RuntimeCalls& calls) {
  calls.call(nr::rt_sigprocmask, {2, 0, 0, 8});
  calls.call(nr::sigaltstack, {});
  calls.call(nr::gettid, {});
  for (int signal = 1; signal <= kSignals; ++signal) {
    if (std::find(std::begin(kSignalsLeftAlone), std::end(kSignalsLeftAlone), signal) !=
        std::end(kSignalsLeftAlone))
      continue;
    const auto number = static_cast<std::uint64_t>(signal);
    calls.call(nr::rt_sigaction, {number, 0, 1, 8});
    kernel::Sys set;
    set.nr = nr::rt_sigaction;
    set.arg = {number, 1, 0, 8};
    // SIGINFO, ONSTACK, RESTART, RESTORER
    set.at[1] = kernel::SignalAction{kernel::SignalAction::Kind::handler, ~0ull, 0x1C000004};
    calls.call(set);
  }
}

// newm(): a thread of the runtime that sleeps on its futex. It ends with the process.
void start_thread(RuntimeCalls& calls, Address note) {
  constexpr std::uint64_t kWaitPrivate = 128;
  using namespace kernel::clone_flag;
  calls.thread_of_process(vm | fs | files | sighand | thread | sysvsem, [note](Thread& sleeper) {
    RuntimeCalls own(sleeper, note);
    own.call(nr::sigaltstack, {});
    own.call(nr::gettid, {});
    for (;;) own.attempt(nr::futex, {note, kWaitPrivate, 0});
  });
}

}  // namespace

void install_go_program(kernel::Vfs& vfs, kernel::FsContext& files, const std::string& path,
                        std::uint64_t bytes) {
  vfs.populate(files, {.path = path, .mode = kernel::file_mode::regular | 0755, .size = bytes});
}

void exec_program(RuntimeCalls& calls, std::string_view path) {
  kernel::Sys exec;
  exec.nr = nr::execve;
  kernel::ExecImage image;
  image.path = path;
  image.argument_bytes = 1024;  // flags of the runtime, a short environment
  exec.at[0] = std::move(image);
  calls.call(exec);
}

RuntimeCalls start_go_runtime(Thread& t, int threads, std::uint64_t buffer_bytes) {
  RuntimeCalls calls(t, map_buffer(t, buffer_bytes));
  const kernel::Inode& binary = *t.process->exe->inode();
  const std::uint64_t bytes = binary.size;
  const Written pages = written(t.kernel, bytes);
  touch_binary(calls, (bytes + kPage - 1) / kPage, pages.data);
  make_heap(calls, pages.fresh);
  take_signals(calls);
  const Address notes = map_buffer(t, kPage);
  for (int i = 0; i < threads; ++i) start_thread(calls, notes + 4 * static_cast<Address>(i));
  const double microseconds = t.kernel.settings.get(init_of_a_megabyte) * static_cast<double>(bytes) / 1e6;
  t.kernel.compute(t, sim::nanoseconds(static_cast<std::int64_t>(microseconds * 1000)));
  return calls;
}

RuntimeCalls exec_go_program(RuntimeCalls& calls, std::string_view path, int threads,
                             std::uint64_t buffer_bytes) {
  exec_program(calls, path);
  return start_go_runtime(calls.thread(), threads, buffer_bytes);
}

}  // namespace isosim::models
