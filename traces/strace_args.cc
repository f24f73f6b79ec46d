#include "traces/strace_args.h"

#include <algorithm>

#include "abi/x86_64.h"
#include "traces/expression.h"
#include "traces/hash.h"
#include "traces/scan.h"
#include "traces/unescape.h"

namespace isosim::traces {

namespace {

bool ends_value(const char* p, const char* end) { return p < end && (*p == ',' || *p == ')'); }

// strace names the arguments of clone and prints them in an order of its own: their registers on x86-64.
int clone_register(std::string_view label) {
  if (label == "flags") return 0;
  if (label == "child_stack") return 1;
  if (label == "parent_tid") return 2;
  if (label == "child_tidptr") return 3;
  if (label == "tls") return 4;
  return -1;
}

// Output of the program begins somewhere in the digits or behind them: "write(1, "6 alarms\n", 96 alarms"
// wrote 9 bytes. The right split is the one whose rest begins like the string that was written.
std::int64_t count_before_output(std::string_view text, std::string_view written) {
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  std::size_t cut = digits;
  for (std::size_t n = 1; n <= digits; ++n) {
    const std::string_view rest = text.substr(n);
    const std::string_view line = written.substr(0, written.find('\n'));
    const std::size_t common = std::min(rest.size(), line.size());
    if (common > 0 && rest.substr(0, common) == line.substr(0, common)) cut = n;
  }
  std::int64_t value = 0;
  read_number(text.data(), text.data() + cut, value);
  return value;
}

}  // namespace

void ArgumentParser::begin(std::size_t bytes) {
  bytes += kUnescapeSlack;
  if (scratch_.size() < bytes) scratch_.resize(std::max(bytes, 2 * scratch_.size()));
  unescaped_ = scratch_.data();
}

const char* ArgumentParser::parse(const char* p, const char* end, Event& event, bool mixed) {
  event.argc = 0;
  const bool clone = event.nr == abi::nr::clone;
  if (p < end && *p == ')') return p + 1;
  std::size_t count = 0;
  for (;;) {
    while (p < end && *p == ' ') ++p;
    if (p == end) return nullptr;
    if (*p == '<' && between(p, end).starts_with("<unfinished ...>")) {  // the process died inside the call
      p += sizeof("<unfinished ...>") - 1;
      return p < end && *p == ')' ? p + 1 : nullptr;
    }
    if (*p == ')') return p + 1;  // "read(3, )": cut by a notice
    const char* start = p;
    std::size_t index = count;
    if (clone) {
      const char* label = p;
      while (p < end && is_name_char(*p)) ++p;
      const int reg = p < end && *p == '=' ? clone_register(between(label, p)) : -1;
      p = reg >= 0 ? p + 1 : label;
      if (reg >= 0) {
        for (std::size_t i = count; i <= static_cast<std::size_t>(reg); ++i) event.args[i] = Arg{};
        index = static_cast<std::size_t>(reg);
      }
      if (p == end) return nullptr;
    }
    if (index >= kMaxArgs) {  // no call of Linux has so many: the last one keeps the rest as printed
      Arg& last = event.args[kMaxArgs - 1];
      const char* from = last.text.data();
      Arg rest;
      p = other(p, end, rest);
      if (p == nullptr || p == end) return nullptr;
      if (from != nullptr && from < p && last.kind == Arg::Kind::structure) last.text = between(from, p);
    } else {
      Arg& arg = event.args[index];
      arg = Arg{};
      p = value(p, end, arg);
      if (p == nullptr || p == end) {
        if (!mixed || !is_digit(*start)) return nullptr;
        p = nullptr;
      } else if (index == kMaxArgs - 1 && *p == ',') {
        arg = Arg{.kind = Arg::Kind::structure,
                  .truncated = false,
                  .value = 0,
                  .text = between(start, p),
                  .note = {}};
      }
      if (mixed && is_digit(*start) && (p == nullptr || arg.kind != Arg::Kind::integer)) {
        const std::string_view text = between(start, end);
        const std::size_t close = text.rfind(") = ");
        if (close == std::string_view::npos) return nullptr;
        const std::string_view written = index > 0 ? event.args[index - 1].text : std::string_view{};
        arg = Arg{};
        arg.kind = Arg::Kind::integer;
        arg.value = count_before_output(text.substr(0, close), written);
        p = start + close;
      }
      count = std::max(count, index + 1);
      event.argc = static_cast<std::uint8_t>(count);
    }
    if (*p == ')') return p + 1;
    ++p;
  }
}

const char* ArgumentParser::value(const char* p, const char* end, Arg& arg) {
  switch (*p) {
    case '"':
      return string(p, end, arg);
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
    case '-':
      return number(p, end, arg);
    case '{':
    case '[': {
      const char* after = skip_bracketed(p, end);
      if (after == nullptr) return nullptr;
      if (!ends_value(after, end)) return other(p, end, arg);
      arg.kind = Arg::Kind::structure;
      arg.text = between(p, after);
      return after;
    }
    default:
      return word(p, end, arg);
  }
}

const char* ArgumentParser::string(const char* p, const char* end, Arg& arg) {
  const char* const start = p++;
  const char* stop = find_first_of<'"', '\\'>(p, end);
  if (stop == end) return nullptr;
  if (*stop == '"') {
    arg.text = between(p, stop);
  } else {
    char* const out = unescaped_;
    stop = unescape(p, end, unescaped_);
    if (stop == nullptr) return nullptr;
    arg.text = between(out, unescaped_);
  }
  arg.kind = Arg::Kind::string;
  p = stop + 1;
  if (end - p >= 3 && p[0] == '.' && p[1] == '.' && p[2] == '.') {
    arg.truncated = true;
    p += 3;
  }
  if (ends_value(p, end)) return p;
  arg = Arg{};
  return other(start, end, arg);
}

const char* ArgumentParser::number(const char* p, const char* end, Arg& arg) {
  const char* const start = p;
  arg.kind = Arg::Kind::integer;
  p = read_number(p, end, arg.value);
  if (ends_value(p, end)) return p;
  if (p != start && end - p > 1) {
    if (*p == '<' && p[1] != '<') {
      const char* after = skip_annotation(p, end);
      if (after == nullptr) return nullptr;
      arg.note = between(p + 1, after - 1);
      constexpr std::string_view kDeleted = " (deleted)";
      if (between(after, end)
              .starts_with(
                  kDeleted.substr(1))) {  // 3</tmp/x>(deleted): as older versions, 3</tmp/x (deleted)>
        char* const out = unescaped_;
        unescaped_ = std::copy(arg.note.begin(), arg.note.end(), out);
        unescaped_ = std::copy(kDeleted.begin(), kDeleted.end(), unescaped_);
        arg.note = between(out, unescaped_);
        after += kDeleted.size() - 1;
      }
      p = after;
    } else if (*p == ' ' && p[1] == '/') {
      const std::size_t close = between(p, end).find("*/");
      if (close == std::string_view::npos) return nullptr;
      arg.note = between(p + 1, p + close + 2);
      p += close + 2;
    }
    if (ends_value(p, end)) return p;
  }
  arg = Arg{};
  return other(start, end, arg);
}

const char* ArgumentParser::word(const char* p, const char* end, Arg& arg) {
  const char* const start = p;
  p = find_first_of<',', ')', '<', '(', ' ', '=', '*', '"', '{', '['>(p, end);
  if (p > start && p < end) {
    if (*p == ',' || *p == ')') {
      symbols(between(start, p), arg);
      return p;
    }
    if (*p == '<' && end - p > 1 && p[1] != '<') {  // AT_FDCWD</home>, but not 21<<MAP_HUGE_SHIFT
      const char* after = skip_annotation(p, end);
      if (after == nullptr) return nullptr;
      if (ends_value(after, end)) {
        symbols(between(start, p), arg);
        arg.note = between(p + 1, after - 1);
        return after;
      }
    }
  }
  return other(start, end, arg);
}

// Whatever it is: up to the comma or parenthesis that ends it. An expression becomes its value, all else
// stays text.
const char* ArgumentParser::other(const char* p, const char* end, Arg& arg) {
  const char* const start = p;
  for (;;) {
    p = find_first_of<'"', '{', '[', '(', '<', ',', ')'>(p, end);
    if (p == end) return nullptr;
    if (*p == ',' || *p == ')') break;
    if (*p == '"')
      p = skip_string(p, end);
    else if (*p == '<' &&
             between(p, end).starts_with("<... ")) {  // restart_syscall(<... resuming interrupted X ...>
      const std::size_t close = between(p, end).find("...>", 5);
      p = close == std::string_view::npos ? nullptr : p + close + 4;
    } else if (*p == '<')
      p = end - p > 1 && (p[1] == '<' || p[1] == ' ') ? p + 2 : skip_annotation(p, end);
    else
      p = skip_bracketed(p, end);
    if (p == nullptr || p >= end) return nullptr;
  }
  const char* stop = p;
  while (stop > start && stop[-1] == ' ') --stop;
  symbols(between(start, stop), arg);
  return p;
}

void ArgumentParser::symbols(std::string_view text, Arg& arg) {
  Known* slot = nullptr;
  if (text.size() <= Known::kLongest) {
    slot = &known_[hash_bytes(text) % known_.size()];
    if (slot->size == text.size() && std::string_view(slot->text, slot->size) == text && !text.empty()) {
      arg.kind = Arg::Kind::integer;
      arg.value = slot->value;
      if (slot->unknown) arg.text = text;
      return;
    }
  }
  const Evaluation e = evaluate(text);
  if (!e.valid) {
    arg.kind = Arg::Kind::structure;
    arg.text = text;
    return;
  }
  arg.kind = Arg::Kind::integer;
  arg.value = e.value;
  if (e.unknown) arg.text = text;
  if (slot != nullptr) {
    slot->value = e.value;
    slot->unknown = e.unknown;
    slot->size = static_cast<std::uint8_t>(text.size());
    std::copy(text.begin(), text.end(), slot->text);
  }
}

}  // namespace isosim::traces
