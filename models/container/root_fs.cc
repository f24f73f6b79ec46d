#include "models/container/root_fs.h"

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/inode.h"
#include "kernel-model/fs/mount.h"

namespace isosim::models {

namespace nr = kernel::nr;
namespace flag = kernel::mount_flag;

namespace {

struct Device {
  const char* name;
  std::uint64_t number;  // major << 8 | minor
};
// DefaultSimpleDevices in libcontainer/configs.
constexpr Device kDevices[] = {{"/dev/null", 0x103}, {"/dev/random", 0x108}, {"/dev/full", 0x107},
                               {"/dev/tty", 0x500},  {"/dev/zero", 0x105},   {"/dev/urandom", 0x109}};
constexpr std::pair<const char*, const char*> kLinks[] = {{"pts/ptmx", "/dev/ptmx"},
                                                          {"/proc/self/fd", "/dev/fd"},
                                                          {"/proc/self/fd/0", "/dev/stdin"},
                                                          {"/proc/self/fd/1", "/dev/stdout"},
                                                          {"/proc/self/fd/2", "/dev/stderr"}};
// oci/defaults.go of Docker 18.09.
constexpr const char* kMasked[] = {"/proc/acpi",          "/proc/kcore",      "/proc/keys",
                                   "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
                                   "/proc/sched_debug",   "/proc/scsi",       "/sys/firmware"};
constexpr const char* kReadOnly[] = {"/proc/asound", "/proc/bus", "/proc/fs",
                                     "/proc/irq",    "/proc/sys", "/proc/sysrq-trigger"};

constexpr std::uint64_t kMountFlags = flag::rdonly | flag::nosuid | flag::nodev | flag::noexec;

void mount_one(RuntimeCalls& calls, const ContainerMount& mount, const std::string& root) {
  const std::string target = root + mount.target;
  calls.make_directories(target);
  // Docker's default mounts (oci/defaults.go).
  const std::string_view data = mount.type == "devpts" ? "newinstance,ptmxmode=0666,mode=0620,gid=5" : "";
  if (mount.type != "bind") return calls.mount(mount.type, target, mount.type, mount.flags, data);
  calls.mount(mount.source, target, "bind", flag::bind | flag::rec);
  // The first call takes no flags of the mount; they need a remount.
  if (mount.flags & kMountFlags)
    calls.mount(mount.source, target, "bind", flag::bind | flag::rec | flag::remount | mount.flags);
}

void make_devices(RuntimeCalls& calls, const std::string& root) {
  const auto mask = static_cast<std::uint64_t>(calls.call(nr::umask, {0}));
  for (const Device& device : kDevices) {
    calls.call(nr::mknod, {0, kernel::file_mode::character | 0666, device.number}, {{0, root + device.name}});
    calls.call(nr::chown, {0, 0, 0}, {{0, root + device.name}});
  }
  calls.call(nr::umask, {mask});
  for (const auto& [target, link] : kLinks) calls.call(nr::symlink, {}, {{0, target}, {1, root + link}});
}

// pivot_root(".", "."): the old root comes to lie on the new one and is taken off.
void pivot(RuntimeCalls& calls, const std::string& root) {
  constexpr std::uint64_t kDetach = 2;
  const std::int32_t old_root = calls.open("/", kernel::open_flag::directory);
  const std::int32_t new_root = calls.open(root, kernel::open_flag::directory);
  calls.call(nr::fchdir, {static_cast<std::uint64_t>(new_root)});
  calls.call(nr::pivot_root, {}, {{0, "."}, {1, "."}});
  calls.call(nr::fchdir, {static_cast<std::uint64_t>(old_root)});
  calls.mount("", ".", "", flag::slave | flag::rec);
  calls.call(nr::umount2, {0, kDetach}, {{0, "."}});
  calls.call(nr::chdir, {}, {{0, "/"}});
  calls.close(new_root);
  calls.close(old_root);
}

}  // namespace

void prepare_root_fs(RuntimeCalls& calls, const ContainerSpec& spec, const std::string& root) {
  calls.mount("", "/", "", flag::slave | flag::rec);
  calls.mount(root, root, "bind", flag::bind | flag::rec);
  for (const ContainerMount& mount : spec.mounts) mount_one(calls, mount, root);
  make_devices(calls, root);
}

void enter_root_fs(RuntimeCalls& calls, const std::string& root) {
  calls.call(nr::chdir, {}, {{0, root}});
  pivot(calls, root);
}

void hide_paths(RuntimeCalls& calls) {
  for (const char* path : kReadOnly) {
    const std::int64_t result = calls.attempt(nr::mount, {0, 0, 0, flag::bind | flag::rec, 0},
                                              {{0, path}, {1, path}, {2, ""}, {4, ""}});
    if (result == -kernel::ENOENT_) continue;
    calls.mount(path, path, "", flag::bind | flag::rec | flag::remount | flag::rdonly);
  }
  for (const char* path : kMasked) {
    const std::int64_t result =
        calls.attempt(nr::mount, {0, 0, 0, flag::bind, 0}, {{0, "/dev/null"}, {1, path}, {2, ""}, {4, ""}});
    if (result == -kernel::ENOTDIR_) calls.mount("tmpfs", path, "tmpfs", flag::rdonly);
  }
}

}  // namespace isosim::models
