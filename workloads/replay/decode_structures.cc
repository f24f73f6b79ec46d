// The structures that strace prints as text, as payloads.
#include <algorithm>
#include <charconv>
#include <string>

#include "kernel-model/abi/syscall_names.h"
#include "traces/structure.h"
#include "workloads/replay/decode.h"

namespace isosim::workloads {

using kernel::Sys;
using traces::Arg;
using traces::elements;
using traces::field;
using traces::integer;

namespace {

// "[0x00000000000001, 0000000000000000, ...]": strace puts a mask's words in hexadecimal, zeros without 0x.
std::uint64_t first_word(std::string_view text) {
  std::uint64_t word = 0;
  text.remove_prefix(std::min(text.size(), text.find_first_not_of("[")));
  if (text.starts_with("0x")) text.remove_prefix(2);
  std::from_chars(text.data(), text.data() + text.size(), word, 16);
  return word;
}

std::int64_t number(std::string_view text, std::int64_t otherwise = 0) {
  return integer(text).value_or(otherwise);
}

// Dates (absolute deadlines) and spans that sim::Time cannot hold become 104 days, which no replay reaches.
sim::Time time_of(std::string_view text) {
  constexpr std::int64_t kLongest = 9'000'000, kSecond = 1'000'000'000;
  const auto within = [](std::int64_t value, std::int64_t limit) { return std::clamp(value, -limit, limit); };
  const std::string_view micro = field(text, "tv_usec");
  const std::int64_t nanos = micro.empty() ? within(number(field(text, "tv_nsec")), kSecond)
                                           : within(number(micro), kSecond / 1000) * 1000;
  return sim::nanoseconds(within(number(field(text, "tv_sec")), kLongest) * kSecond + nanos);
}

std::string unquoted(std::string_view text) {
  std::string out;
  traces::string(text, out);
  return out;
}

// What stands between quotes in inet_addr("127.0.0.1") and inet_pton(AF_INET6, "::1", ...).
std::string quoted_part(std::string_view text) {
  const std::size_t open = text.find('"');
  const std::size_t close = text.find('"', open + 1);
  if (open == std::string_view::npos || close == std::string_view::npos) return {};
  return std::string(text.substr(open + 1, close - open - 1));
}

kernel::SocketAddress socket_address(std::string_view text) {
  kernel::SocketAddress address;
  address.family = static_cast<std::uint16_t>(number(field(text, "sa_family")));
  std::string_view path = field(text, "sun_path");
  if (path.starts_with('@')) {
    address.path = std::string(1, '\0') + unquoted(path.substr(1));
  } else if (!path.empty()) {
    address.path = unquoted(path);
  }
  for (const traces::Field& part : traces::fields(text)) {
    if (part.name == "sin_port" || part.name == "sin6_port")
      address.port = static_cast<std::uint16_t>(number(part.value));
    if (part.name == "sin_addr" || part.value.starts_with("inet_pton"))
      address.host = quoted_part(part.value);
  }
  return address;
}

std::uint64_t signal_mask(std::string_view text) {
  const bool inverted = text.starts_with('~');
  std::uint64_t mask = 0;
  const std::size_t open = text.find('[');
  const std::size_t close = text.rfind(']');
  if (open == std::string_view::npos || close == std::string_view::npos) return 0;
  std::string_view names = text.substr(open + 1, close - open - 1);
  while (!names.empty()) {
    const std::size_t space = names.find(' ');
    const std::string_view name = names.substr(0, space);
    names = space == std::string_view::npos ? std::string_view{} : names.substr(space + 1);
    const std::int64_t signal =
        number(name.starts_with("SIG") ? std::string(name) : "SIG" + std::string(name));
    if (signal >= 1 && signal <= 64) mask |= std::uint64_t{1} << (signal - 1);
  }
  return inverted ? ~mask : mask;
}

kernel::SignalAction signal_action(std::string_view text) {
  kernel::SignalAction action;
  const std::string_view handler = field(text, "sa_handler");
  action.kind = handler == "SIG_DFL"   ? kernel::SignalAction::Kind::default_action
                : handler == "SIG_IGN" ? kernel::SignalAction::Kind::ignore
                                       : kernel::SignalAction::Kind::handler;
  action.mask = signal_mask(field(text, "sa_mask"));
  action.flags = static_cast<std::uint64_t>(number(field(text, "sa_flags")));
  return action;
}

kernel::SchedulingAttributes scheduling_attributes(std::string_view text) {
  const auto part = [text](std::string_view name) { return number(field(text, name)); };
  const auto size = [&](std::string_view name) { return static_cast<std::uint64_t>(part(name)); };
  kernel::SchedulingAttributes a;
  a.size = static_cast<std::uint32_t>(part("size"));
  a.policy = static_cast<std::int32_t>(part("sched_policy"));
  a.flags = size("sched_flags");
  a.nice = static_cast<std::int32_t>(part("sched_nice"));
  a.priority = static_cast<std::uint32_t>(part("sched_priority"));
  a.runtime = size("sched_runtime");
  a.deadline = size("sched_deadline");
  a.period = size("sched_period");
  a.beyond = size("sched_util_min") | size("sched_util_max");
  return a;
}

// 1<<CAP_CHOWN|1<<CAP_KILL|0x100000000, and 0.
std::uint64_t capabilities(std::string_view text) { return static_cast<std::uint64_t>(number(text)); }

// {sigev_signo=SIGUSR1, sigev_notify=SIGEV_SIGNAL}; with SIGEV_THREAD, mq_notify takes a netlink socket for a
// signal.
kernel::SignalEvent signal_event(std::string_view text, const FdMap& fds) {
  kernel::SignalEvent event;
  event.notify = static_cast<std::int32_t>(number(field(text, "sigev_notify"), -1));
  event.signal = static_cast<std::int32_t>(number(field(text, "sigev_signo")));
  if (event.notify == kernel::SignalEvent::by_thread) event.signal = fds.translate(event.signal);
  return event;
}

// [3<...> 4 5]: select's sets are separated by spaces.
std::vector<std::int32_t> descriptor_set(std::string_view text, const FdMap& fds) {
  std::vector<std::int32_t> set;
  std::size_t depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '<') ++depth;
    if (text[i] == '>' && depth > 0) --depth;
    if (depth != 0 || text[i] < '0' || text[i] > '9') continue;
    std::int32_t fd = 0;
    while (i < text.size() && text[i] >= '0' && text[i] <= '9') fd = fd * 10 + (text[i++] - '0');
    --i;
    set.push_back(fds.translate(fd));
  }
  return set;
}

