#include "kernel-model/process/bpf.h"

#include <fmt/format.h>

#include <array>
#include <cstddef>

namespace isosim::kernel {

namespace {

constexpr std::uint16_t op(std::uint16_t code) { return code & 0xf0; }
constexpr bool uses_x(const BpfInstruction& i) { return (i.code & bpf::x) != 0; }

bool known(std::uint16_t code) {
  switch (code & 7) {
    case bpf::ld:
      return code == (bpf::ld | bpf::abs) || code == (bpf::ld | bpf::imm) || code == (bpf::ld | bpf::mem) ||
             code == (bpf::ld | bpf::len);
    case bpf::ldx:
      return code == (bpf::ldx | bpf::imm) || code == (bpf::ldx | bpf::mem) || code == (bpf::ldx | bpf::len);
    case bpf::st:
      return code == bpf::st;
    case bpf::stx:
      return code == bpf::stx;
    case bpf::alu:
      return op(code) == bpf::neg ? code == (bpf::alu | bpf::neg)
                                  : op(code) <= bpf::rsh || op(code) == bpf::xor_;
    case bpf::jmp:
      return op(code) == bpf::ja ? code == (bpf::jmp | bpf::ja) : op(code) <= bpf::jset;
    case bpf::ret:
      return code == (bpf::ret | bpf::k) || code == (bpf::ret | bpf::a);
    default:
      return code == (bpf::misc | bpf::tax) || code == (bpf::misc | bpf::txa);
  }
}

std::string check_one(const BpfInstruction& i, std::size_t at, std::size_t size) {
  if (i.code > 0xff || !known(i.code)) return fmt::format("opcode 0x{:x} is not allowed", i.code);
  const std::size_t left = size - at - 1;  // instructions behind this one
  switch (i.code & 7) {
    case bpf::ld:
      if ((i.code & 0xe0) == bpf::abs && (i.k >= kSeccompDataSize || i.k % 4 != 0))
        return fmt::format("load of offset {}: not a word of seccomp_data", i.k);
      [[fallthrough]];
    case bpf::ldx:
      if ((i.code & 0xe0) == bpf::mem && i.k >= 16) return fmt::format("scratch cell {} of 16", i.k);
      break;
    case bpf::st:
    case bpf::stx:
      if (i.k >= 16) return fmt::format("scratch cell {} of 16", i.k);
      break;
    case bpf::alu:
      if (op(i.code) == bpf::div && !uses_x(i) && i.k == 0) return "division by zero";
      if ((op(i.code) == bpf::lsh || op(i.code) == bpf::rsh) && !uses_x(i) && i.k >= 32)
        return "shift by 32 or more";
      break;
    case bpf::jmp:
      if (op(i.code) == bpf::ja ? i.k >= left : (i.jt >= left || i.jf >= left))
        return "jump out of the program";
      break;
    default:
      break;
  }
  return {};
}

std::uint32_t load_word(const SeccompData& data, std::uint32_t offset) {
  if (offset == kSeccompNr) return static_cast<std::uint32_t>(data.nr);
  if (offset == kSeccompArch) return data.arch;
  const std::uint64_t word =
      offset < kSeccompArgs ? data.instruction_pointer : data.args[(offset - kSeccompArgs) / 8];
  return static_cast<std::uint32_t>(offset % 8 == 4 ? word >> 32 : word);
}

std::uint32_t compute(std::uint16_t operation, std::uint32_t a, std::uint32_t b) {
  switch (operation) {
    case bpf::add:
      return a + b;
    case bpf::sub:
      return a - b;
    case bpf::mul:
      return a * b;
    case bpf::div:
      return a / b;
    case bpf::or_:
      return a | b;
    case bpf::and_:
      return a & b;
    case bpf::lsh:
      return b < 32 ? a << b : 0;
    case bpf::rsh:
      return b < 32 ? a >> b : 0;
    case bpf::neg:
      return 0u - a;
    default:
      return a ^ b;
  }
}

bool holds(std::uint16_t operation, std::uint32_t a, std::uint32_t b) {
  switch (operation) {
    case bpf::jeq:
      return a == b;
    case bpf::jgt:
      return a > b;
    case bpf::jge:
      return a >= b;
    default:
      return (a & b) != 0;
  }
}

}  // namespace

std::string bpf_check(std::span<const BpfInstruction> program) {
  if (program.empty() || program.size() > bpf::max_instructions)
    return fmt::format("{} instructions; 1 to {} are allowed", program.size(), bpf::max_instructions);
  for (std::size_t at = 0; at < program.size(); ++at)
    if (auto why = check_one(program[at], at, program.size()); !why.empty())
      return fmt::format("instruction {}: {}", at, why);
  if ((program.back().code & 7) != bpf::ret) return "the last instruction does not return";
  return {};
}

namespace {

// The bit in BpfResult::arguments of the word at `offset`.
std::uint8_t looked_at(std::uint32_t offset) {
  if (offset <= kSeccompArch) return 0;
  return static_cast<std::uint8_t>(offset < kSeccompArgs ? 1u << 7 : 1u << (offset - kSeccompArgs) / 8);
}

}  // namespace

BpfResult bpf_run(std::span<const BpfInstruction> program, const SeccompData& data) {
  BpfResult result;
  std::uint32_t a = 0, x = 0;
  std::array<std::uint32_t, 16> cells{};
  for (std::size_t pc = 0;; ++pc) {
    const BpfInstruction& i = program[pc];
    ++result.executed;
    const std::uint32_t operand = uses_x(i) ? x : i.k;
    switch (i.code & 7) {
      case bpf::ld:
      case bpf::ldx: {
        const std::uint16_t mode = i.code & 0xe0;
        std::uint32_t value = i.k;
        if (mode == bpf::abs) {
          value = load_word(data, i.k);
          result.arguments |= looked_at(i.k);
        } else if (mode == bpf::mem) {
          value = cells[i.k];
        } else if (mode == bpf::len) {
          value = kSeccompDataSize;
        }
        ((i.code & 7) == bpf::ld ? a : x) = value;
        break;
      }
      case bpf::st:
        cells[i.k] = a;
        break;
      case bpf::stx:
        cells[i.k] = x;
        break;
      case bpf::alu:
        if (op(i.code) == bpf::div && operand == 0) return result;  // the converted program returns 0: kill
        a = compute(op(i.code), a, operand);
        break;
      case bpf::jmp:
        pc += op(i.code) == bpf::ja ? i.k : holds(op(i.code), a, operand) ? i.jt : i.jf;
        break;
      case bpf::ret:
        return result.value = (i.code & bpf::a) != 0 ? a : i.k, result;
      default:
        i.code == (bpf::misc | bpf::tax) ? x = a : a = x;
    }
  }
}

}  // namespace isosim::kernel
