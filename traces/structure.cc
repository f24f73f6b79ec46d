#include "traces/structure.h"

#include <algorithm>

#include "traces/expression.h"
#include "traces/scan.h"
#include "traces/unescape.h"

namespace isosim::traces {

namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// The length of the value at the start of `text`, up to a comma or an unmatched closing bracket.
std::size_t value_length(std::string_view text) {
  const char* p = text.data();
  const char* const end = p + text.size();
  for (;;) {
    p = find_first_of<'"', '{', '[', '(', '<', ',', '}', ']', ')'>(p, end);
    if (p == end) break;
    const char* next = nullptr;
    switch (*p) {
      case '"':
        next = skip_string(p, end);
        break;
      case '{':
      case '[':
      case '(':
        next = skip_bracketed(p, end);
        break;
      case '<':
        next = end - p > 1 && (p[1] == '<' || p[1] == ' ') ? p + 2 : skip_annotation(p, end);
        break;
      default:
        return static_cast<std::size_t>(p - text.data());
    }
    if (next == nullptr) break;
    p = next;
  }
  return text.size();
}

// Splits "name=value"; a value that is no name before '=' is left whole.
Field split(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size() && is_name_char(text[i])) ++i;
  const bool named = i > 0 && i < text.size() && text[i] == '=' && !text.substr(i).starts_with("=>") &&
                     !text.substr(i).starts_with("==");
  return named ? Field{text.substr(0, i), trim(text.substr(i + 1))} : Field{{}, text};
}

}  // namespace

FieldRange::FieldRange(std::string_view bracketed) {
  std::string_view text = trim(bracketed);
  if (text.starts_with('~')) text.remove_prefix(1);
  if (text.empty() || (text[0] != '{' && text[0] != '[')) return;
  const char* end = skip_bracketed(text.data(), text.data() + text.size());
  const std::size_t length = end == nullptr ? text.size() + 1 : static_cast<std::size_t>(end - text.data());
  inner_ = text.substr(1, length - 2);
}

FieldRange::iterator& FieldRange::iterator::operator++() {
  for (;;) {
    rest_ = trim(rest_);
    if (rest_.empty()) {
      done_ = true;
      return *this;
    }
    const std::size_t length = value_length(rest_);
    const std::string_view value = trim(rest_.substr(0, length));
    rest_ = rest_.substr(std::min(length + 1, rest_.size()));
    if (value.empty() || value == "...") continue;
    field_ = split(value);
    return *this;
  }
}

std::string_view field(std::string_view structure, std::string_view name) {
  for (const Field& f : fields(structure)) {
    if (f.name == name) return f.value;
  }
  return {};
}

std::string_view changed(std::string_view text) {
  const char* p = text.data();
  const char* const end = p + text.size();
  while (p < end) {
    const char* next = p + 1;
    if (*p == '"')
      next = skip_string(p, end);
    else if (*p == '{' || *p == '[' || *p == '(') {
      // [16 => 20] has its arrow inside.
      const char* after = skip_bracketed(p, end);
      if (p == text.data() && after == end && text.size() > 2 && *p == '[' && p[1] != '[') {
        const std::string_view inner = text.substr(1, text.size() - 2);
        const std::string_view left = changed(inner);
        return left.size() == inner.size() ? text : left;
      }
      next = after;
    } else if (*p == '=' && end - p > 1 && p[1] == '>') {
      return trim(text.substr(static_cast<std::size_t>(p + 2 - text.data())));
    }
    if (next == nullptr) break;
    p = next;
  }
  return text;
}

std::optional<std::int64_t> integer(std::string_view value) {
  const Evaluation e = evaluate(trim(value));
  if (!e.valid || e.unknown) return std::nullopt;
  return e.value;
}

bool string(std::string_view value, std::string& out, bool* truncated) {
  value = trim(value);
  if (value.empty() || value[0] != '"') return false;
  const char* const end = value.data() + value.size();
  out.resize(value.size() + kUnescapeSlack);
  char* to = out.data();
  const char* close = unescape(value.data() + 1, end, to);
  out.resize(static_cast<std::size_t>(to - out.data()));
  if (close == nullptr) return false;
  if (truncated != nullptr)
    *truncated = std::string_view(close + 1, static_cast<std::size_t>(end - close) - 1).starts_with("...");
  return true;
}

std::string_view annotation(std::string_view value) {
  value = trim(value);
  std::size_t i = 0;
  if (i < value.size() && value[i] == '-') ++i;
  while (i < value.size() && is_name_char(value[i])) ++i;
  if (i == 0 || i >= value.size() || value[i] != '<') return {};
  const char* after = skip_annotation(value.data() + i, value.data() + value.size());
  if (after == nullptr) return {};
  return value.substr(i + 1, static_cast<std::size_t>(after - value.data()) - i - 2);
}

}  // namespace isosim::traces