// [5], and [5] => [10] where the call moved it on.
std::int64_t first_number(std::string_view text) {
  for (const traces::Field& element : elements(text))
    return number(element.value.substr(0, element.value.find("=>")));
  return 0;
}

// F_GETLK is printed with its answer in the place of the question: "unlocked" means that the lock could be
// had.
kernel::FileLock file_lock(std::string_view text, std::uint64_t command) {
  constexpr std::uint64_t kGetLk = 5, kOfdGetLk = 36;  // include/uapi/asm-generic/fcntl.h
  constexpr std::int16_t kWriteLock = 1, kUnlock = 2;
  kernel::FileLock lock;
  lock.type = static_cast<std::int16_t>(number(field(text, "l_type")));
  lock.whence = static_cast<std::int16_t>(number(field(text, "l_whence")));
  lock.start = number(field(text, "l_start"));
  lock.length = number(field(text, "l_len"));
  if ((command == kGetLk || command == kOfdGetLk) && lock.type == kUnlock) lock.type = kWriteLock;
  return lock;
}

// [1], {onoff=1, linger=5}, {tv_sec=5, tv_usec=0}.
kernel::Payload option_value(std::string_view text) {
  if (text.starts_with('[')) return kernel::OptionValue{static_cast<std::uint64_t>(first_number(text))};
  if (!field(text, "tv_sec").empty()) return kernel::Timespec{time_of(text)};
  const std::string_view on = field(text, "onoff").empty() ? field(text, "l_onoff") : field(text, "onoff");
  return kernel::OptionValue{static_cast<std::uint64_t>(number(on))};
}

std::vector<std::string> string_list(std::string_view text) {
  std::vector<std::string> list;
  for (const traces::Field& element : elements(text)) list.push_back(unquoted(element.value));
  return list;
}

// `0x7ffd.. /* 25 vars */`: strace -v prints the list, otherwise only how long it is.
std::size_t count_of_vars(std::string_view text) {
  const std::size_t comment = text.find("/* ");
  return comment == std::string_view::npos ? 0
                                           : static_cast<std::size_t>(std::atoi(text.data() + comment + 3));
}

}  // namespace

void Decoder::decode_iovec(std::string_view text, const ScratchArea& scratch,
                           std::vector<kernel::IoVec>& out) {
  out.clear();
  for (const traces::Field& element : elements(text))
    out.push_back({scratch.base, static_cast<std::uint64_t>(number(field(element.value, "iov_len")))});
}

