#include "kernel-model/process/seccomp_assemble.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <stdexcept>

#include "kernel-model/process/bpf.h"

namespace isosim::kernel {

namespace {

constexpr std::uint32_t kX32Bit = 0x40000000;

// Emits from the last instruction to the first, so that every jump's target is known when the jump is made.
class BackwardEmitter {
 public:
  using Label = std::size_t;  // instructions that were there when the target was emitted

  void emit(std::uint16_t code, std::uint32_t k, std::uint8_t jt = 0, std::uint8_t jf = 0) {
    reversed_.push_back({code, jt, jf, k});
  }

  // A return that the next `span` instructions emitted can jump to: an earlier one, or a new copy here.
  Label near_return(std::uint32_t value, std::size_t span = 2) {
    const auto found = returns_.find(value);
    if (found != returns_.end() && distance(found->second) + span <= kReach) return found->second;
    emit(bpf::ret | bpf::k, value);
    return returns_[value] = here();
  }

  // A label in reach: `target`, or a jump to it here.
  Label near(Label target) {
    if (distance(target) + 2 <= kReach) return target;
    emit(bpf::jmp | bpf::ja, static_cast<std::uint32_t>(distance(target)));
    return here();
  }

  void branch(std::uint16_t comparison, std::uint32_t k, Label yes, Label no) {
    emit(bpf::jmp | comparison, k, static_cast<std::uint8_t>(distance(yes)),
         static_cast<std::uint8_t>(distance(no)));
  }

  [[nodiscard]] Label here() const { return reversed_.size(); }

  std::vector<BpfInstruction> finish() {
    std::reverse(reversed_.begin(), reversed_.end());
    return std::move(reversed_);
  }

 private:
  static constexpr std::size_t kReach = 255;
  [[nodiscard]] std::size_t distance(Label target) const { return reversed_.size() - target; }

