#include "traces/expression.h"

#include <array>

#include "traces/constants.h"
#include "traces/scan.h"

namespace isosim::traces {

namespace {

// sum: product ('|' product)*; product: factor (('*' | '<<') factor)*; factor: number | name | name(sum, ...)
class Evaluator {
 public:
  explicit Evaluator(std::string_view text) : p_(text.data()), end_(text.data() + text.size()) {}

  Evaluation run() {
    result_.value = sum(0);
    skip_blanks();
    if (p_ < end_ && *p_ == '<') {
      const char* after = skip_annotation(p_, end_);
      p_ = after != nullptr ? after : p_;
      skip_blanks();
    }
    result_.valid = ok_ && p_ == end_;
    return result_;
  }

 private:
  static constexpr int kDepth = 8;  // nested calls; deeper text is no integer

  void skip_blanks() {
    for (;;) {
      while (p_ < end_ && *p_ == ' ') ++p_;
      if (end_ - p_ < 4 || p_[0] != '/' || p_[1] != '*') return;
      const std::string_view rest(p_, static_cast<std::size_t>(end_ - p_));
      const std::size_t close = rest.find("*/", 2);
      p_ = close == std::string_view::npos ? end_ : p_ + close + 2;
    }
  }

  std::int64_t sum(int depth) {
    std::int64_t value = product(depth);
    for (skip_blanks(); ok_ && p_ < end_ && *p_ == '|'; skip_blanks()) {
      ++p_;
      value |= product(depth);
    }
    return value;
  }

  std::int64_t product(int depth) {
    auto value = static_cast<std::uint64_t>(factor(depth));
    for (skip_blanks(); ok_ && p_ < end_; skip_blanks()) {
      if (*p_ == '*') {
        ++p_;
        value *= static_cast<std::uint64_t>(factor(depth));
      } else if (end_ - p_ > 1 && p_[0] == '<' && p_[1] == '<') {
        p_ += 2;
        value <<= static_cast<std::uint64_t>(factor(depth)) & 63u;
      } else {
        break;
      }
    }
    return static_cast<std::int64_t>(value);
  }

  std::int64_t factor(int depth) {
    skip_blanks();
    if (p_ == end_ || depth > kDepth) return fail();
    std::int64_t value = 0;
    if (is_digit(*p_) || *p_ == '-') {
      const char* after = read_number(p_, end_, value);
      if (after == p_) return fail();
      p_ = after;
      return value;
    }
    if (*p_ == '~') {
      ++p_;
      return ~factor(depth + 1);
    }
    const char* start = p_;
    while (p_ < end_ && is_name_char(*p_)) ++p_;
    if (p_ == start) return fail();
    const std::string_view name(start, static_cast<std::size_t>(p_ - start));
    if (p_ < end_ && *p_ == '(') return function(name, depth);
    const auto known = find_constant(name);
    result_.unknown |= !known;
    return known.value_or(0);
  }

  std::int64_t function(std::string_view name, int depth) {
    std::array<std::uint64_t, 4> args{};
    std::size_t count = 0;
    do {
      ++p_;
      if (count == args.size()) return fail();
      args[count++] = static_cast<std::uint64_t>(sum(depth + 1));
    } while (ok_ && p_ < end_ && *p_ == ',');
    if (!ok_ || p_ == end_ || *p_ != ')') return fail();
    ++p_;
    std::uint64_t value = 0;
    if ((name == "htons" || name == "htonl") && count == 1) {
      value = args[0];
    } else if (name == "makedev" && count == 2) {  // new_encode_dev, include/linux/kdev_t.h
      value = (args[1] & 0xFF) | (args[0] << 8) | ((args[1] & ~std::uint64_t{0xFF}) << 12);
    } else if (name == "_IOC" && count == 4) {  // include/uapi/asm-generic/ioctl.h
      value = args[0] << 30 | args[3] << 16 | args[1] << 8 | args[2];
    } else {
      return fail();
    }
    return static_cast<std::int64_t>(value);
  }

  std::int64_t fail() {
    ok_ = false;
    return 0;
  }

  const char* p_;
  const char* end_;
  Evaluation result_;
  bool ok_ = true;
};

}  // namespace

// A number that several subsystems have a name for is printed as "A or B": one of them will do.
Evaluation evaluate(std::string_view text) {
  constexpr std::string_view kOr = " or ";
  for (std::size_t end = text.find(kOr); end != std::string_view::npos; end = text.find(kOr)) {
    const Evaluation first = Evaluator(text.substr(0, end)).run();
    if (first.valid && !first.unknown) return first;
    text.remove_prefix(end + kOr.size());
  }
  return Evaluator(text).run();
}

}  // namespace isosim::traces
