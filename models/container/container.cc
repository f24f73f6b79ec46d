#include "models/container/container.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "kernel-model/fs/inode.h"

namespace isosim::models {

namespace {

std::shared_ptr<kernel::FsContext> prepare_host(kernel::Vfs& vfs, const ContainerSpec& spec) {
  auto files = vfs.initial_context();
  prepare_host_of_containers(vfs, *files, spec);
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
  namespaces_ = cycle_.program()->namespaces;
  mounts_ = cycle_.program()->fs->mounts;
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

namespace {

struct Member {
  Member(kernel::Kernel& host, ContainerSpec its_spec, const std::shared_ptr<kernel::FsContext>& host_files)
      : spec(std::move(its_spec)),
        image(*host.vfs, host_files, spec.id, spec.image_layers),
        cycle(host, spec, image, host_files, {}) {
    constexpr std::uint64_t kBytes = 30000;  // as /bin/true
    image.populate({.path = kProgram, .mode = kernel::file_mode::regular | 0755, .size = kBytes});
  }

  ContainerSpec spec;
  Image image;
  LifeCycle cycle;
};

}  // namespace

void Container::life_cycles(unsigned clients, std::uint64_t count,
                            const std::function<void(sim::Time)>& cycle) {
  fleet_ = std::make_unique<Fleet>(host_, host_files_, run_, [this](std::size_t number) {
    ContainerSpec spec = spec_;
    spec.id += "-" + std::to_string(number);
    const auto member = std::make_shared<Member>(host_, std::move(spec), host_files_);
    return Fleet::Member{member->spec.id, &member->image, {member, &member->cycle}};
  });
  fleet_->run(clients, count, cycle);
}

void Container::remove() {
  namespaces_ = nullptr;
  mounts_ = nullptr;
  run_step([this] { cycle_.remove(); });
}

}  // namespace isosim::models
