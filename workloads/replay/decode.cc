#include "workloads/replay/decode.h"

#include <charconv>

#include "kernel-model/abi/syscall_names.h"

namespace isosim::workloads {

using kernel::Sys;
using traces::Arg;

namespace {

constexpr std::uint64_t kMaxArgs = 6;
constexpr std::uint64_t kFutexWaitBitset = 9;  // FUTEX_WAIT_BITSET, and FUTEX_WAKE_BITSET after it

}  // namespace

kernel::Address user_address(std::int64_t recorded, const ProcessMaps& maps, const ScratchArea& scratch) {
  constexpr std::int64_t kMapMin = 65536;  // vm.mmap_min_addr: nothing can be mapped below
  if (recorded >= 0 && recorded < kMapMin) return static_cast<kernel::Address>(recorded);
  const std::uint64_t mapped = maps.addresses->translate(static_cast<std::uint64_t>(recorded));
  return mapped != 0 ? mapped : scratch.base;
}

namespace {

// An area of the address space that a call changes.
kernel::Address area_address(std::int64_t recorded, const ProcessMaps& maps, const ScratchArea& scratch) {
  constexpr std::uint64_t kPlace = 0x3FF000;  // keeps the order and distance of most areas of one program
  if (recorded == 0) return 0;
  const std::uint64_t mapped = maps.addresses->translate(static_cast<std::uint64_t>(recorded));
  return mapped != 0 ? mapped : scratch.image + (static_cast<std::uint64_t>(recorded) & kPlace);
}

}  // namespace

// Words of the program's own data, which no call mapped: each keeps its place in the scratch area, or a wake
// of one would find who waits for another. 64 KiB of it, so that no pages are touched that the program has
// not.
kernel::Address futex_word(std::int64_t recorded, const ProcessMaps& maps, const ScratchArea& scratch) {
  constexpr std::uint64_t kPlace = 0xFFFF;
  const kernel::Address address = user_address(recorded, maps, scratch);
  return address == scratch.base && recorded != 0 ? address + (static_cast<std::uint64_t>(recorded) & kPlace)
                                                  : address;
}

void Decoder::decode(const traces::Event& event, const ProcessMaps& maps, const ScratchArea& scratch,
                     Sys& sys) {
  for (std::size_t i = 0; payloads_ >> i != 0; ++i)
    if (payloads_ >> i & 1) sys.at[i] = std::monostate{};
  payloads_ = 0;
  sys.nr = event.nr;
  sys.arg = {};
  sys.defaulted = false;
  constexpr std::uint64_t kMostPolled = 1 << 16;
  polled_ = event.argc > 1 ? std::min(static_cast<std::uint64_t>(event.args[1].value), kMostPolled) : 0;
  const std::string_view kinds = signature(event.nr).args;
  const std::size_t count = std::min<std::size_t>({kinds.size(), event.argc, kMaxArgs});
  for (std::size_t i = 0; i < count; ++i) decode_argument(kinds[i], event.args[i], i, maps, scratch, sys);
  // A place that the program knows to be free: what stands for unknown areas is not.
  if (event.nr == kernel::nr::shmat && event.argc > 1) {
    const auto place = static_cast<std::uint64_t>(event.args[1].value);
    if (maps.addresses->translate(place) == 0) sys.arg[1] = place;
  }
  // strace leaves out futex's unused second address before the bit set.
  if (event.nr == kernel::nr::futex && event.argc == 5 && (sys.arg[1] & 0x7F) >= kFutexWaitBitset)
    sys.arg[5] = static_cast<std::uint64_t>(event.args[4].value);
}

std::string_view Decoder::replayed_path(std::string_view recorded, int pid_space,
                                        std::string& storage) const {
  if (relocation_.moves(recorded)) return storage.assign(relocation_.to).append(recorded);
  constexpr std::string_view kProc = "/proc/", kSelf = "self", kTask = "/task/";
  if (!recorded.starts_with(kProc)) return recorded;
  // A process, and a thread of it, by number.
  storage = kProc;
  std::string_view rest = recorded.substr(kProc.size());
  const auto take_number = [&] {
    std::int32_t number = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error != std::errc{} || (end != rest.data() + rest.size() && *end != '/')) return false;
    storage += std::to_string(ids_.emulated(pid_space, number));
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    return true;
  };
  const auto take = [&](std::string_view text) {
    if (!rest.starts_with(text)) return false;
    storage += text;
    rest.remove_prefix(text.size());
    return true;
  };
  if ((take_number() || take(kSelf)) && take(kTask)) take_number();
  return storage.append(rest);
}

