#include "models/gvisor_stack.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "kernel-model/fs/inode.h"
#include "kvm-model/kvm.h"
#include "kvm-model/vm.h"
#include "models/container/fleet.h"
#include "models/container/image.h"
#include "models/container/runtime_calls.h"
#include "models/go/catalogue.h"
#include "models/gofer/costs.h"
#include "models/machine_difference.h"
#include "models/machine_stack.h"
#include "models/sentry/catalogue.h"
#include "models/sentry/filter/filter.h"
#include "models/sentry/kvm_platform.h"
#include "models/sentry/sandbox.h"
#include "models/sentry/sandbox_life_cycle.h"
#include "models/sentry/syscalls/table.h"

namespace isosim::models {

namespace {

using kernel::Kernel;
using kernel::Process;
using kernel::Thread;
using MountKind = SandboxMount::Kind;

kernel::InitialFile directory(const std::string& path) {
  return {.path = path, .mode = kernel::file_mode::directory | 0755};
}

// Of a fleet.
struct Member {
  Member(Kernel& host, const SandboxSpec& spec, std::size_t number,
         const std::shared_ptr<kernel::FsContext>& host_files)
      : id("isosim-" + std::to_string(number)),
        image(*host.vfs, host_files, id, spec.image_layers),
        cycle(host, spec, id, image, host_files) {
    for (const SandboxMount& mount : spec.mounts) image.populate(directory(mount.target));
  }

  std::string id;
  Image image;
  SandboxLifeCycle cycle;
};

class GvisorStack final : public MachineStack {
 public:
  GvisorStack(const nlohmann::ordered_json& document, cpu::MachineSpec machine, const sim::Settings& settings,
              const std::string& vcd_file)
      : MachineStack(document, std::move(machine), settings, vcd_file) {
    const std::string where = document.value("platform", "platform");
    SandboxSpec spec = read_sandbox(document.at("sandbox"), where);
    kernel::load_catalogue(catalogue_, "host");
    kvm::load_catalogue(catalogue_, "host");
    go::load_catalogue(catalogue_);
    gofer::load_catalogue(catalogue_);
    load_sentry_catalogue(catalogue_, settings, spec.platform);
    host_ = boot_host();
    host_files_ = host_->vfs->initial_context();
    image_ = std::make_unique<Image>(*host_->vfs, host_files_, "isosim", spec.image_layers);
    spec.mounts.front().source = image_->merged();
    for (const SandboxMount& mount : spec.mounts) {
      image_->populate(directory(mount.target));
      if (mount.kind == MountKind::gofer && mount.target != "/")
        host_->vfs->populate(*host_files_, directory(mount.source));
    }
    sandbox_ = std::make_unique<Sandbox>(*host_, std::move(spec), [this] { hardware_.run(); });
    program_ = &kernel().create_process("program");
  }

  kernel::SyscallTarget& target() override { return sandbox_->sentry(); }
  Kernel& host() override { return *host_; }
  Kernel& kernel() override { return sandbox_->sentry().kernel(); }

  // What goes through the Gofer lies on the host; the Sentry's own file systems get theirs when they are
  // mounted.
  std::int64_t populate(const kernel::InitialFile& file) override {
    const SandboxMount& mount = mount_of(file.path);
    if (mount.kind != MountKind::gofer) {
      if (sandbox_->booted()) return kernel().vfs->populate(*sandbox_->files(), file);
      waiting_.push_back(file);
      return 0;
    }
    if (mount.target == "/") return image_->populate(file);
    kernel::InitialFile below = file;
    below.path = mount.source + file.path.substr(mount.target.size());
    return host_->vfs->populate(*host_files_, below);
  }

  std::int64_t set_directory(std::string_view path, std::uint32_t umask) override {
    sandbox_->working_directory = path;
    umask_ = umask;
    return 0;
  }

  bool donate(std::int32_t fd, const Donation& donation) override {
    if (fd < 0 || fd > 2) return false;  // runsc has no way to hand on others
    sandbox_->donate(fd, donation);
    return true;
  }

