#include "traces/strace_writer.h"

#include <fmt/format.h>

#include <iterator>

#include "abi/x86_64.h"
#include "traces/constants.h"
#include "traces/scan.h"

namespace isosim::traces {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kDefaultStart = 1'000'000'000 * kSecond;

// Addresses read better in hexadecimal; everything below is a count, a descriptor, flags.
constexpr std::int64_t kFirstAddress = std::int64_t{1} << 32;

void append_integer(std::string& out, std::int64_t value) {
  if (value >= kFirstAddress)
    fmt::format_to(std::back_inserter(out), "{:#x}", value);
  else
    fmt::format_to(std::back_inserter(out), "{}", value);
}

void append_arg(std::string& out, const Arg& arg) {
  switch (arg.kind) {
    case Arg::Kind::missing:
      return;
    case Arg::Kind::structure:
      out += arg.text;
      return;
    case Arg::Kind::string:
      return append_quoted(out, arg.text, arg.truncated);
    case Arg::Kind::integer:
      break;
  }
  if (arg.text.empty())
    append_integer(out, arg.value);
  else
    out += arg.text;
  if (arg.note.starts_with("/*") && arg.note.ends_with("*/")) {
    out += ' ';
    out += arg.note;
  } else if (!arg.note.empty()) {
    out += '<';
    out += arg.note;
    out += '>';
  }
}

void append_args(std::string& out, const Event& e) {
  // clone's are named, in an order of strace's.
  static constexpr struct {
    unsigned reg;
    std::string_view label;
  } kClone[] = {{1, "child_stack="}, {0, "flags="}, {2, "parent_tid="}, {4, "tls="}, {3, "child_tidptr="}};
  bool first = true;
  const auto separate = [&] {
    if (!first) out += ", ";
    first = false;
  };
  if (e.nr == abi::nr::clone) {
    for (const auto& named : kClone) {
      if (named.reg >= e.argc || e.args[named.reg].kind == Arg::Kind::missing) continue;
      separate();
      out += named.label;
      append_arg(out, e.args[named.reg]);
    }
    return;
  }
  for (unsigned i = 0; i < e.argc; ++i) {
    separate();
    append_arg(out, e.args[i]);
  }
}

void append_error(std::string& out, std::int32_t error) {
  const std::string_view name = errno_name(error);
  if (name.empty()) {
    fmt::format_to(std::back_inserter(out), " ERRNO_{} (Unknown error {})", error, error);
    return;
  }
  fmt::format_to(std::back_inserter(out), " {} ({})", name, errno_text(error));
}

void append_result(std::string& out, const Event& e) {
  out += " = ";
  switch (e.return_kind) {
    case ReturnKind::none:
      out += '?';
      break;
    case ReturnKind::restart:
      out += '?';
      append_error(out, e.error);
      break;
    case ReturnKind::value:
      if (e.error != 0) {
        out += "-1";
        append_error(out, e.error);
      } else {
        append_integer(out, e.result);
      }
  }
  if (!e.return_text.empty()) {
    if (e.return_text[0] != '<') out += ' ';
    out += e.return_text;
  }
  if (e.injected) out += " (INJECTED)";
  if (e.duration_ns >= 0)
    fmt::format_to(std::back_inserter(out), " <{}.{:09}>", e.duration_ns / kSecond, e.duration_ns % kSecond);
}

}  // namespace

void append_quoted(std::string& out, std::string_view bytes, bool truncated) {
  out += '"';
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\v':
        out += "\\v";
        break;
      case '\f':
        out += "\\f";
        break;
      default:
        if (c >= ' ' && c <= '~') {
          out += c;
        } else if (i + 1 < bytes.size() &&
                   is_digit(bytes[i + 1])) {  // a digit behind would be read as part of it
          fmt::format_to(std::back_inserter(out), "\\{:03o}", static_cast<unsigned char>(c));
        } else {
          fmt::format_to(std::back_inserter(out), "\\{:o}", static_cast<unsigned char>(c));
        }
    }
  }
  out += truncated ? "\"..." : "\"";
}

StraceWriter::StraceWriter(const TraceInfo& info)
    : start_unix_ns_(info.start_unix_ns >= kDefaultStart ? info.start_unix_ns : kDefaultStart) {}

void StraceWriter::write(const Event& e, std::string& out) const {
  // Unsigned: the times of a hostile binary file may be anything.
  const auto at = static_cast<std::uint64_t>(start_unix_ns_) + static_cast<std::uint64_t>(e.start_ns);
  fmt::format_to(std::back_inserter(out), "{} {}.{:09} ", e.tid, at / std::uint64_t{kSecond},
                 at % std::uint64_t{kSecond});
  switch (e.kind) {
    case EventKind::call:
      out += e.name;
      out += '(';
      append_args(out, e);
      out += ')';
      append_result(out, e);
      break;
    case EventKind::signal:
      fmt::format_to(std::back_inserter(out), "--- {}{}{} ---", e.name, e.signal_info.empty() ? "" : " ",
                     e.signal_info);
      break;
    case EventKind::stopped:
      fmt::format_to(std::back_inserter(out), "--- stopped by {} ---", e.name);
      break;
    case EventKind::killed:
      fmt::format_to(std::back_inserter(out), "+++ killed by {}{}{} +++", e.name,
                     e.signal_info.empty() ? "" : " ", e.signal_info);
      break;
    case EventKind::exited:
      if (e.name.empty())
        fmt::format_to(std::back_inserter(out), "+++ exited with {} +++", e.signal);
      else
        fmt::format_to(std::back_inserter(out), "+++ superseded by execve in pid {} +++", e.result);
  }
  out += '\n';
}

}  // namespace isosim::traces
