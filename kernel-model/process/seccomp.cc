#include "kernel-model/process/seccomp.h"

#include <algorithm>

namespace isosim::kernel {

namespace {

SeccompData data_of(const Sys& sys) {
  SeccompData data;
  data.nr = sys.nr;
  std::copy(sys.arg.begin(), sys.arg.end(), data.args);
  return data;
}

// Actions are ordered as signed numbers: KILL_PROCESS is the lowest (seccomp_run_filters, ACTION_ONLY).
std::int32_t severity(std::uint32_t value) {
  return static_cast<std::int32_t>(value & seccomp_ret::action_mask);
}

// Whether a program that looked at these of its arguments would see the same.
bool same(std::uint8_t looked_at, const std::array<std::uint64_t, 6>& a,
          const std::array<std::uint64_t, 6>& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if ((looked_at >> i & 1) != 0 && a[i] != b[i]) return false;
  return true;
}

}  // namespace

SeccompChain::SeccompChain(std::vector<BpfInstruction> program, std::shared_ptr<const SeccompChain> older)
    : program_(std::move(program)), older_(std::move(older)) {}

SeccompVerdict SeccompChain::run(const SeccompData& data) const {
  SeccompVerdict verdict;
  for (const SeccompChain* filter = this; filter; filter = filter->older_.get()) {
    const BpfResult result = bpf_run(filter->program_, data);
    verdict.instructions += result.executed;
    ++verdict.filters;
    verdict.looked_at |= result.arguments;
    if (severity(result.value) < severity(verdict.value)) verdict.value = result.value;
  }
  return verdict;
}

SeccompVerdict SeccompChain::evaluate(const Sys& sys) const {
  if (sys.nr >= kSyscallLimit) return run(data_of(sys));
  Memo& memo = memo_[sys.nr];
  if (memo.verdict.filters == 0 || !same(memo.verdict.looked_at, memo.arguments, sys.arg)) {
    memo.verdict = run(data_of(sys));
    memo.arguments = sys.arg;
  }
  return memo.verdict;
}

std::size_t SeccompChain::length() const { return program_.size() + (older_ ? older_->length() : 0); }

std::shared_ptr<const SeccompChain> SeccompChain::strict() {
  std::vector<BpfInstruction> program{{bpf::ld | bpf::abs, 0, 0, kSeccompNr}};
  const std::array<SysNr, 4> allowed{nr::read, nr::write, nr::exit, nr::rt_sigreturn};
  for (std::size_t i = 0; i < allowed.size(); ++i)
    program.push_back({bpf::jmp | bpf::jeq, static_cast<std::uint8_t>(allowed.size() - i), 0, allowed[i]});
  program.push_back({bpf::ret, 0, 0, seccomp_ret::kill_thread});
  program.push_back({bpf::ret, 0, 0, seccomp_ret::allow});
  return std::make_shared<SeccompChain>(std::move(program), nullptr);
}

}  // namespace isosim::kernel
