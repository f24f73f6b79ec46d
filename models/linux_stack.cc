#include "models/linux_stack.h"

#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "cpu/hw/hardware.h"
#include "kernel-model/process/seccomp.h"
#include "models/container/container.h"

namespace isosim::models {

namespace {

using kernel::Kernel;
using kernel::Process;
using kernel::Thread;

class LinuxStack final : public Stack {
 public:
  LinuxStack(const nlohmann::ordered_json& document, cpu::MachineSpec machine, const sim::Settings& settings,
             const std::string& vcd_file)
      : cpu_(engine_, catalogue_, std::move(machine), settings),
        hardware_(engine_, cpu_.logical_cpus(), settings, vcd_file) {
    kernel::load_catalogue(catalogue_, "host");
    cpu_.rebuild_costs();
    waveforms_ = hardware_.watch(cpu_, catalogue_);
    kernel_ = std::make_unique<Kernel>(engine_, cpu_, catalogue_, settings, "host");
    kernel_->vfs->boot(&hardware_.disk());
    if (const auto container = document.find("container"); container != document.end()) {
      const std::string where = document.value("platform", "platform");
      container_ = std::make_unique<Container>(*kernel_, read_container(*container, where),
                                               [this] { hardware_.run(); });
    } else {
      program_ = &kernel_->create_process("program");
      program_->fs = kernel_->vfs->initial_context();
    }
    for (const auto& [name, path] : document.at("storage").items()) storage_[name] = path.get<std::string>();
  }

  kernel::SyscallTarget& target() override { return *kernel_; }
  Kernel& host() override { return *kernel_; }
  Process& program() override { return container_ ? container_->program() : *program_; }
  sim::Engine& engine() override { return engine_; }
  cpu::Cpu& cpu() override { return cpu_; }
  const sim::Catalogue& catalogue() const override { return catalogue_; }
  sim::Observer* waveforms() override { return waveforms_; }
  void run() override { hardware_.run(); }

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
    const auto* filter = container_ && container_->started() ? container_->program().seccomp.get() : nullptr;
    if (!filter || returned != -kernel::EPERM_) return {};
    const kernel::SeccompVerdict verdict = filter->evaluate(sys);
    if (verdict.action() != kernel::seccomp_ret::error || verdict.data() != kernel::EPERM_) return {};
    return kernel::syscall_name(sys.nr).empty()
               ? "the container's seccomp profile has no such call: EPERM, not ENOSYS"
               : "refused by the container's seccomp profile";
  }

  std::string storage(std::string_view name) const override {
    if (const auto found = storage_.find(name); found != storage_.end()) return found->second;
    std::string known;
    for (const auto& [key, path] : storage_) known += (known.empty() ? "" : ", ") + key;
    throw std::invalid_argument("this platform has no storage '" + std::string(name) + "'; it has " + known);
  }

 private:
  sim::Engine engine_;
  sim::Catalogue catalogue_;
  cpu::Cpu cpu_;
  cpu::Hardware hardware_;
  sim::Observer* waveforms_ = nullptr;
  std::unique_ptr<Kernel> kernel_;
  std::unique_ptr<Container> container_;  // null: on the bare machine, and then program_ is set
  Process* program_ = nullptr;
  std::map<std::string, std::string, std::less<>> storage_;
};

}  // namespace

std::unique_ptr<Stack> make_linux_stack(const nlohmann::ordered_json& document, cpu::MachineSpec machine,
                                        const sim::Settings& settings, const std::string& vcd_file) {
  return std::make_unique<LinuxStack>(document, std::move(machine), settings, vcd_file);
}

}  // namespace isosim::models