  std::vector<BpfInstruction> reversed_;
  std::map<std::uint32_t, Label> returns_;
};

constexpr std::size_t kLongestRule =
    6 * 7 + 2;  // six arguments of seven instructions each, and what is put between

std::uint32_t low(std::uint64_t v) { return static_cast<std::uint32_t>(v); }
std::uint32_t high(std::uint64_t v) { return static_cast<std::uint32_t>(v >> 32); }

// One argument: high word, then low word (_db_rule_gen_64). Control goes to `yes` or `no`, both in reach.
void emit_argument(BackwardEmitter& out, const SeccompArgument& argument, BackwardEmitter::Label yes,
                   BackwardEmitter::Label no) {
  if (argument.index > 5)
    throw std::invalid_argument(fmt::format("seccomp argument {}: 0 to 5", argument.index));
  const std::uint32_t offset = kSeccompArgs + 8 * argument.index;
  const bool masked = argument.compare == SeccompCompare::masked_eq;
  const std::uint64_t mask = masked ? argument.mask : ~std::uint64_t{0};
  const std::uint64_t datum = argument.value & mask;
  const auto load = [&](std::uint32_t word_offset, std::uint32_t word_mask) {
    if (word_mask != ~std::uint32_t{0}) out.emit(bpf::alu | bpf::and_ | bpf::k, word_mask);
    out.emit(bpf::ld | bpf::abs, word_offset);
  };
  const auto words = [&](std::uint16_t comparison, BackwardEmitter::Label if_high_greater,
                         BackwardEmitter::Label if_low, BackwardEmitter::Label if_not) {
    out.branch(comparison, low(datum), if_low, if_not);
    load(offset, low(mask));
    const auto low_part = out.here();
    // Greater in the high word decides; equal leaves it to the low word; less is "not".
    if (comparison != bpf::jeq) {
      out.branch(bpf::jeq, high(datum), low_part, if_not);
      const auto equal_part = out.here();
      out.branch(bpf::jgt, high(datum), if_high_greater, equal_part);
    } else {
      out.branch(bpf::jeq, high(datum), low_part, if_not);
    }
    load(offset + 4, high(mask));
  };
  switch (argument.compare) {
    case SeccompCompare::eq:
    case SeccompCompare::masked_eq:
      return words(bpf::jeq, yes, yes, no);
    case SeccompCompare::ne:
      return words(bpf::jeq, no, no, yes);
    case SeccompCompare::gt:
      return words(bpf::jgt, yes, yes, no);
    case SeccompCompare::ge:
      return words(bpf::jge, yes, yes, no);
    case SeccompCompare::le:
      return words(bpf::jgt, no, no, yes);
    case SeccompCompare::lt:
      return words(bpf::jge, no, no, yes);
  }
}

struct Call {
  std::uint32_t number = 0;
  std::vector<const SeccompRule*> rules;
  std::size_t nodes = 0;  // comparisons of arguments: two words each
  std::uint32_t action = 0;
};

// One entry a call number. A rule without arguments makes the others of its call superfluous (db_rule_add).
std::vector<Call> calls_of(const SeccompRules& rules) {
  std::map<std::uint32_t, Call> by_number;
  for (const auto& rule : rules.rules) {
    if (rule.action == rules.default_action) continue;
    Call& call = by_number[rule.nr];
    call.number = rule.nr;
    call.rules.push_back(&rule);
    call.nodes += 2 * rule.arguments.size();
  }
  std::vector<Call> calls;
  for (auto& [number, call] : by_number) {
    const auto plain = std::find_if(call.rules.begin(), call.rules.end(),
                                    [](const SeccompRule* rule) { return rule->arguments.empty(); });
    if (plain != call.rules.end()) call.action = (*plain)->action, call.rules.clear(), call.nodes = 0;
    calls.push_back(call);
  }
  return calls;
}

void emit_call(BackwardEmitter& out, const Call& call, std::uint32_t default_action) {
  const auto next = out.here();
  if (call.rules.empty()) {
    const auto action = out.near_return(call.action);
    const auto over = out.near(next);
    return out.branch(bpf::jeq, call.number, action, over);
  }
  auto otherwise = out.near_return(default_action, kLongestRule);
  for (auto rule = call.rules.rbegin(); rule != call.rules.rend(); ++rule) {
    auto success = out.near_return((*rule)->action, kLongestRule);
    for (auto argument = (*rule)->arguments.rbegin(); argument != (*rule)->arguments.rend(); ++argument) {
      emit_argument(out, *argument, success, otherwise);
      success = out.here();
    }
    otherwise = out.here();
  }
  const auto arguments = out.here();
  const auto over = out.near(next);
  out.branch(bpf::jeq, call.number, arguments, over);
}

}  // namespace

std::vector<BpfInstruction> assemble_seccomp(const SeccompRules& rules) {
  std::vector<Call> calls = calls_of(rules);
  if (rules.x32) {
    const std::size_t count = calls.size();
    for (std::size_t i = 0; i < count; ++i) {
      calls.push_back(calls[i]);
      calls.back().number |= kX32Bit;
    }
  }
  std::stable_sort(calls.begin(), calls.end(),
                   [](const Call& a, const Call& b) { return a.nodes < b.nodes; });

  BackwardEmitter out;
  out.near_return(rules.bad_architecture_action);
  out.near_return(rules.default_action);
  for (auto call = calls.rbegin(); call != calls.rend(); ++call) emit_call(out, *call, rules.default_action);
  if (!rules.x32) {
    const auto first = out.here();
    const auto refuse = out.near_return(rules.bad_architecture_action);
    const auto over = out.near(first);
    out.branch(bpf::jge, kX32Bit, refuse, over);
  }
  out.emit(bpf::ld | bpf::abs, kSeccompNr);
  const auto body = out.here();
  const auto refuse = out.near_return(rules.bad_architecture_action);
  const auto matched = out.near(body);
  out.branch(bpf::jeq, kAuditArchX86_64, matched, refuse);
  out.emit(bpf::ld | bpf::abs, kSeccompArch);
  return out.finish();
}

}  // namespace isosim::kernel
