// Classic BPF as seccomp allows it (Documentation/prctl/seccomp_filter.txt): 32-bit words of struct
// seccomp_data in, a verdict out.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "kernel-model/abi/payload.h"

namespace isosim::kernel {

// Opcodes (include/uapi/linux/filter.h, bpf_common.h).
namespace bpf {
inline constexpr std::uint16_t ld = 0x00, ldx = 0x01, st = 0x02, stx = 0x03, alu = 0x04, jmp = 0x05,
                               ret = 0x06,
                               misc = 0x07;                                     // class
inline constexpr std::uint16_t imm = 0x00, abs = 0x20, mem = 0x60, len = 0x80;  // mode of loads
inline constexpr std::uint16_t add = 0x00, sub = 0x10, mul = 0x20, div = 0x30, or_ = 0x40, and_ = 0x50,
                               lsh = 0x60, rsh = 0x70, neg = 0x80, xor_ = 0xa0;
inline constexpr std::uint16_t ja = 0x00, jeq = 0x10, jgt = 0x20, jge = 0x30, jset = 0x40;
inline constexpr std::uint16_t k = 0x00, x = 0x08, a = 0x10;
inline constexpr std::uint16_t tax = 0x00, txa = 0x80;
inline constexpr std::size_t max_instructions = 4096;  // BPF_MAXINSNS
}  // namespace bpf

inline constexpr std::uint32_t kAuditArchX86_64 = 0xC000003E;

struct SeccompData {
  std::int32_t nr = 0;
  std::uint32_t arch = kAuditArchX86_64;
  std::uint64_t instruction_pointer = 0;
  std::uint64_t args[6]{};
};

// Offsets of 32-bit words in SeccompData.
inline constexpr std::uint32_t kSeccompNr = 0, kSeccompArch = 4, kSeccompArgs = 16, kSeccompDataSize = 64;

struct BpfResult {
  std::uint32_t value = 0;
  std::uint32_t executed = 0;  // instructions
  std::uint8_t arguments = 0;  // of the call that were looked at, a bit each; bit 7: the instruction pointer
};

// What the kernel refuses (bpf_check_classic, seccomp_check_filter): empty if the program is fit to run, else
// why not.
std::string bpf_check(std::span<const BpfInstruction> program);

// Interprets a checked program.
BpfResult bpf_run(std::span<const BpfInstruction> program, const SeccompData& data);

}  // namespace isosim::kernel
