#include "workloads/replay/structure_text.h"

#include <algorithm>
#include <charconv>

#include "traces/structure.h"
#include "workloads/replay/recorded_time.h"

namespace isosim::workloads {

using traces::elements;
using traces::field;
using traces::integer;

namespace {

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

}  // namespace

// "[0x00000000000001, 0000000000000000, ...]": strace puts a mask's words in hexadecimal, zeros without 0x.
std::uint64_t first_word(std::string_view text) {
  std::uint64_t word = 0;
  text.remove_prefix(std::min(text.size(), text.find_first_not_of('[')));
  if (text.starts_with("0x")) text.remove_prefix(2);
  std::from_chars(text.data(), text.data() + text.size(), word, 16);
  return word;
}

std::int64_t number(std::string_view text, std::int64_t otherwise) {
  return integer(text).value_or(otherwise);
}

// Dates (absolute deadlines) and spans that sim::Time cannot hold become 46 days, which no replay reaches.
sim::Time time_of(std::string_view text) {
  constexpr std::int64_t kSecond = 1'000'000'000, kLongest = kNever / kSecond;
  const auto within = [](std::int64_t value, std::int64_t limit) { return std::clamp(value, -limit, limit); };
  const std::string_view micro = field(text, "tv_usec");
  const std::int64_t nanos = micro.empty() ? within(number(field(text, "tv_nsec")), kSecond)
                                           : within(number(micro), kSecond / 1000) * 1000;
  return sim::nanoseconds(within(number(field(text, "tv_sec")), kLongest) * kSecond + nanos);
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
    const std::size_t end = std::min(text.find_first_not_of("0123456789", i), text.size());
    set.push_back(fds.translate(static_cast<std::int32_t>(number(text.substr(i, end - i)))));
    i = end - 1;
  }
  return set;
}

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

}  // namespace isosim::workloads