// Addresses in another process, which mostly has its mappings from the same parent.
void Decoder::remote_segments(std::string_view text, const ProcessMaps& maps, const ScratchArea& scratch) {
  remote_.clear();
  for (const traces::Field& element : elements(text)) {
    const auto base = integer(field(element.value, "iov_base"));
    remote_.push_back({base ? user_address(*base, maps, scratch) : scratch.base,
                       static_cast<std::uint64_t>(number(field(element.value, "iov_len")))});
  }
}

kernel::MessageHeader Decoder::message_header(std::string_view text, const ProcessMaps& maps,
                                              const ScratchArea& scratch) {
  kernel::MessageHeader message;
  if (const std::string_view name = field(text, "msg_name"); name.starts_with('{'))
    message.name = socket_address(name);
  decode_iovec(field(text, "msg_iov"), scratch, message.iov);
  for (const traces::Field& control : elements(field(text, "msg_control"))) {
    if (field(control.value, "cmsg_type") != "SCM_RIGHTS") continue;
    for (const traces::Field& fd : elements(field(control.value, "cmsg_data")))
      message.fds.push_back(maps.fds->translate(static_cast<std::int32_t>(number(fd.value))));
  }
  return message;
}

// struct fiemap: "{fm_start=0, fm_length=4096, fm_flags=0, fm_extent_count=1} => {...}"
void Decoder::decode_extents(std::string_view text, Sys& sys) {
  constexpr std::uint64_t kFiemap = 0xC020660B;  // FS_IOC_FIEMAP
  if ((sys.arg[1] & 0xFFFFFFFF) != kFiemap) return;
  extents_.start = static_cast<std::uint64_t>(number(field(text, "fm_start")));
  extents_.length = static_cast<std::uint64_t>(number(field(text, "fm_length"), -1));
  extents_.flags = static_cast<std::uint32_t>(number(field(text, "fm_flags")));
  extents_.room = static_cast<std::uint32_t>(number(field(text, "fm_extent_count")));
  sys.at[2] = static_cast<kernel::IoctlArgument*>(&extents_);
}

// struct termios: "{c_iflag=ICRNL|IXON, ..., c_lflag=ISIG|ICANON}", or "{B38400 opost isig -icanon echo
// ...}".
void Decoder::decode_terminal(std::string_view text, int pid_space, Sys& sys) {
  constexpr std::uint64_t kTcsets = 0x5402, kTcsetsf = 0x5404, kSetGroup = 0x5410;
  if (sys.arg[1] == kSetGroup)
    sys.at[2] = kernel::FileOffset{
        static_cast<std::uint64_t>(ids_.emulated(pid_space, static_cast<std::int32_t>(first_number(text))))};
  if (sys.arg[1] < kTcsets || sys.arg[1] > kTcsetsf) return;
  const auto has = [text](std::string_view flag, std::string_view word) {
    for (const std::string_view name : {flag, word})
      for (std::size_t at = text.find(name); at != text.npos; at = text.find(name, at + 1)) {
        const char before = at == 0 ? ' ' : text[at - 1];
        const char after = at + name.size() < text.size() ? text[at + name.size()] : ' ';
        if ((before == '=' || before == '|' || before == ' ') &&
            std::string_view("|, }").find(after) != text.npos)
          return true;
      }
    return false;
  };
  const bool full = text.find("c_iflag") != text.npos;
  terminal_modes_.canonical = has("ICANON", "icanon");
  terminal_modes_.echo = has("ECHO", "echo");
  terminal_modes_.signals = has("ISIG", "isig");
  terminal_modes_.carriage_return_ends = !full || has("ICRNL", "icrnl");
  terminal_modes_.adds_carriage_return = has("OPOST", "opost") && (!full || has("ONLCR", "onlcr"));
  sys.at[2] = static_cast<kernel::IoctlArgument*>(&terminal_modes_);
}

