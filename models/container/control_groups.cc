#include "models/container/control_groups.h"

#include <algorithm>

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/inode.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/process/cgroup_locks.h"
#include "kernel-model/process/process_table.h"
#include "models/container/go_files.h"

namespace isosim::models {

namespace nr = kernel::nr;

namespace {
constexpr const char* kRoot = "/sys/fs/cgroup";
}  // namespace

void prepare_control_groups(kernel::Vfs& vfs, kernel::FsContext& files,
                            const std::vector<std::string>& controllers) {
  const auto directory = [&](const std::string& path) {
    vfs.populate(files, {.path = path, .mode = kernel::file_mode::directory | 0755});
  };
  directory(kRoot);
  vfs.mount_at(files, kRoot, vfs.make_tmpfs(0755), 0, "tmpfs");
  for (const std::string& controller : controllers) directory(kRoot + ("/" + controller) + "/docker");
}

std::string ControlGroups::directory(const std::string& controller) const {
  return kRoot + ("/" + controller) + "/docker/" + id_;
}

std::string ControlGroups::path(const std::string& file) const {
  const std::size_t slash = file.find('/');
  return directory(file.substr(0, slash)) + file.substr(slash);
}

void ControlGroups::make_one(RuntimeCalls& calls, const std::string& controller) {
  const std::string path_of_group = directory(controller);
  if (calls.attempt(nr::stat, {0, calls.buffer()}, {{0, path_of_group}}) != 0)
    kernel::make_cgroup(calls.kernel(), calls.thread());
  calls.make_directories(path_of_group);
  for (const std::string& file : files_)
    if (file.starts_with(controller + "/"))
      calls.kernel().vfs->populate(*calls.thread().process->fs, {.path = path(file), .size = 6});
}

void ControlGroups::make_group(RuntimeCalls& calls) {
  if (group_) return;
  auto docker = std::make_shared<kernel::Cgroup>("/docker", calls.kernel().procs->root_cgroup);
  group_ = std::make_shared<kernel::Cgroup>("/docker/" + id_, std::move(docker));
}

void ControlGroups::make(RuntimeCalls& calls) {
  make_group(calls);
  for (const std::string& controller : controllers_) make_one(calls, controller);
}

void ControlGroups::apply(RuntimeCalls& calls, std::int32_t pid) {
  make_group(calls);
  for (const std::string& controller : controllers_) {
    read_file(calls, "/proc/self/mountinfo");  // FindCgroupMountpoint
    make_one(calls, controller);
    if (controller == "cpuset")
      for (const char* file : {"/cpuset.cpus", "/cpuset.mems"}) {  // ensureCpusAndMems
        read_file(calls, directory(controller) + file);
        write_file(calls, directory(controller) + file, 6);
      }
    join_one(calls, controller, pid);
  }
}

void ControlGroups::join_one(RuntimeCalls& calls, const std::string& controller, std::int32_t pid) {
  constexpr std::uint64_t kWriteCreate = kernel::open_flag::wronly | kernel::open_flag::creat;
  const std::int32_t fd = calls.open(directory(controller) + "/cgroup.procs", kWriteCreate);
  calls.write(fd, 5);
  if (kernel::Process* process = calls.kernel().find_process(pid))
    kernel::attach_to_cgroup(calls.kernel(), calls.thread(), *process, group_);
  calls.close(fd);
}

void ControlGroups::join(RuntimeCalls& calls, std::int32_t pid) {
  for (const std::string& controller : controllers_) join_one(calls, controller, pid);
}

void ControlGroups::set_devices(RuntimeCalls& calls) {
  // Of Docker's specification and DefaultAllowedDevices (specconv/spec_linux.go, configs/device_defaults.go).
  constexpr int kAllowed = 20;
  if (std::find(controllers_.begin(), controllers_.end(), "devices") == controllers_.end()) return;
  write_file(calls, directory("devices") + "/devices.deny", 1);
  for (int i = 0; i < kAllowed; ++i) write_file(calls, directory("devices") + "/devices.allow", 12);
}

void ControlGroups::remove(RuntimeCalls& calls) {
  for (const std::string& file : files_)
    if (std::find(controllers_.begin(), controllers_.end(), file.substr(0, file.find('/'))) !=
        controllers_.end())
      calls.call(nr::unlink, {}, {{0, path(file)}});
  for (const std::string& controller : controllers_) {
    calls.call(nr::unlink, {}, {{0, directory(controller) + "/cgroup.procs"}});
    kernel::remove_cgroup(calls.kernel(), calls.thread());
    calls.call(nr::rmdir, {}, {{0, directory(controller)}});
    calls.attempt(nr::stat, {0, calls.buffer()}, {{0, directory(controller)}});  // RemovePaths
  }
  group_ = nullptr;
}

}  // namespace isosim::models
