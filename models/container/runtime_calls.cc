#include "models/container/runtime_calls.h"

#include <fmt/core.h>

#include <stdexcept>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/file.h"

namespace isosim::models {

using kernel::Sys;
using kernel::SysNr;
namespace nr = kernel::nr;

namespace {

constexpr std::uint64_t kAtFdCwd = static_cast<std::uint64_t>(-100);

[[noreturn]] void fail(const Sys& sys, std::int64_t result) {
  std::string what;
  for (const kernel::Payload& payload : sys.at)
    if (const auto* text = std::get_if<std::string_view>(&payload); text && !text->empty())
      what += (what.empty() ? " on " : ", ") + std::string(*text);
  throw std::runtime_error(fmt::format("container runtime: {} failed with errno {}{}",
                                       kernel::syscall_name(sys.nr), -result, what));
}

}  // namespace

std::int64_t RuntimeCalls::attempt(SysNr number, Arguments args, Texts texts) {
  Sys sys;
  sys.nr = number;
  sys.arg = args;
  for (const auto& [at, text] : texts) {
    sys.at[at] = text;
    if (sys.arg[at] == 0) sys.arg[at] = buffer_;
  }
  return run(sys);
}

std::int64_t RuntimeCalls::run(Sys& sys) {
  const std::int64_t result = kernel().syscall(thread_, sys);
  if (thread_.state == kernel::RunState::dead) throw ProcessEnded();
  return result;
}

std::int64_t RuntimeCalls::call(SysNr number, Arguments args, Texts texts) {
  const std::int64_t result = attempt(number, args, texts);
  if (result >= 0) return result;
  Sys sys;
  sys.nr = number;
  for (const auto& [at, text] : texts) sys.at[at] = text;
  fail(sys, result);
}

std::int64_t RuntimeCalls::call(Sys& sys) {
  const std::int64_t result = run(sys);
  if (result < 0) fail(sys, result);
  return result;
}

// Go's os.MkdirAll: a stat first, and the parents only if there is nothing.
void RuntimeCalls::make_directories(std::string_view path) {
  if (attempt(nr::stat, {0, buffer_}, {{0, path}}) == 0) return;
  const std::size_t slash = path.rfind('/');
  if (slash != 0 && slash != std::string_view::npos) make_directories(path.substr(0, slash));
  Sys sys;
  sys.nr = nr::mkdir;
  sys.arg = {buffer_, 0755};
  sys.at[0] = path;
  const std::int64_t result = run(sys);
  // Another runtime may have been faster (Go's os.MkdirAll).
  if (result < 0 && result != -kernel::EEXIST_) fail(sys, result);
}

void RuntimeCalls::mount(std::string_view source, std::string_view target, std::string_view type,
                         std::uint64_t flags, std::string_view data) {
  call(nr::mount, {0, 0, 0, flags, 0}, {{0, source}, {1, target}, {2, type}, {4, data}});
}

std::int32_t RuntimeCalls::open(std::string_view path, std::uint64_t flags) {
  return static_cast<std::int32_t>(
      call(nr::openat, {kAtFdCwd, 0, flags | kernel::open_flag::cloexec, 0}, {{1, path}}));
}

void RuntimeCalls::close(std::int32_t fd) { call(nr::close, {static_cast<std::uint64_t>(fd)}); }

void RuntimeCalls::write(std::int32_t fd, std::uint64_t bytes) {
  call(nr::write, {static_cast<std::uint64_t>(fd), buffer_, bytes});
}

std::int64_t RuntimeCalls::read(std::int32_t fd, std::uint64_t bytes) {
  return call(nr::read, {static_cast<std::uint64_t>(fd), buffer_, bytes});
}

std::array<std::int32_t, 2> RuntimeCalls::pipe() {
  Sys sys;
  sys.nr = nr::pipe2;
  sys.arg = {buffer_, kernel::open_flag::cloexec};
  call(sys);
  return sys.out.fds;
}

std::array<std::int32_t, 2> RuntimeCalls::socket_pair() {
  constexpr std::uint64_t kUnix = 1, kStream = 1;
  Sys sys;
  sys.nr = nr::socketpair;
  sys.arg = {kUnix, kStream | kernel::open_flag::cloexec, 0, buffer_};
  call(sys);
  return sys.out.fds;
}

std::int32_t RuntimeCalls::clone(std::uint64_t flags, std::function<void(kernel::Thread&)> body) {
  constexpr std::uint64_t kSigChld = 17;
  return thread_of_process(flags | kSigChld, std::move(body));
}

std::int32_t RuntimeCalls::thread_of_process(std::uint64_t flags, std::function<void(kernel::Thread&)> body) {
  Sys sys;
  sys.nr = nr::clone;
  sys.arg = {flags};
  sys.at[0] = kernel::ChildEntry{[run = std::move(body)](kernel::Thread& child) {
    try {
      run(child);
    } catch (const ProcessEnded&) {
    }
  }};
  return static_cast<std::int32_t>(call(sys));
}

void RuntimeCalls::wait_for(std::int32_t pid) { call(nr::wait4, {static_cast<std::uint64_t>(pid)}); }

kernel::Address map_buffer(kernel::Thread& thread, std::uint64_t bytes) {
  constexpr std::uint64_t kReadWrite = 3, kPrivateAnonymous = 0x22;
  RuntimeCalls calls(thread, 0);
  return static_cast<kernel::Address>(
      calls.call(nr::mmap, {0, bytes, kReadWrite, kPrivateAnonymous, ~std::uint64_t{0}, 0}));
}

}  // namespace isosim::models
