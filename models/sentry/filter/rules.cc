#include "models/sentry/filter/rules.h"

#include <span>

#include "kernel-model/process/bpf.h"
#include "kernel-model/process/seccomp.h"

namespace isosim::models {

namespace {

namespace bpf = kernel::bpf;
namespace seccomp_ret = kernel::seccomp_ret;
using Call = FilterRules::Calls::value_type;

class Assembler {
 public:
  std::size_t emit(std::uint16_t code, std::uint32_t k, std::uint8_t jt = 0, std::uint8_t jf = 0) {
    program_.push_back({code, jt, jf, k});
    return program_.size() - 1;
  }

  void load(std::uint32_t offset) { emit(bpf::ld | bpf::abs, offset); }
  void give(std::uint32_t verdict) { emit(bpf::ret | bpf::k, verdict); }
  void to_default() { default_jumps_.push_back(emit(bpf::jmp | bpf::ja, 0)); }

  // One node of the tree over `calls`, sorted by number, and what is below it. Conditional jumps reach 255
  // instructions and the program is longer, so both ways down are plain jumps.
  void search(std::span<const Call* const> calls) {
    const std::size_t middle = calls.size() / 2;
    const auto left = calls.first(middle), right = calls.subspan(middle + 1);
    const auto& [nr, rules] = *calls[middle];
    if (calls.size() == 1) {
      emit(bpf::jmp | bpf::jeq, nr, 1);
      to_default();
      return check(rules);
    }
    emit(bpf::jmp | bpf::jeq, nr, 3);
    emit(bpf::jmp | bpf::jgt, nr, 0, 1);
    const std::size_t to_right = emit(bpf::jmp | bpf::ja, 0), to_left = emit(bpf::jmp | bpf::ja, 0);
    check(rules);
    aim(to_left);
    search(left);
    if (right.empty()) {
      default_jumps_.push_back(to_right);
    } else {
      aim(to_right);
      search(right);
    }
  }

  std::vector<kernel::BpfInstruction> finish(std::uint32_t otherwise) {
    for (const std::size_t jump : default_jumps_) aim(jump);
    give(otherwise);
    return std::move(program_);
  }

 private:
  void aim(std::size_t jump) { program_[jump].k = static_cast<std::uint32_t>(program_.size() - jump - 1); }

  void check(const std::vector<FilterRule>& rules) {
    if (rules.empty()) return give(seccomp_ret::allow);
    for (const FilterRule& rule : rules) check(rule);
    to_default();
  }

  // Four instructions a value: low word first. A word that differs goes behind this rule's return.
  void check(const FilterRule& rule) {
    std::uint8_t left = 0;  // instructions of this rule that are still to come
    for (const auto& value : rule) left = static_cast<std::uint8_t>(left + (value ? 4 : 0));
    for (std::uint32_t i = 0; i < rule.size(); ++i) {
      if (!rule[i]) continue;
      for (const std::uint32_t word : {0u, 1u}) {
        left = static_cast<std::uint8_t>(left - 2);
        load(kernel::kSeccompArgs + 8 * i + 4 * word);
        emit(bpf::jmp | bpf::jeq, static_cast<std::uint32_t>(*rule[i] >> (32 * word)), 0,
             static_cast<std::uint8_t>(left + 1));
      }
    }
    give(seccomp_ret::allow);
  }

  std::vector<kernel::BpfInstruction> program_;
  std::vector<std::size_t> default_jumps_;
};

}  // namespace

FilterRule where(std::initializer_list<std::pair<unsigned, std::uint64_t>> arguments) {
  FilterRule rule;
  for (const auto& [index, value] : arguments) rule.at(index) = value;
  return rule;
}

void FilterRules::merge(const FilterRules& more) {
  for (const auto& [nr, rules] : more.calls_) {
    const auto [place, is_new] = calls_.try_emplace(nr, rules);
    if (is_new) continue;
    auto& mine = place->second;
    if (mine.empty()) mine.emplace_back();
    mine.insert(mine.end(), rules.begin(), rules.end());
    if (rules.empty()) mine.emplace_back();
  }
}

std::vector<kernel::BpfInstruction> FilterRules::assemble(std::uint32_t otherwise,
                                                          std::uint32_t padding) const {
  Assembler out;
  for (std::uint32_t i = 0; i < padding; ++i) out.load(kernel::kSeccompArch);
  out.load(kernel::kSeccompArch);
  out.emit(bpf::jmp | bpf::jeq, kernel::kAuditArchX86_64, 1);
  out.to_default();
  out.load(kernel::kSeccompNr);
  std::vector<const Call*> sorted;
  for (const Call& call : calls_) sorted.push_back(&call);
  if (sorted.empty())
    out.to_default();
  else
    out.search(sorted);
  return out.finish(otherwise);
}

}  // namespace isosim::models