// {aio_data=0, aio_lio_opcode=IOCB_CMD_PREAD, aio_fildes=3, aio_buf=0x1000, aio_nbytes=4096, aio_offset=0};
// strace before 4.23 leaves out "aio_", prints the command as "pread", and what is written in place of where.
kernel::AioControl Decoder::aio_control(std::string_view text, const ProcessMaps& maps,
                                        const ScratchArea& scratch) {
  kernel::AioControl control;
  control.mapped = text.starts_with('{');
  if (!control.mapped) return control;
  std::string_view opcode, buffer;
  for (const traces::Field& part : traces::fields(text)) {
    std::string_view name = part.name;
    if (name.starts_with("aio_")) name.remove_prefix(4);
    if (name == "data") control.data = static_cast<std::uint64_t>(number(part.value));
    if (name == "lio_opcode" || name.empty()) opcode = part.value;
    if (name == "fildes") control.fd = maps.fds->translate(static_cast<std::int32_t>(number(part.value, -1)));
    if (name == "buf" || name == "str" || name == "iovec") buffer = part.value;
    if (name == "nbytes") control.length = static_cast<std::uint64_t>(number(part.value));
    if (name == "offset") control.offset = number(part.value);
    if (name == "flags") control.flags = static_cast<std::uint32_t>(number(part.value));
    if (name == "resfd")
      control.eventfd = maps.fds->translate(static_cast<std::int32_t>(number(part.value, -1)));
  }
  constexpr std::string_view kOldNames[] = {"pread", "pwrite", "fsync",  "fdsync", "preadx",
                                            "poll",  "noop",   "preadv", "pwritev"};
  const auto* old = std::find(std::begin(kOldNames), std::end(kOldNames), opcode);
  control.opcode = old != std::end(kOldNames) ? static_cast<std::uint32_t>(old - std::begin(kOldNames))
                                              : static_cast<std::uint32_t>(number(opcode, -1));
  if (buffer.starts_with('[')) {
    decode_iovec(buffer, scratch, control.segments);
  } else {
    const auto address = integer(buffer);
    control.buffer = address ? user_address(*address, maps, scratch) : scratch.base;
  }
  return control;
}

void Decoder::decode_structure(char kind, const Arg& arg, std::size_t i, const ProcessMaps& maps,
                               const ScratchArea& scratch, Sys& sys) {
  const std::string_view text = arg.text;
  kernel::Payload& at = sys.at[i];
  payloads_ |= static_cast<std::uint8_t>(1u << i);
  switch (kind) {
    case 'v':
      decode_iovec(text, scratch, iovecs_);
      at = std::span<const kernel::IoVec>(iovecs_);
      break;
    case 'W':
      remote_segments(text, maps, scratch);
      at = std::span<const kernel::IoVec>(remote_);
      break;
    case 'P':
      pollfds_.clear();
      for (const traces::Field& element : elements(text))
        pollfds_.push_back(
            {maps.fds->translate(static_cast<std::int32_t>(number(field(element.value, "fd"), -1))),
             static_cast<std::uint16_t>(number(field(element.value, "events"))), 0});
      at = std::span<const kernel::PollFd>(pollfds_);
      break;
    case 'w': {  // select: the kernel takes all three sets from the first pointer that is not null
      std::size_t first = 1;
      while (first < i && !std::holds_alternative<kernel::FdSets>(sys.at[first])) ++first;
      if (first == i) at = kernel::FdSets{};
      auto& sets = std::get<kernel::FdSets>(sys.at[first]);
      (i == 1 ? sets.read : i == 2 ? sets.write : sets.except) = descriptor_set(text, *maps.fds);
      break;
    }
    case 'S': {
      kernel::SocketAddress address = socket_address(text);
      address.port = ids_.emulated_port(address.port);
      at = std::move(address);
      break;
    }
    case 'M':
      at = message_header(text, maps, scratch);
      break;
    case 'm':
      messages_.clear();
      for (const traces::Field& element : elements(text))
        messages_.push_back(message_header(field(element.value, "msg_hdr"), maps, scratch));
      at = std::span<const kernel::MessageHeader>(messages_);
      break;
    case 'Q':
      operations_.clear();
      for (const traces::Field& element : elements(text))
        operations_.push_back({static_cast<std::uint16_t>(number(field(element.value, "sem_num"))),
                               static_cast<std::int16_t>(number(field(element.value, "sem_op"))),
                               static_cast<std::uint16_t>(number(field(element.value, "sem_flg")))});
      at = std::span<const kernel::SemOp>(operations_);
      break;
    case 'y':
      at = kernel::SysvMessage{number(field(text, "mtype"))};
      break;
    case 'R':
      if (const std::string_view limit = field(text, "msg_qbytes"); !limit.empty())
        at = kernel::OptionValue{static_cast<std::uint64_t>(number(limit))};
      break;
    case 'Y':
      controls_.clear();
      for (const traces::Field& element : elements(text))
        controls_.push_back(aio_control(element.value, maps, scratch));
      at = std::span<const kernel::AioControl>(controls_);
      break;
    case 't':
    case 'T':
      at = kernel::Timespec{time_of(text)};
      break;
    case 'i':
    case 'I':
      at = kernel::Itimer{time_of(field(text, "it_interval")), time_of(field(text, "it_value"))};
      break;
    case 'k':
      at = kernel::SignalSet{signal_mask(text)};
      break;
    case 'N':
      at = kernel::SignalSet{first_word(text)};
      break;
    case 'K':
      at = signal_action(text);
      break;
    case 'e':
      at = kernel::EpollEvent{static_cast<std::uint32_t>(number(field(text, "events"))),
                              static_cast<std::uint64_t>(number(field(field(text, "data"), "u64")))};
      break;
    case 'r':
      at = kernel::RLimit{static_cast<std::uint64_t>(number(field(text, "rlim_cur"), -1)),
                          static_cast<std::uint64_t>(number(field(text, "rlim_max"), -1))};
      break;
    case 'o':
      at = kernel::FileOffset{static_cast<std::uint64_t>(first_number(text))};
      if (sys.nr == kernel::nr::ioctl) {
        decode_terminal(text, maps.pid_space, sys);
        decode_extents(text, sys);
      }
      break;
    case 'l':
      at = file_lock(text, sys.arg[1]);
      break;
    case 'O':
      at = option_value(text);
      break;
    case 'H':
      at = kernel::OpenHow{static_cast<std::uint64_t>(number(field(text, "flags"))),
                           static_cast<std::uint64_t>(number(field(text, "mode"))),
                           static_cast<std::uint64_t>(number(field(text, "resolve")))};
      break;
    case 'V':
      at = kernel::OptionValue{static_cast<std::uint64_t>(number(field(text, "sigev_signo")))};
      break;
    case 'B':
      at = kernel::MqueueAttributes{number(field(text, "mq_flags")), number(field(text, "mq_maxmsg")),
                                    number(field(text, "mq_msgsize"))};
      break;
    case 'U':
      at = scheduling_attributes(text);
      break;
    case 'X':
      at = kernel::CapabilityHeader{
          static_cast<std::uint32_t>(number(field(text, "version"))),
          ids_.emulated(maps.pid_space, static_cast<std::int32_t>(number(field(text, "pid"))))};
      break;
    case 'Z':
      at = kernel::CapabilitySets{capabilities(field(text, "effective")),
                                  capabilities(field(text, "permitted")),
                                  capabilities(field(text, "inheritable"))};
      break;
    case 'E':
      at = signal_event(text, *maps.fds);
      break;
    case 'G':
      at = kernel::OptionValue{static_cast<std::uint64_t>(number(field(text, "si_code")))};
      break;
    default:
      payloads_ &= static_cast<std::uint8_t>(~(1u << i));
  }
}