  // The sandbox boots when the program is asked for first; nobody observes that.
  Process& program() override {
    if (sandbox_->booted()) return *program_;
    sim::Observer* const observer = engine_.observer();
    engine_.set_observer(nullptr);
    mount_image();
    sandbox_->boot();
    engine_.set_observer(observer);
    for (const kernel::InitialFile& file : std::exchange(waiting_, {}))
      kernel().vfs->populate(*sandbox_->files(), file);
    program_->fs = sandbox_->files();
    program_->fs->umask = umask_;
    before_ = exit_counts();
    return *program_;
  }

  Thread& start(Process& process, std::string name, std::function<void(Thread&)> body) override {
    program();
    Thread& thread = kernel().create_thread(process, std::move(name), std::move(body));
    sandbox_->start(thread);
    return thread;
  }

  void life_cycles(unsigned clients, std::uint64_t count,
                   const std::function<void(sim::Time)>& cycle) override {
    prepare_host_of_sandboxes(*host_->vfs, *host_files_, sandbox_->spec());
    fleet_ = std::make_unique<Fleet>(
        *host_, host_files_, [this] { hardware_.run(); },
        [this](std::size_t number) {
          const auto member = std::make_shared<Member>(*host_, sandbox_->spec(), number, host_files_);
          return Fleet::Member{member->id, &member->image, {member, &member->cycle}};
        });
    fleet_->run(clients, count, cycle);
  }

  bool serve_time(TimeServer server) override {
    sandbox_->sentry().serve_time(server);
    return true;
  }

  std::string_view known_difference(const kernel::Sys& sys, std::int64_t returned) const override {
    if (const auto reason = models::known_difference(sandbox_->spec().release, sys, returned);
        !reason.empty())
      return reason;
    return machine_difference(sys, returned);
  }

  CallInterface call_interface() const override {
    const SandboxSpec& spec = sandbox_->spec();
    CallInterface counts;
    for (kernel::SysNr number = 0; number < kernel::kSyscallLimit; ++number)
      counts.offered += sentry_call(spec.release, number).kind == SentryAnswer::Kind::implemented;
    counts.host = sentry_rules(spec.release, {.platform = spec.platform}).calls().size();
    return counts;
  }

  ExitCounts exits() const override {
    ExitCounts now = exit_counts();
    now.kernel -= before_.kernel;
    now.user -= before_.user;
    now.page_fault -= before_.page_fault;
    return now;
  }

 private:
  // The mount that shows a path: the longest target that holds it.
  const SandboxMount& mount_of(std::string_view path) const {
    const SandboxMount* found = &sandbox_->spec().mounts.front();
    for (const SandboxMount& mount : sandbox_->spec().mounts)
      if (path.starts_with(mount.target) && mount.target.size() > found->target.size() &&
          (path.size() == mount.target.size() || path[mount.target.size()] == '/'))
        found = &mount;
    return *found;
  }

  // dockerd does it, before it asks for the container.
  void mount_image() {
    Process& dockerd = host_->create_process("dockerd");
    dockerd.fs = host_files_;
    Thread& thread = host_->create_thread(dockerd, "dockerd", [this](Thread& t) {
      RuntimeCalls calls(t, map_buffer(t, 16384));
      calls.mount("overlay", image_->merged(), "overlay", 0, image_->options());
    });
    host_->sched->start(thread, nullptr);
    hardware_.run();
  }

  ExitCounts exit_counts() const {
    const auto* kvm = dynamic_cast<const KvmPlatform*>(&sandbox_->sentry().platform());
    if (!kvm || !kvm->machine().vm()) return {};
    const kvm::ExitCounts counts = kvm->machine().vm()->counts();
    return {counts.handled_in_kernel, counts.userspace_exits, counts.page_faults};
  }

  std::unique_ptr<Kernel> host_;
  std::shared_ptr<kernel::FsContext> host_files_;
  std::unique_ptr<Image> image_;
  std::unique_ptr<Sandbox> sandbox_;
  std::unique_ptr<Fleet> fleet_;
  Process* program_ = nullptr;
  std::vector<kernel::InitialFile> waiting_;
  std::uint32_t umask_ = 022;
  ExitCounts before_;
};

}  // namespace

std::unique_ptr<Stack> make_gvisor_stack(const nlohmann::ordered_json& document, cpu::MachineSpec machine,
                                         const sim::Settings& settings, const std::string& vcd_file) {
  return std::make_unique<GvisorStack>(document, std::move(machine), settings, vcd_file);
}

}  // namespace isosim::models
