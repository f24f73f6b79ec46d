#include "workloads/micro/programs.h"

#include <stdexcept>

#include "kernel-model/abi/syscall_names.h"
#include "workloads/micro/malloc.h"
#include "workloads/micro/workload.h"

namespace isosim::workloads::programs {

namespace nr = kernel::nr;

namespace {

constexpr std::uint64_t kCreateReadWrite = 0100 | 02;  // O_CREAT|O_RDWR
constexpr std::uint64_t kSeekEnd = 2;                  // SEEK_END
constexpr std::uint64_t kCallsPerPass = 1000;          // then back to the start of the file
constexpr std::uint64_t kLoopCycles = 10;              // counter, compare, branch, the C library's wrapper

std::string file_path(const Program& program, models::Stack& stack) {
  return stack.storage(program.text("storage")) + "/isosim-file";
}

void create_file(Program& program, std::uint64_t size) {
  kernel::InitialFile file;
  file.path = file_path(program, program.stack());
  file.mode = 0100644;
  file.size = size;
  if (const std::int64_t error = program.stack().populate(file); error != 0)
    throw std::runtime_error("cannot create " + file.path + " on this platform: errno " +
                             std::to_string(-error));
}

// A page-aligned buffer whose pages are there, as a program's static buffer is after its first use.
kernel::Address make_buffer(Program& program, std::uint64_t size) {
  constexpr std::uint64_t kReadWriteProtection = 3, kPrivateAnonymous = 0x22;
  const std::int64_t address =
      program.call(nr::mmap, {0, size, kReadWriteProtection, kPrivateAnonymous, UINT64_MAX, 0});
  program.touch(static_cast<kernel::Address>(address), size, true);
  return static_cast<kernel::Address>(address);
}

// Runs `operation` for a tenth of the count unmeasured, then count times measured.
template <class F>
void repeat(Program& program, F&& operation) {
  const std::uint64_t count = program.number("count");
  for (std::uint64_t i = 0; i < count / 10; ++i) operation(i);
  for (std::uint64_t i = 0; i < count; ++i) {
    program.measure([&] {
      program.compute(kLoopCycles);
      operation(i);
    });
  }
}

void transfer(Program& program, kernel::SysNr call) {
  const std::uint64_t size = program.number("size");
  // The authors' program for reads fills a buffer of the file's size before: docs/gvisor/sentry.md, 0.6.
  const std::uint64_t buffer = make_buffer(program, call == nr::read ? size * kCallsPerPass : size);
  const auto fd = static_cast<std::uint64_t>(
      program.call(nr::open, {0, kCreateReadWrite, 0644}, file_path(program, program.stack()), 0));
  const std::uint64_t count = program.number("count");
  if (call == nr::read && program.call(nr::lseek, {fd, 0, kSeekEnd}) == 0)
    for (std::uint64_t i = 0; i < kCallsPerPass; ++i) program.call(nr::write, {fd, buffer + i * size, size});
  std::uint64_t done = 0;
  const auto once = [&] {
    if (done++ % kCallsPerPass == 0) program.call(nr::lseek, {fd, 0, 0});
    program.compute(kLoopCycles);
    program.call(call, {fd, buffer, size});
  };
  // One pass brings the file's pages and the caches into the state that all later passes meet.
  for (std::uint64_t i = 0; i < kCallsPerPass; ++i) once();
  for (std::uint64_t i = 0; i < count; ++i) program.measure(once);
}

}  // namespace

void prepare_small_file(Program& program) { create_file(program, 4096); }
void prepare_large_file(Program& program) {
  // A sandbox's own tmpfs is empty when its first program starts.
  if (program.text("storage") != "sentry-tmpfs") create_file(program, program.number("size") * kCallsPerPass);
}

void getuid(Program& program) {
  repeat(program, [&](std::uint64_t) { program.call(nr::getuid, {}); });
}

// Which server answers is the platform's affair; the program makes the same call.
void prepare_time_server(Program& program) {
  static const std::map<std::string, models::TimeServer> servers{{"sentry", models::TimeServer::sentry},
                                                                 {"host", models::TimeServer::host},
                                                                 {"gofer", models::TimeServer::gofer}};
  const std::string by = program.text("served-by");
  const auto server = servers.find(by);
  if (server == servers.end())
    throw std::invalid_argument("--arg served-by=" + by + ": want sentry, host or gofer");
  if (!program.stack().serve_time(server->second) && server->second != models::TimeServer::sentry)
    program.note("served-by=" + by + " means nothing here: one kernel answers every call");
}

void gettimeofday(Program& program) {
  const kernel::Address buffer = make_buffer(program, 4096);
  repeat(program, [&](std::uint64_t) { program.call(nr::gettimeofday, {buffer, 0}); });
}

void open_close(Program& program) {
  const std::string path = file_path(program, program.stack());
  repeat(program, [&](std::uint64_t) {
    const auto fd = static_cast<std::uint64_t>(program.call(nr::open, {0, kCreateReadWrite, 0644}, path, 0));
    program.call(nr::close, {fd});
  });
}

void read(Program& program) { transfer(program, nr::read); }
void write(Program& program) { transfer(program, nr::write); }

void malloc(Program& program) {
  const std::uint64_t size = program.number("size");
  Malloc heap(program);
  repeat(program, [&](std::uint64_t) { heap.allocate(size); });
}

void malloc_touch(Program& program) {
  constexpr std::uint64_t kPage = 4096;
  const std::uint64_t size = program.number("size");
  Malloc heap(program);
  repeat(program, [&](std::uint64_t) {
    const kernel::Address block = heap.allocate(size);
    for (std::uint64_t offset = 0; offset < size; offset += kPage) program.touch(block + offset, 1, true);
  });
}

}  // namespace isosim::workloads::programs
