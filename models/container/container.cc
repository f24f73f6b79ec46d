#include "models/container/container.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "kernel-model/fs/inode.h"

namespace isosim::models {

namespace {

// The directories that Docker and systemd have made before: sources of bind mounts, version 1 control groups.
std::shared_ptr<kernel::FsContext> prepare_host(kernel::Vfs& vfs, const ContainerSpec& spec) {
  auto files = vfs.initial_context();
  const auto directory = [&](const std::string& path) {
    vfs.populate(*files, {.path = path, .mode = kernel::file_mode::directory | 0755});
  };
  directory("/sys/fs/cgroup");
  vfs.mount_at(*files, "/sys/fs/cgroup", vfs.make_tmpfs(0755), 0, "tmpfs");
  for (const std::string& controller : spec.controllers)
    directory("/sys/fs/cgroup/" + controller + "/docker");
  for (const ContainerMount& mount : spec.mounts)
    if (mount.type == "bind") directory(mount.source);
  return files;
}

}  // namespace

Container::Container(kernel::Kernel& host, ContainerSpec spec, std::function<void()> run)
    : host_(host),
      spec_(std::move(spec)),
      run_(std::move(run)),
      host_files_(prepare_host(*host.vfs, spec_)),
      image_(*host.vfs, host_files_, spec_.id, spec_.image_layers),
      cycle_(host, spec_, image_, host_files_, run_) {}

Container::~Container() = default;

bool Container::below_mount(std::string_view path) const {
  return std::any_of(spec_.mounts.begin(), spec_.mounts.end(), [path](const ContainerMount& mount) {
    return path.starts_with(mount.target) &&
           (path.size() == mount.target.size() || path[mount.target.size()] == '/');
  });
}

std::int64_t Container::populate(const kernel::InitialFile& file) {
  if (cycle_.program()) return host_.vfs->populate(*cycle_.program()->fs, file);
  if (!below_mount(file.path)) return image_.populate(file);
  waiting_.push_back(file);
  return 0;
}

// Runs a step of the runtime, which is not part of what the program does.
void Container::run_step(const std::function<void()>& step) {
  sim::Observer* const observer = host_.engine.observer();
  host_.engine.set_observer(observer_);
  step();
  host_.engine.set_observer(observer);
}

kernel::Process& Container::program() {
  if (cycle_.program()) return *cycle_.program();
  run_step([this] { cycle_.create(); });
  for (const kernel::InitialFile& file : std::exchange(waiting_, {}))
    host_.vfs->populate(*cycle_.program()->fs, file);
  return *cycle_.program();
}

kernel::Thread& Container::start(std::string name, std::function<void(kernel::Thread&)> body) {
  program();
  kernel::Thread* thread = nullptr;
  run_step([&] { thread = &cycle_.start(std::move(name), std::move(body)); });
  return *thread;
}

void Container::life_cycles(unsigned clients, std::uint64_t count,
                            const std::function<void(sim::Time)>& cycle) {
  fleet_ = std::make_unique<Fleet>(host_, spec_, host_files_, run_);
  fleet_->run(clients, count, cycle);
}

void Container::remove() {
  run_step([this] { cycle_.remove(); });
}

}  // namespace isosim::models
