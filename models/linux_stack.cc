#include "models/linux_stack.h"

#include <sys/prctl.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/open.h"
#include "kernel-model/process/seccomp.h"
#include "models/container/container.h"
#include "models/machine_difference.h"
#include "models/machine_stack.h"

namespace isosim::models {

namespace {

using kernel::Kernel;
using kernel::Process;
using kernel::Thread;

bool needs_sys_nice(kernel::SysNr nr) {
  namespace call = kernel::nr;
  return nr == call::sched_setscheduler || nr == call::sched_setparam || nr == call::sched_setattr;
}

class LinuxStack final : public MachineStack {
 public:
  LinuxStack(const nlohmann::ordered_json& document, cpu::MachineSpec machine, const sim::Settings& settings,
             const std::string& vcd_file)
      : MachineStack(document, std::move(machine), settings, vcd_file) {
    kernel::load_catalogue(catalogue_, "host");
    kernel_ = boot_host();
    if (const auto container = document.find("container"); container != document.end()) {
      const std::string where = document.value("platform", "platform");
      container_ = std::make_unique<Container>(*kernel_, read_container(*container, where),
                                               [this] { hardware_.run(); });
    } else {
      program_ = &kernel_->create_process("program");
      program_->fs = kernel_->vfs->initial_context();
    }
  }

  kernel::SyscallTarget& target() override { return *kernel_; }
  Kernel& host() override { return *kernel_; }
  Process& program() override { return container_ ? container_->program() : *program_; }

  std::int64_t populate(const kernel::InitialFile& file) override {
    return container_ ? container_->populate(file) : kernel_->vfs->populate(*program_->fs, file);
  }

  std::int64_t set_directory(std::string_view path, std::uint32_t umask) override {
    kernel::FsContext& files = *program().fs;
    const kernel::Path found = kernel_->vfs->find(files, path);
    if (!found.dentry) return -kernel::ENOENT_;
    files.cwd = found;
    files.umask = umask;
    return 0;
  }

  Thread& start(Process& process, std::string name, std::function<void(Thread&)> body) override {
    if (container_ && !container_->started()) return container_->start(std::move(name), std::move(body));
    Thread& thread = kernel_->create_thread(process, std::move(name), std::move(body));
    kernel_->sched->start(thread, nullptr);
    return thread;
  }

  void life_cycles(unsigned clients, std::uint64_t count,
                   const std::function<void(sim::Time)>& cycle) override {
    if (!container_) throw std::invalid_argument("this platform has no containers that could come and go");
    container_->life_cycles(clients, count, cycle);
  }

  std::string_view known_difference(const kernel::Sys& sys, std::int64_t returned) const override {
    if (const auto reason = machine_difference(sys, returned); !reason.empty()) return reason;
    if (container_ && sys.nr == kernel::nr::prctl && sys.fd(0) == PR_CAPBSET_READ && returned == 0)
      return "not in the container's bounding set";
    if (container_ && sys.nr == kernel::nr::prctl && sys.fd(0) == PR_GET_SECCOMP && returned == 2)
      return "the container's seccomp filter is in force";
    if (container_ && returned == -kernel::EPERM_ && needs_sys_nice(sys.nr))
      return "a container has no CAP_SYS_NICE";
    if (container_ && returned == -kernel::EPERM_ && sys.nr == kernel::nr::capset)
      return "a container has fewer capabilities to keep";
    if (container_ && returned == -kernel::EOPNOTSUPP_ && kernel::asks_for_tmpfile(sys))
      return "overlayfs has O_TMPFILE since Linux 6.1 (EOPNOTSUPP)";
    const auto* filter = container_ && container_->started() ? container_->program().seccomp.get() : nullptr;
    if (!filter || returned != -kernel::EPERM_) return {};
    const kernel::SeccompVerdict verdict = filter->evaluate(sys);
    if (verdict.action() != kernel::seccomp_ret::error || verdict.data() != kernel::EPERM_) return {};
    return kernel::syscall_name(sys.nr).empty()
               ? "the container's seccomp profile has no such call: EPERM, not ENOSYS"
               : "refused by the container's seccomp profile";
  }

 private:
  std::unique_ptr<Kernel> kernel_;
  std::unique_ptr<Container> container_;  // null: on the bare machine, and then program_ is set
  Process* program_ = nullptr;
};

}  // namespace

std::unique_ptr<Stack> make_linux_stack(const nlohmann::ordered_json& document, cpu::MachineSpec machine,
                                        const sim::Settings& settings, const std::string& vcd_file) {
  return std::make_unique<LinuxStack>(document, std::move(machine), settings, vcd_file);
}

}  // namespace isosim::models