void Decoder::decode_argument(char kind, const Arg& arg, std::size_t i, const ProcessMaps& maps,
                              const ScratchArea& scratch, Sys& sys) {
  std::uint64_t& reg = sys.arg[i];
  switch (kind) {
    case 'F':
    case 'D':
      reg = static_cast<std::uint64_t>(maps.fds->translate(static_cast<std::int32_t>(arg.value)));
      return;
    case 'z': {
      const auto id = static_cast<std::int32_t>(arg.value);
      const bool group = id < -1;  // kill, wait4: by the number of its leader
      reg = static_cast<std::uint64_t>(group ? -ids_.emulated_group(maps.pid_space, -id)
                                             : ids_.emulated(maps.pid_space, id));
      return;
    }
    case 'g':
      reg = static_cast<std::uint64_t>(
          ids_.emulated_group(maps.pid_space, static_cast<std::int32_t>(arg.value)));
      return;
    case 'h':
    case 'j':
    case 'q':
      reg = static_cast<std::uint64_t>(ids_.chosen(kind)->emulated(static_cast<std::int32_t>(arg.value)));
      return;
    case 'c': {  // ~pid << 3 | kind, include/linux/posix-timers.h
      const auto clock = static_cast<std::int32_t>(arg.value);
      const std::int32_t task = ~(clock >> 3);
      const bool of_task = clock < 0 && (clock & 3) != 3 && task != 0;
      reg = of_task ? static_cast<std::uint64_t>(std::int64_t{~ids_.emulated(maps.pid_space, task)} * 8 |
                                                 (clock & 7))
                    : static_cast<std::uint64_t>(arg.value);
      return;
    }
    case 'A':
      reg = area_address(arg.value, maps, scratch);
      return;
    case 'u':
      reg = futex_word(arg.value, maps, scratch);
      return;
    case 'a':
    case 'b':
      reg = arg.kind == Arg::Kind::integer ? user_address(arg.value, maps, scratch) : scratch.base;
      if (kind == 'a' || arg.kind != Arg::Kind::string) return;
      payloads_ |= static_cast<std::uint8_t>(1u << i);
      sys.at[i] = arg.text;
      return;
    case 'p':
    case 's':
      reg = arg.kind == Arg::Kind::string ? scratch.base : static_cast<std::uint64_t>(arg.value);
      if (arg.kind != Arg::Kind::string) return;
      payloads_ |= static_cast<std::uint8_t>(1u << i);
      sys.at[i] = kind == 'p' ? replayed_path(arg.text, maps.pid_space, moved_[i]) : arg.text;
      return;
    case 'n':
      // A pointer where most uses of the call have a number (prctl): strace prints what it points to.
      reg = arg.kind == Arg::Kind::integer || arg.kind == Arg::Kind::missing
                ? static_cast<std::uint64_t>(arg.value)
                : scratch.base;
      return;
    case 'o':
    case 'l':
      reg = arg.kind == Arg::Kind::structure ? scratch.base : static_cast<std::uint64_t>(arg.value);
      if (arg.kind == Arg::Kind::structure) decode_structure(kind, arg, i, maps, scratch, sys);
      return;
    default:
      if (arg.kind == Arg::Kind::integer) {
        reg = user_address(arg.value, maps, scratch);  // NULL, or a pointer that strace could not follow
        return;
      }
      if (arg.kind == Arg::Kind::missing) return;
      reg = scratch.base;
      if (kind != '-') decode_structure(kind, arg, i, maps, scratch, sys);
  }
}

}  // namespace isosim::workloads
