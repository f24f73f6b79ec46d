// The structures that strace prints as text, as payloads.
#include <string>

#include "kernel-model/abi/syscall_names.h"
#include "traces/structure.h"
#include "workloads/replay/decode.h"
#include "workloads/replay/structure_text.h"

namespace isosim::workloads {

using kernel::Sys;
using traces::Arg;
using traces::elements;
using traces::field;
using traces::integer;

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

// poll's list. strace prints the first 32 descriptors of one that is longer; one that counts up (a program
// looks for what is open) goes on so.
void Decoder::decode_polled(std::string_view text, const ProcessMaps& maps) {
  pollfds_.clear();
  std::int32_t first = -1, next = -1;
  bool counts_up = true;
  for (const traces::Field& element : elements(text)) {
    if (element.value == "...") break;
    const auto fd = static_cast<std::int32_t>(number(field(element.value, "fd"), -1));
    counts_up &= pollfds_.empty() || fd == next;
    if (pollfds_.empty()) first = fd;
    next = fd + 1;
    pollfds_.push_back(
        {maps.fds->translate(fd), static_cast<std::uint16_t>(number(field(element.value, "events"))), 0});
  }
  if (!counts_up || first < 0 || !text.ends_with("...]")) return;
  while (pollfds_.size() < polled_)
    pollfds_.push_back({maps.fds->translate(next++), pollfds_.front().events, 0});
}

// struct termios: "{c_iflag=ICRNL|IXON, ..., c_lflag=ISIG|ICANON}", or "{B38400 opost isig -icanon echo
// ...}".
void Decoder::decode_terminal(std::string_view text, int pid_space, Sys& sys) {
  constexpr std::uint64_t kTcsets = 0x5402, kTcsetsf = 0x5404, kSetGroup = 0x5410;
  if (sys.arg[1] == kSetGroup)
    sys.at[2] = kernel::FileOffset{static_cast<std::uint64_t>(
        ids_.emulated_group(pid_space, static_cast<std::int32_t>(first_number(text))))};
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
      decode_polled(text, maps);
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