kernel::ExecImage exec_image(const traces::Event& event, std::size_t path_at) {
  kernel::ExecImage image;
  image.path = std::string(event.args[path_at].text);
  image.argv = string_list(event.args[path_at + 1].text);
  const Arg& envp = event.args[path_at + 2];
  image.envp = envp.text.starts_with('[') ? string_list(envp.text)
                                          : std::vector<std::string>(count_of_vars(envp.text));
  for (const std::string& word : image.argv) image.argument_bytes += word.size() + 1;
  for (const std::string& word : image.envp) image.argument_bytes += word.size() + 1;
  return image;
}

std::int64_t child_tid_address(const traces::Event& event) {
  if (event.nr == kernel::nr::clone3) return number(field(event.args[0].text, "child_tid"));
  return event.nr == kernel::nr::clone && event.argc > 3 ? event.args[3].value : 0;
}

std::uint64_t clone_flags(const traces::Event& event) {
  // The reader put clone's arguments where the registers are.
  if (event.nr == kernel::nr::clone && event.argc > 0 && event.args[0].kind == Arg::Kind::integer)
    return static_cast<std::uint64_t>(event.args[0].value);
  for (std::size_t i = 0; i < event.argc; ++i) {
    const std::string_view text = event.args[i].text;
    if (text.starts_with("flags=")) return static_cast<std::uint64_t>(number(text.substr(6)));
    if (const std::string_view flags = field(text, "flags"); !flags.empty()) {  // clone3's struct
      const auto signal = static_cast<std::uint64_t>(number(field(text, "exit_signal")));
      return static_cast<std::uint64_t>(number(flags)) | signal;
    }
  }
  return 17;  // SIGCHLD: fork
}

}  // namespace isosim::workloads
